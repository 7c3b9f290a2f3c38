-- expect: error read-only
function on_record(row)
  local f, s = pairs(table)
  s.sort = nil
end
