-- expect: refused error unfinished
local s = 'never closed
function on_record() end
