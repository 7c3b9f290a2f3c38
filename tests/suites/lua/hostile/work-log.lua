-- expect: time
function on_record(row)
  while true do log.debug('x') end
end
