-- expect: ok
function on_record(row)
  local n = select('#', table.unpack({}, math.maxinteger - 10, math.maxinteger)) row.out = tostring(n)
end
