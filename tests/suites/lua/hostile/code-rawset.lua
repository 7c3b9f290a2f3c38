-- expect: error there is no 'rawset'
function on_record(row)
  rawset(string, 'upper', nil)
end
