-- expect: error there is no '_G'
function on_record(row)
  _G.x = 1
end
