-- expect: error string.rep would give more
function on_record(row)
  ('x'):rep(1e9)
end
