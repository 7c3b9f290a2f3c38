-- expect: time
function on_record(row)
  local n = 28 return ('a'):rep(n):match(('a?'):rep(n) .. ('a'):rep(n) .. 'b')
end
