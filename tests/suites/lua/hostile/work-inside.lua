-- expect: time
function on_record(row)
  local t = {} for i = 1, 20000 do t[i] = {i % 180, i % 90} end while true do geo.inside(1, 1, t) end
end
