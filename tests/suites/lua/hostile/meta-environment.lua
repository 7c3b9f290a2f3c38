-- expect: error is assigned as a global
function on_record(row)
  _ENV.string = nil
end
