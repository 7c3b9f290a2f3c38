-- expect: error there is no 'load'
function on_record(row)
  load(string.dump(function() end), 'x', 'b')()
end
