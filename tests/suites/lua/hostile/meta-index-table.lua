-- expect: ok
function on_record(row)
  local t = {__index = function() error('no') end} row.out = tostring(t.x)
end
