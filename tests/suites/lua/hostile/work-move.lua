-- expect: error attempt to call a nil value (field 'move')
function on_record(row)
  table.move({}, 1, 1e10, 2)
end
