-- expect: error this is no character
function on_record(row)
  utf8.char(0x7FFFFFFF)
end
