-- expect: error takes whole numbers
function on_record(row)
  row.n = 1 / 0
end
