-- expect: error attempt to index a string value
function on_record(row)
  ('').upper = function() end
end
