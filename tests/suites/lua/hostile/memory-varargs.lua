-- expect: error
function on_record(row)
  local t = {} for i = 1, 250 do t[i] = i end
  local function f(...) return select('#', ...) end
  return f(table.unpack(t), table.unpack(t, 1, 1e6))
end
