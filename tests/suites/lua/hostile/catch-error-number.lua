-- expect: error error was called with a whole number
function on_record(row)
  error(5)
end
