-- expect: error table.unpack gives at most
function on_record(row)
  table.unpack({}, 1, 1e7)
end
