-- expect: error has no field '__index'
function on_record(row)
  row.__index = function() end
end
