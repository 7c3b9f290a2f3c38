-- expect: error read-only
local cache = {}
function on_record(row) cache[1] = row end
