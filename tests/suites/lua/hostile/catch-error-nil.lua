-- expect: error error was called with nothing
function on_record(row)
  error(nil)
end
