-- expect: error of the top level
local n = 0
function on_record(row) n = n + 1 end
