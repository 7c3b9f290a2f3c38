-- expect: error there is no 'setmetatable'
function on_record(row)
  local guard <close> = setmetatable({}, {__close = function() while true do end end})
end
