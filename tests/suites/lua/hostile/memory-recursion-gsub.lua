-- expect: error C stack overflow
function on_record(row)
  local function f(s) return (s:gsub('x', f)) end f('x')
end
