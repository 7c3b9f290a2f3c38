-- expect: ok
function on_record(row)
  row.out = tostring(json.read(('['):rep(500000)))
end
