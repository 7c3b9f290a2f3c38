-- expect: refused error belongs to the library
string = {}
function on_record() end
