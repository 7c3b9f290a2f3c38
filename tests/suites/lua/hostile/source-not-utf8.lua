-- expect: refused error no UTF-8
local s = 'ÿ'
function on_record() end
