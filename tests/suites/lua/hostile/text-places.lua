-- expect: ok
function on_record(row)
  row.out = ('abc'):sub(math.mininteger, math.maxinteger) .. ('abc'):sub(math.maxinteger, math.mininteger)
end
