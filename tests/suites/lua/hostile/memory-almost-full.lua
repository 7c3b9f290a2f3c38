-- expect: time space
function on_record(row)
  local keep = {}
  for i = 1, 7 do keep[i] = ('x'):rep(1000000) .. i end
  while true do local t = ('y'):rep(100000) .. 'z' end
end
