# shellcheck shell=bash
# The beffroi program: which build of it, its settings, its data, its keys.

# BEFFROI_BUILD names the build: nothing or "build" for the usual one, "asan" or "build/asan" for the
# one with sanitizers.
server_find_build() {
    local name=${BEFFROI_BUILD:-build}
    name=${name#build}
    name=${name#/}
    BUILD=$ROOT/build${name:+/$name}
    BUILD_TARGET=${name:-all}
    PATH=$BUILD:$PATH
}

server_build() {
    [[ -x $BUILD/beffroi ]] || say "building"
    patiently make -s -C "$ROOT" -j"$(nproc)" "$BUILD_TARGET" || die "the build failed"
    [[ -x $BUILD/beffroi ]] || die "the build made no $BUILD/beffroi"
}

# The accounts of the workers and of nginx's workers.
server_find_accounts() {
    if ((EUID == 0)); then
        OS_USER=www-data OS_GROUP=www-data
    else
        OS_USER='' OS_GROUP=$(id -gn)
    fi
}

server_configure() {
    local address=$LISTEN
    [[ $address != 0.0.0.0 ]] || address=127.0.0.1
    URL=http://$address:$PORT
    export BEFFROI_CONF=$RUN/beffroi.conf
    cat >"$BEFFROI_CONF" <<CONF
# Written by scripts/run at each start. \$BEFFROI_<KEY> in the environment comes before a line here, and
# \`beffroi conf\` prints every key.
run_dir = $RUN
database = host=$RUN/pg port=5432 dbname=$DATABASE
role_owner = $ROLE_OWNER
role_writer = $ROLE_WRITER
role_reader = $ROLE_READER
role_accountant = $ROLE_ACCOUNTANT
os_user = $OS_USER
os_group = $OS_GROUP
base_url = $URL
sql_dir = $ROOT/sql
CONF
}

# setting KEY: as the server itself sees it, presets and environment included.
setting() { beffroi conf | sed -n "s/^$1 = //p"; }

# The schema, then the datasets. What they did in detail goes to a log, and to the screen when they fail.
server_migrate() {
    local log=$RUN/log/apply.log
    patiently beffroi migrate >"$log" 2>&1 || die "the migration failed: $(<"$log")"
    patiently beffroi apply "$ROOT/handlers" >>"$log" 2>&1 ||
        die "the datasets in handlers/ could not be applied: $(<"$log")"
    say "datasets: $(tail -n 1 "$log")"
}

# Every dataset that has a generator of its own gets one snapshot, unless it holds rows or once did.
server_load_samples() {
    local manifest dataset
    for manifest in "$ROOT"/handlers/*/dataset.json; do
        dataset=$(basename -- "$(dirname -- "$manifest")")
        # These are filled by the server itself.
        [[ $dataset != template* && $dataset != usage-quotidien && $dataset != ingestions ]] || continue
        server_has_data "$dataset" || server_load_sample "$dataset"
    done
}

server_has_data() {
    [[ -n $(sql "$DATABASE" "SELECT 1 FROM catalog.commit WHERE dataset = :'dataset' LIMIT 1" -v dataset="$1") ]]
}

server_load_sample() {
    local file=$RUN/sample.json
    if ! beffroi sample "$1" >"$file" 2>"$file.err"; then
        say "no sample data for $1: $(<"$file.err")"
    else
        patiently beffroi load "$1" "$file" || die "the sample data of $1 could not be loaded"
    fi
    rm -f "$file" "$file.err"
}

server_start() {
    rm -f "$RUN"/*.sock
    process_launch serve "$RUN/log/beffroi.log" "$BUILD/beffroi" serve
    # nginx comes after the sockets, so that its log starts without complaints.
    until [[ -S $RUN/read.sock && -S $RUN/export.sock && -S $RUN/push.sock && -S $RUN/admin.sock ]]; do
        process_of serve >/dev/null || die "the workers did not start: $(stack_last_words serve)"
        sleep 0.05
    done
}

# SIGTERM drains: a worker finishes what it holds, which the server itself bounds by drain_timeout_ms.
server_stop() {
    local memory
    process_stop serve TERM 40
    # Shared memory outlives a server that was killed.
    memory=$(readlink "$RUN/scoreboard" 2>/dev/null || true)
    [[ $memory != /dev/shm/beffroi.* ]] || rm -f -- "$memory" "$RUN/scoreboard"
}

# The demo partner's key. A new one when it nears its end or the keys of the server are not those it
# was made with.
server_issue_key() {
    local file=$RUN/demo.key
    if [[ -z $(find "$file" -mtime -300 -newer "$RUN/cluster/PG_VERSION" 2>/dev/null) ]]; then
        (umask 077 && beffroi key issue --sub demo --days 365 \
            --scope 'push:vlille-realtime push:disponibilite-parkings' >"$file.new") ||
            die "the demo key could not be issued"
        mv "$file.new" "$file"
    fi
}

# For a shell: . .run/env
server_write_env() {
    local quote="'\\''" build
    build=${BUILD//\'/$quote}
    cat >"$RUN/env" <<ENV
# What the beffroi command and psql need to talk to the stack in this folder: . $RUN_NAME/env
export BEFFROI_CONF='$RUN/beffroi.conf'
export BEFFROI_URL='$URL'
BEFFROI_KEY=\$(cat '$RUN/demo.key')
export BEFFROI_KEY
export PGHOST='$RUN/pg' PGPORT=5432 PGDATABASE=$DATABASE PGUSER=$ROLE_OWNER
case ":\$PATH:" in
*:'$build':*) ;;
*) PATH='$build':\$PATH ;;
esac
ENV
}
