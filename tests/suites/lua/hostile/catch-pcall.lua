-- expect: refused error there is no 'pcall'
while true do pcall(function() while true do end end) end
function on_record() end
