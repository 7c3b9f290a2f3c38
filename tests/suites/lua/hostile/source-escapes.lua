-- expect: refused error
local s = '\u{7FFFFFFFF}'
function on_record() end
