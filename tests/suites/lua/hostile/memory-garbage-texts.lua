-- expect: time
function on_record(row)
  local s = ('x'):rep(500000) while true do local t = s .. 'y' end
end
