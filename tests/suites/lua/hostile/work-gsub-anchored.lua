-- expect: time
function on_record(row)
  while true do ('a'):rep(1000000):gsub('^b', '') end
end
