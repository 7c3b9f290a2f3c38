-- expect: refused time
while true do end
