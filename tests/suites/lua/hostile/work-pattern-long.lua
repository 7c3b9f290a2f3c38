-- expect: error more than 250 parts
function on_record(row)
  ('a'):find(('a'):rep(100000))
end
