-- expect: error not '%p'
function on_record(row)
  string.format('%p', {})
end
