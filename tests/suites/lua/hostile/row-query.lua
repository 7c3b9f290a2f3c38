-- expect: error there is no 'query'
function on_record(row)
  query:where('1 = 1')
end
