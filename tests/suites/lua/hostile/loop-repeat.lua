-- expect: time
function on_record(row)
  repeat local x = 1 until false
end
