-- expect: error attempt to call a nil value (field 'dump')
function on_record(row)
  string.dump(function() end)
end
