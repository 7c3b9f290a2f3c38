-- expect: time
function on_record(row)
  while true do end
end
