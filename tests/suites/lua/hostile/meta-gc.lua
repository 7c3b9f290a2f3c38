-- expect: error there is no 'setmetatable'
function on_record(row)
  setmetatable({}, {__gc = function() while true do end end})
end
