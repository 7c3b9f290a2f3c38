-- expect: time
function on_record(row)
  while true do local t = {{}, {}, {}} end
end
