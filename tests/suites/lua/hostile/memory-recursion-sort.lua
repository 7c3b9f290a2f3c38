-- expect: error C stack overflow
function on_record(row)
  local function f() table.sort({2, 1}, f) end f()
end
