-- expect: error of the top level
local kept
function on_record(row) if kept then kept.out = "x" end kept = row end
