-- expect: error attempt to divide by zero
function on_record(row)
  local n = 0 local x = 1 // n
end
