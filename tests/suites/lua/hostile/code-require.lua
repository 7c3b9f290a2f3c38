-- expect: error there is no 'require'
function on_record(row)
  require('os')
end
