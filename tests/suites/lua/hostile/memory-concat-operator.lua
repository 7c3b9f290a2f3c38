-- expect: space
function on_record(row)
  local s = ('x'):rep(300000) return s .. s .. s .. s .. s .. s .. s .. s
end
