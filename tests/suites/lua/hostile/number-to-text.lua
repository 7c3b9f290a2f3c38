-- expect: ok
function on_record(row)
  row.out = tostring(tonumber(('9'):rep(1000)))
end
