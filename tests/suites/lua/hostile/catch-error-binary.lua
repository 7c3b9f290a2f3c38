-- expect: error ??
function on_record(row)
  error('\xff\xfe\0\1')
end
