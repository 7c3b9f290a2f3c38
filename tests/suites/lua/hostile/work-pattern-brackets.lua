-- expect: error more than 32 captures
function on_record(row)
  ('a'):find(('('):rep(1000) .. ('a') .. (')'):rep(1000))
end
