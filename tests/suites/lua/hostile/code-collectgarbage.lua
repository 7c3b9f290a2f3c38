-- expect: error there is no 'collectgarbage'
function on_record(row)
  collectgarbage('stop')
end
