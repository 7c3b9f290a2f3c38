-- expect: time
function on_record(row)
  while true do ('x'):rep(1000000) end
end
