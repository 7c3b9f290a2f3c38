-- expect: error attempt to compare
function on_record(row)
  table.sort({1, 'x', {}, true})
end
