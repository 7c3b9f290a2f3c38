-- expect: error would have more than
function on_record(row)
  local s = 'x' for i = 1, 100 do s = s:gsub('.', '%0%0') end
end
