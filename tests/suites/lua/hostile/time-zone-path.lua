-- expect: error there is no time zone
function on_record(row)
  time.parse('2025', '../../etc/passwd')
end
