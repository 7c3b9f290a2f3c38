-- expect: error there is no 'io'
function on_record(row)
  io.open('/etc/passwd')
end
