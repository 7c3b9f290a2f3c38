-- expect: error attempt to index
function on_record(row)
  local _ENV <const> = 1
  x = 2
end
