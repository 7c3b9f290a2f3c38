-- expect: time
function on_record(row)
  while true do text.split(('a'):rep(1000, ';'), ';') end
end
