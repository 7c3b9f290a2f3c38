-- expect: time
function on_record(row)
  ('x'):gsub('x', function() while true do end end)
end
