-- expect: ok
function on_record(row)
  row.out = tostring(#string.format('%s%c', 'a\0b', 0))
end
