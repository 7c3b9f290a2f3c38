-- expect: error there is no 'load'
function on_record(row)
  load('while true do end')()
end
