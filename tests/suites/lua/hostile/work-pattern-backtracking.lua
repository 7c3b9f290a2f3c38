-- expect: time
function on_record(row)
  ('a'):rep(200000):find(('.-'):rep(4) .. 'b')
end
