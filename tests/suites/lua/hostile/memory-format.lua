-- expect: error would have more than
function on_record(row)
  local s = ('x'):rep(100000) string.format(('%s'):rep(200), s, s, s, s, s, s, s, s, s, s, s, s)
end
