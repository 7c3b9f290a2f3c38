-- expect: error not '%*'
function on_record(row)
  string.format('%*d', 5, 5)
end
