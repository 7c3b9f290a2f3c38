-- expect: ok
function on_record(row)
  for i = math.maxinteger - 1, math.maxinteger do end
end
