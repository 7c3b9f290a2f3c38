-- expect: error has no field '__newindex'
function on_record(row)
  row.out = row.__newindex
end
