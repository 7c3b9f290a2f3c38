-- expect: error would have more than
function on_record(row)
  local s, t = ('x'):rep(10000), {} for i = 1, 1000 do t[i] = s end table.concat(t)
end
