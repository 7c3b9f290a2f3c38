-- expect: ok
function on_record(row)
  (''):rep(math.maxinteger)
end
