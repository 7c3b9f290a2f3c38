-- expect: error not '%0'
function on_record(row)
  string.format('%.100f', 1)
end
