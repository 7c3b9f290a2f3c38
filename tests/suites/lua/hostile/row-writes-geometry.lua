-- expect: error takes degrees
function on_record(row)
  row.place = {lon = 1e308 * 10, lat = 0}
end
