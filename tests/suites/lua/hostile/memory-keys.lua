-- expect: space
function on_record(row)
  local t = {} for i = 1, 1e9 do t[i .. ""] = true end
end
