-- expect: time
function on_record(row)
  local s = ('é'):rep(400000) while true do text.fold(s) end
end
