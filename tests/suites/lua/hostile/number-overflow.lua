-- expect: ok
function on_record(row)
  row.out = tostring(math.mininteger // -1)
end
