-- expect: error there is no time zone
function on_record(row)
  time.parse('2025', ('x'):rep(100000))
end
