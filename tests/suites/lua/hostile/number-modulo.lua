-- expect: error attempt to perform
function on_record(row)
  local x = 1 % 0
end
