-- expect: refused error unfinished
--[==[ never closed
function on_record() end
