-- expect: error error was called with a function
function on_record(row)
  error(error)
end
