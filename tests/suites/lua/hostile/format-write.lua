-- expect: error not '%n'
function on_record(row)
  string.format('%n', 1)
end
