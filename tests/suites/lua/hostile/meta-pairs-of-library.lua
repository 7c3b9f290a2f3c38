-- expect: error read-only
function on_record(row)
  for name, f in pairs(string) do string[name] = nil end
end
