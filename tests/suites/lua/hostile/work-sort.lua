-- expect: time
function on_record(row)
  local t = {} for i = 1, 30000 do t[i] = (i * 7919) % 30011 end while true do table.sort(t, function(a, b) return a > b end) end
end
