-- expect: time space
function on_record(row)
  local t = {} while true do table.insert(t, 1, 1) end
end
