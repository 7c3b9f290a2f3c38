-- expect: error read-only
function on_record(row)
  string.upper = function() end
end
