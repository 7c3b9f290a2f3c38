-- expect: error error was called with a table
function on_record(row)
  error({code = 1})
end
