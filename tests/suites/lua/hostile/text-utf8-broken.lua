-- expect: error
function on_record(row)
  for p, c in utf8.codes('\xe9\xff') do end
end
