-- expect: error attempt to call a nil value
function on_record(row)
  local _ENV = {}
  tostring(1)
end
