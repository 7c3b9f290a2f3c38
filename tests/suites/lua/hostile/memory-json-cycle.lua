-- expect: error more than 32 levels
function on_record(row)
  local t = {} t.t = t json.write(t)
end
