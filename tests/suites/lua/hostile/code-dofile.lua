-- expect: error there is no 'dofile'
function on_record(row)
  dofile('/etc/passwd')
end
