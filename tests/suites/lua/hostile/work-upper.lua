-- expect: time
function on_record(row)
  local s = ('x'):rep(1000000) while true do s:upper() end
end
