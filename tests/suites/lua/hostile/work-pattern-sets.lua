-- expect: error more than 40 different sets
function on_record(row)
  local p = '' for i = 1, 100 do p = p .. '[' .. string.char(33 + i % 60) .. string.char(130 + i) .. ']' end ('a'):find(p)
end
