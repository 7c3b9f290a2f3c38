-- expect: error string.byte gives at most
function on_record(row)
  ('x'):rep(100000):byte(1, -1)
end
