-- expect: time
function on_record(row)
  ('a'):rep(20000):find('(.-)(.-)%1%2b')
end
