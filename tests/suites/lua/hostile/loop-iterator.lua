-- expect: time
function on_record(row)
  for x in function() return 1 end do end
end
