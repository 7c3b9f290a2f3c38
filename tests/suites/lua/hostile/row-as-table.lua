-- expect: error table expected
function on_record(row)
  for k, v in pairs(row) do end
end
