-- expect: error 'for' step is zero
function on_record(row)
  for i = 1, 2, 0 do end
end
