# shellcheck shell=bash
# The run folder: where it really lies, what is in it, whose it is. Sets
#   RUN      its real path, which everything is told: settings, sockets, logs
#   RUN_NAME the path that the user knows (the same, or a link to RUN)
# In it: beffroi.conf env demo.key *.sock keys/ log/ (the server's), cluster/ pg/ (PostgreSQL's data
# and socket), nginx/, pids/, lock, .beffroi-run (whose folder this is).

RUN_MARK=.beffroi-run

# The longest socket in it is pg/.s.PGSQL.5432.lock; Linux ends a unix socket's path at 107 bytes.
RUN_LONGEST=$((107 - 22))

# Accounts that are not ours must pass through every folder above it.
open_to_all() {
    local folder=$1
    while [[ $folder != / ]]; do
        [[ ! -e $folder || -L $folder || $(stat -c %A "$folder") == *[xt] ]] || return 1
        folder=${folder%/*}
        folder=${folder:-/}
    done
}

# Why the run folder cannot lie at that path itself; false when it can.
reason_for_elsewhere() {
    if ((${#1} > RUN_LONGEST)); then
        say "its path is too long for unix sockets"
    elif [[ $1 == *[^A-Za-z0-9._/+@%=~-]* ]]; then
        say "its path has characters that configuration files cannot hold"
    elif ((EUID == 0)) && ! open_to_all "$1"; then
        say "PostgreSQL and the workers do not run as root and may not pass there"
    else
        return 1
    fi
}

# A short path, the same each time for the same checkout.
elsewhere_for() {
    local sum
    sum=$(printf '%s' "$1" | sha256sum)
    if ((EUID == 0)); then
        say "/var/lib/beffroi/${sum:0:12}"
    else
        say "/var/tmp/beffroi-$EUID-${sum:0:12}"
    fi
}

# A checkout that was copied with its link must not share the data of the first one.
link_is_ours() {
    local real owner
    real=$(realpath -m -- "$RUN_NAME")
    owner=$(cat "$real/$RUN_MARK" 2>/dev/null) || return 0
    [[ $owner == "$RUN_NAME" || $(realpath -m -- "$owner") != "$real" ]]
}

# layout_find DIR: sets RUN_NAME and RUN without making anything.
layout_find() {
    RUN_NAME=$(realpath -ms -- "$1")
    local parent
    parent=$(realpath -m -- "$(dirname -- "$RUN_NAME")")
    RUN_NAME=$parent/$(basename -- "$RUN_NAME")
    if [[ -L $RUN_NAME ]] && link_is_ours; then
        RUN=$(realpath -m -- "$RUN_NAME")
    elif RUN_WHY=$(reason_for_elsewhere "$RUN_NAME"); then
        RUN=$(elsewhere_for "$RUN_NAME")
    else
        RUN=$RUN_NAME
    fi
}

# Only what we made ourselves, or an empty folder, may become a run folder: --fresh deletes it.
layout_check_owner() {
    [[ -d $RUN ]] || return 0
    [[ $(stat -c %u "$RUN") == "$EUID" ]] ||
        die "$RUN belongs to $(stat -c %U "$RUN"): run this as that account, or choose --run DIR"
    [[ -e $RUN/$RUN_MARK || -z $(ls -A "$RUN") ]] ||
        die "$RUN is not empty and not a run folder of Beffroi: choose another --run DIR"
}

# layout_make: the folder, its mark and its link.
layout_make() {
    layout_check_owner
    mkdir -p -- "$RUN" "$(dirname -- "$RUN_NAME")"
    chmod 0755 "$RUN"
    printf '%s\n' "$RUN_NAME" >"$RUN/$RUN_MARK"
    mkdir -p "$RUN/pids" "$RUN/log" "$RUN/nginx"
    if [[ $RUN != "$(realpath -m -- "$RUN_NAME")" ]]; then
        [[ ! -L $RUN_NAME ]] || rm -- "$RUN_NAME"
        rmdir -- "$RUN_NAME" 2>/dev/null || true
        ln -sT -- "$RUN" "$RUN_NAME" || die "$RUN_NAME is in the way: choose another --run DIR"
        say "run folder: $RUN_NAME is a link to $RUN, because ${RUN_WHY:-it was}"
    fi
}

# layout_empty: throw the data away, keep the folder and the lock that we hold in it.
layout_empty() {
    layout_check_owner
    [[ -d $RUN ]] || return 0
    find "$RUN" -mindepth 1 -maxdepth 1 ! -name lock ! -name "$RUN_MARK" ! -name pids \
        -exec rm -rf -- {} +
    layout_make
}

# layout_lock: one scripts/run at a time; it holds the lock as long as it lives.
layout_lock() {
    exec 9>>"$RUN/lock"
    flock -n 9
}

# A log that has grown large starts anew; one older piece is kept.
layout_turn_logs() {
    local log
    for log in "$RUN"/log/*; do
        if [[ -f $log && $log != *.1 && $(stat -c %s "$log") -gt 16777216 ]]; then
            mv -- "$log" "$log.1"
        fi
    done
}
