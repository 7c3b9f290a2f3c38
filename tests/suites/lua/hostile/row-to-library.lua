-- expect: error
function on_record(row)
  table.insert(row, 1)
end
