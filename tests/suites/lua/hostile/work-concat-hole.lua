-- expect: error element 1 is nothing
function on_record(row)
  table.concat({}, '', 1, math.maxinteger)
end
