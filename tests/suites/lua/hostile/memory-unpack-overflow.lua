-- expect: error table.unpack gives at most
function on_record(row)
  table.unpack({}, math.mininteger, math.maxinteger)
end
