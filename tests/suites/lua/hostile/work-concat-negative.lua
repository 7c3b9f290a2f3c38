-- expect: error element -9223372036854775808 is nothing
function on_record(row)
  table.concat({}, '', math.mininteger, math.maxinteger)
end
