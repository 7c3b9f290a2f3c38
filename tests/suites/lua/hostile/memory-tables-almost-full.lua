-- expect: time space
function on_record(row)
  local keep = {}
  for i = 1, 60000 do keep[i] = {i} end
  while true do local t = {{{{}}}} end
end
