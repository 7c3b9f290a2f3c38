-- expect: error within the years
function on_record(row)
  time.format(math.mininteger)
end
