-- expect: time
function on_record(row)
  for a, b in ('a'):rep(100000):gmatch('(.-)(.-)b') do end while true do end
end
