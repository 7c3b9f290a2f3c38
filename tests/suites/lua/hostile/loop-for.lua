-- expect: time
function on_record(row)
  for i = 1, math.huge do end
end
