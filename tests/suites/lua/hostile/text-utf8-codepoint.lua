-- expect: error
function on_record(row)
  utf8.codepoint(('x'):rep(1000000), 1, -1)
end
