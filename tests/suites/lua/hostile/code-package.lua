-- expect: error there is no 'package'
function on_record(row)
  package.loadlib('libc.so.6', 'system')
end
