-- expect: error there is no value
function on_record(row)
  string.format('%s%s%s', 1)
end
