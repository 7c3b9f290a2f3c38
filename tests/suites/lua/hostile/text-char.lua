-- expect: error a byte is 0 to 255
function on_record(row)
  string.char(256)
end
