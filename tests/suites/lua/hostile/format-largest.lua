-- expect: ok
function on_record(row)
  row.out = string.format('%99.99f', -1e308)
end
