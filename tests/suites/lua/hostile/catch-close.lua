-- expect: error non-closable value
function on_record(row)
  local guard <close> = {}
  while true do end
end
