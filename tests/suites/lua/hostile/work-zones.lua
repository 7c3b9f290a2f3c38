-- expect: time
function on_record(row)
  while true do time.parse('2025-01-01T00:00', 'Europe/Paris') end
end
