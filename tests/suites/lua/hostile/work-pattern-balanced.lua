-- expect: time
function on_record(row)
  ('('):rep(300000):find('%b()')
end
