-- expect: space
function on_record(row)
  local s = 'x' while true do s = s .. s end
end
