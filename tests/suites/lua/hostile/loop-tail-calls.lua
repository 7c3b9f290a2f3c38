-- expect: time
function on_record(row)
  local function f() return f() end f()
end
