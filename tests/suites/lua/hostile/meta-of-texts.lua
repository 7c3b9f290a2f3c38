-- expect: error there is no 'getmetatable'
function on_record(row)
  getmetatable('').__index.upper = function() return 'mine' end
end
