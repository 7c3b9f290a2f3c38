-- expect: error string.rep would give more
function on_record(row)
  ('x'):rep(1e6, ('y'):rep(1000))
end
