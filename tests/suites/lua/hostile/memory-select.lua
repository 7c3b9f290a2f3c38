-- expect: error out of range
function on_record(row)
  select(math.mininteger, 1)
end
