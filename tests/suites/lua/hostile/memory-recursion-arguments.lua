-- expect: space
function on_record(row)
  local function f(...) return 1, f(1, ...) end f()
end
