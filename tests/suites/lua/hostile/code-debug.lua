-- expect: error there is no 'debug'
function on_record(row)
  debug.sethook()
end
