-- expect: time
function on_record(row)
  ('a'):rep(100000):match(('a*'):rep(20) .. 'b')
end
