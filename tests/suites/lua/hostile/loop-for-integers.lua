-- expect: time
function on_record(row)
  for i = math.mininteger, math.maxinteger do end
end
