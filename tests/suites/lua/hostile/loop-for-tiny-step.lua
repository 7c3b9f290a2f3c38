-- expect: time
function on_record(row)
  for i = 0, 1, 1e-300 do end
end
