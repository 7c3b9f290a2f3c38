-- expect: error there is no 'xpcall'
function on_record(row)
  local function loop() while true do end end xpcall(loop, loop)
end
