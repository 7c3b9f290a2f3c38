-- expect: time
function on_record(row)
  error((function() while true do end end)())
end
