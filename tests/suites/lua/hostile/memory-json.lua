-- expect: error would have more than
function on_record(row)
  local t = {} for i = 1, 60000 do t[i] = 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx' end json.write(t)
end
