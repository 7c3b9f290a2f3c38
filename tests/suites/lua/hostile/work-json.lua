-- expect: time
function on_record(row)
  local s = '[' .. ('1,'):rep(20000) .. '1]' while true do json.read(s) end
end
