-- expect: error there is no 'pcall'
function on_record(row)
  while true do pcall(function() while true do end end) end
end
