-- expect: error there is no 'coroutine'
function on_record(row)
  local c = coroutine.wrap(function() while true do end end) c()
end
