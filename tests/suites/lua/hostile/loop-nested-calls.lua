-- expect: time
function on_record(row)
  local function f(n) for i = 1, 10 do if n > 0 then f(n - 1) end end end f(60)
end
