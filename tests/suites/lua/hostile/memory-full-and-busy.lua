-- expect: space
function on_record(row)
  local keep = {}
  local n = 0
  for i = 1, 1e9 do
    keep = {keep, {}}
  end
end
