-- expect: error there is no 'os'
function on_record(row)
  os.execute('touch /tmp/escaped')
end
