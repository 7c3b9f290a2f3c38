-- expect: error xxx
function on_record(row)
  error(('x'):rep(1000000))
end
