-- expect: time
function on_record(row)
  local s = ('x'):rep(1000000) local t = {} while true do t[s .. 'y'] = nil end
end
