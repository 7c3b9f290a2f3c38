-- expect: error attempt to compare
function on_record(row)
  local t = {} for i = 1, 100 do t[i] = 100 - i end table.sort(t, function(a, b) for i = 1, 100 do t[i] = nil end return a < b end)
end
