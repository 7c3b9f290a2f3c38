-- expect: error would have more than
function on_record(row)
  ('x'):rep(1000000):gsub('x', ('y'):rep(1000))
end
