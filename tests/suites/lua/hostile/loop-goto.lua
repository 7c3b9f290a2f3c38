-- expect: time
function on_record(row)
  ::top:: goto top
end
