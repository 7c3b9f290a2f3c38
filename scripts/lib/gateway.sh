# shellcheck shell=bash
# nginx: its configuration from the template, and the address it listens on.

# The version whose memory bugs Debian has mended (rewrite, map, request bodies: CVEs of 2026).
NGINX_SAFE=1.22.1-9+deb12u11

gateway_warn_of_version() {
    local version
    version=$(dpkg-query -W -f '${Version}' nginx 2>/dev/null) || return 0
    if dpkg --compare-versions "$version" lt $NGINX_SAFE; then
        warn "nginx $version has known memory bugs; please install $NGINX_SAFE or later (bookworm-security)"
    fi
}

# Seconds to wait for a pool: two more than its worker lives, so that the worker's own answer comes first.
timeout_of() { printf '%ss' $(($(setting "$1") / 1000 + 2)); }

# The setting as nginx's realip module has it. From right to left, the first address that is none of ours is the
# client's: what a client writes itself into X-Forwarded-For stands further left and is never believed.
trusted_proxies() {
    local proxy proxies
    proxies=$(setting trusted_proxies)
    [[ $proxies =~ ^[0-9a-fA-F.:/\ ]*$ ]] || die "trusted_proxies = $proxies: addresses or networks are expected"
    for proxy in $proxies; do
        printf '    set_real_ip_from %s;\\n' "$proxy"
    done
    [[ -z $proxies ]] || printf '    real_ip_header X-Forwarded-For;\\n    real_ip_recursive on;\\n'
}

# The setting as lines of nginx's access module.
admin_allow() {
    local address addresses
    addresses=$(setting admin_allow)
    [[ $addresses =~ ^[0-9a-fA-F.:/\ ]*$ ]] || die "admin_allow = $addresses: addresses or networks are expected"
    for address in $addresses; do
        printf '            allow %s;\\n' "$address"
    done
}

# The console: its page, and what scripts/console fetched to draw it with, where nginx's account may read it.
gateway_place_console() {
    local folder=$RUN/nginx/console
    rm -rf -- "$folder"
    mkdir -p "$folder"
    cp "$ROOT"/nginx/console/*.{html,css,js} "$folder/"
    [[ ! -e $ROOT/build/console/pinned ]] || cp "$ROOT"/build/console/* "$folder/"
    chmod -R a+rX "$folder"
}

gateway_configure() {
    local source=$ROOT/nginx folder=$RUN/nginx limit proxies admins pool=admin user=
    mkdir -p "$folder/conf" "$folder/errors"
    cp "$source"/*.conf "$folder/conf/"
    # Its account may have no way to the sources.
    cp "$source/error-log" "$folder/"
    if [[ -n $OS_USER ]]; then
        user="user $OS_USER $OS_GROUP;"
        chown "$OS_USER" "$folder/errors"
    fi
    chmod 0700 "$folder/errors"
    proxies=$(trusted_proxies)
    admins=$(admin_allow)
    # Without an admin pool its addresses do not exist; the read pool says so.
    [[ $(setting admin_workers) != 0 ]] || pool='read'
    # Two descriptors a connection: the client's and the worker's.
    limit=$(ulimit -Hn)
    [[ $limit != unlimited && $limit -lt 65536 ]] || limit=65536
    ulimit -Sn "$limit"
    ((limit = limit / 2 - 64, limit = limit < 8192 ? limit : 8192))
    sed -e "s|@RUN@|$RUN|g" -e "s|@USER@|$user|" -e "s|@CONNECTIONS@|$limit|" \
        -e "s|@TRUSTED_PROXIES@|$proxies|" \
        -e "s|@ADMIN_ALLOW@|$admins|" -e "s|@ADMIN_POOL@|$pool|" \
        -e "s|@LISTEN@|$LISTEN:$PORT|" \
        -e "s|@READ_TIMEOUT@|$(timeout_of read_deadline_ms)|" \
        -e "s|@EXPORT_TIMEOUT@|$(timeout_of export_deadline_ms)|" \
        -e "s|@PUSH_TIMEOUT@|$(timeout_of push_deadline_ms)|" \
        -e "s|@PUSH_MAX_BYTES@|$(setting push_max_bytes)|" \
        "$source/nginx.conf.in" >"$folder/conf/nginx.conf"
    NGINX=(nginx -p "$folder" -e "$RUN/log/nginx.log" -c "$folder/conf/nginx.conf")
    "${NGINX[@]}" -t -q || die "nginx refuses $RUN_NAME/nginx/conf/nginx.conf"
}

gateway_start_error_log() {
    process_launch error-log "$RUN/log/nginx-error.log" \
        ${OS_USER:+setpriv "--reuid=$OS_USER" "--regid=$OS_GROUP" --clear-groups --} \
        "$RUN/nginx/error-log" "$RUN/nginx/errors/socket"
}

gateway_start() {
    gateway_warn_of_version
    gateway_place_console
    gateway_configure
    gateway_start_error_log
    process_launch nginx "$RUN/log/nginx.log" "${NGINX[@]}"
}

gateway_stop() {
    process_stop nginx QUIT 10 TERM 5
    process_stop error-log TERM 2
}

# The processes that listen on ADDRESS PORT, as "name (process 12)" or "an unknown process".
listeners_on() {
    local hex inode fd
    printf -v hex '%04X' "$2"
    # State 0A is LISTEN; an address of zeros is every address.
    while read -r inode; do
        fd=$(find /proc/[0-9]*/fd -lname "socket:\[$inode\]" -print -quit 2>/dev/null || true)
        if [[ $fd == /proc/*/fd/* ]]; then
            fd=${fd#/proc/}
            say "$(<"/proc/${fd%%/*}/comm") (process ${fd%%/*})"
        else
            say "a process of another account"
        fi
    done < <(awk -v port="$hex" -v address="$(hex_address "$1")" '
        $4 == "0A" && split($2, at, ":") == 2 && at[2] == port &&
            (at[1] == address || at[1] ~ /^0+$/ || address ~ /^0+$/) { print $10 }' \
        /proc/net/tcp /proc/net/tcp6 2>/dev/null)
}

# 127.0.0.1 as /proc/net/tcp has it on a little-endian machine: 0100007F.
hex_address() {
    local IFS=. bytes
    read -ra bytes <<<"$1"
    printf '%02X%02X%02X%02X' "${bytes[3]}" "${bytes[2]}" "${bytes[1]}" "${bytes[0]}"
}

gateway_check_port() {
    local who
    who=$(listeners_on "$LISTEN" "$PORT")
    [[ -z $who ]] ||
        die "port $PORT of $LISTEN is in use by ${who//$'\n'/, }: stop that or choose another with --port"
}
