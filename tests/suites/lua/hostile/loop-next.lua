-- expect: time
function on_record(row)
  local t = {1} while true do next(t) end
end
