# shellcheck shell=bash
# The private PostgreSQL cluster: data in cluster/, a unix socket in pg/, no network at all.
# Who may be whom is decided by the account at the other end of the socket (peer), not by passwords.

PG_BIN=/usr/lib/postgresql/15/bin
DATABASE=beffroi
ROLE_OWNER=beffroi_owner
ROLE_WRITER=beffroi_writer
ROLE_READER=beffroi_reader
ROLE_ACCOUNTANT=beffroi_accountant

# PostgreSQL refuses to run as root; so root gives it Debian's account.
if ((EUID == 0)); then
    CLUSTER_ACCOUNT=postgres
    AS_CLUSTER=(setpriv --reuid=postgres --regid=postgres --init-groups --)
else
    CLUSTER_ACCOUNT=$(id -un)
    AS_CLUSTER=()
fi

cluster_configure() {
    local shared_memory=posix
    # A bare chroot has no /dev/shm that anybody but root may write to.
    "${AS_CLUSTER[@]}" test -w /dev/shm || shared_memory=sysv
    cat >"$RUN/cluster/postgresql.conf" <<CONF
# Written by scripts/run at each start. Settings of your own go into postgresql.auto.conf (ALTER SYSTEM).
listen_addresses = ''
unix_socket_directories = '$RUN/pg'
port = 5432
max_connections = 60
shared_buffers = 128MB
dynamic_shared_memory_type = $shared_memory
max_locks_per_transaction = 256         # one migration may touch a thousand datasets
random_page_cost = 1.1                  # solid state
autovacuum_naptime = 5s                 # a live dataset writes itself new many times a minute
jit = off                               # short queries: compiling costs more than it gives
shared_preload_libraries = 'postgis-3'  # else each worker of a parallel query loads it: 20 ms
fsync = on                              # acknowledged means durable
synchronous_commit = on
full_page_writes = on
client_connection_check_interval = 1s   # a query whose client is gone ends
timezone = 'UTC'
log_timezone = 'UTC'
lc_messages = 'C'
log_destination = 'stderr'              # scripts/run leads it to log/postgres.log
log_line_prefix = '%m [%p] %u@%d %a: '
log_min_messages = warning
log_checkpoints = off
log_lock_waits = on
# What people ask for and what partners push is not for the log: no parameters, no rows in DETAIL.
log_error_verbosity = terse
log_parameter_max_length = 0
log_parameter_max_length_on_error = 0
CONF
    echo 'local all all peer map=beffroi' >"$RUN/cluster/pg_hba.conf"
    cluster_ident >"$RUN/cluster/pg_ident.conf"
}

# map, account of the system, role of the database. The workers' account never gets the owner's role.
cluster_ident() {
    local role account
    for role in postgres $ROLE_OWNER $ROLE_WRITER $ROLE_READER $ROLE_ACCOUNTANT; do
        for account in $(printf '%s\n' "$(id -un)" "$CLUSTER_ACCOUNT" | sort -u); do
            printf 'beffroi "%s" %s\n' "$account" "$role"
        done
    done
    if [[ -n $OS_USER ]]; then
        printf 'beffroi "%s" %s\n' "$OS_USER" $ROLE_WRITER "$OS_USER" $ROLE_READER "$OS_USER" $ROLE_ACCOUNTANT
    fi
}

# Made under another name first, so that an interrupted initdb is not taken for a cluster.
cluster_make() {
    [[ -x $PG_BIN/initdb ]] || die "PostgreSQL 15 is missing: $PG_BIN/initdb"
    say "making a PostgreSQL cluster in $RUN_NAME/cluster"
    rm -rf "$RUN/cluster.new"
    mkdir -m 0700 "$RUN/cluster.new"
    chown "$CLUSTER_ACCOUNT" "$RUN/cluster.new"
    patiently "${AS_CLUSTER[@]}" "$PG_BIN/initdb" -D "$RUN/cluster.new" -U postgres -E UTF8 \
        --locale=C.UTF-8 --data-checksums --auth-local=peer >"$RUN/log/initdb.log" 2>&1 ||
        die "initdb failed: $(tail -n 3 "$RUN/log/initdb.log")"
    mv "$RUN/cluster.new" "$RUN/cluster"
}

# A postmaster of this very folder: its working directory is its data. Its pid file outlives a power cut,
# and then the number may be anybody's.
cluster_postmaster() {
    local pid
    { read -r pid <"$RUN/cluster/postmaster.pid"; } 2>/dev/null || return 1
    [[ $(readlink "/proc/$pid/cwd" 2>/dev/null) == "$RUN/cluster" ]] || return 1
    printf '%s\n' "$pid"
}

cluster_start() {
    [[ -e $RUN/cluster/PG_VERSION ]] || cluster_make
    [[ $(<"$RUN/cluster/PG_VERSION") == 15 ]] ||
        die "$RUN_NAME/cluster is of PostgreSQL $(<"$RUN/cluster/PG_VERSION"), not 15"
    mkdir -p "$RUN/pg"
    cluster_configure
    chown "$CLUSTER_ACCOUNT" "$RUN/pg" "$RUN"/cluster/{postgresql,pg_hba,pg_ident}.conf
    cluster_postmaster >/dev/null || rm -f "$RUN/cluster/postmaster.pid"
    process_launch postgres "$RUN/log/postgres.log" "${AS_CLUSTER[@]}" "$PG_BIN/postgres" -D "$RUN/cluster"
    # The eighth line says when it is ready; a connection before that would be an error in its log.
    until [[ $(sed -n 8p "$RUN/cluster/postmaster.pid" 2>/dev/null) == ready* ]]; do
        process_of postgres >/dev/null ||
            die "PostgreSQL did not start: $(tail -n 5 "$RUN/log/postgres.log")"
        sleep 0.05
    done
}

# Fast shutdown; immediate when that hangs (the next start recovers from the log).
cluster_stop() {
    local pid
    if ! process_of postgres >/dev/null && pid=$(cluster_postmaster); then
        process_record postgres "$pid"
    fi
    process_stop postgres INT 30 QUIT 10
}

# sql DATABASE TEXT [psql's words]...: as superuser.
sql() {
    local database=$1 text=$2
    shift 2
    PGOPTIONS='' "$PG_BIN/psql" -XqAt -v ON_ERROR_STOP=1 -h "$RUN/pg" -p 5432 -U postgres -d "$database" \
        "$@" <<<"$text"
}

# What only a superuser can do; the migrations do the rest as the owner. Each piece may be there already:
# an earlier start may have been interrupted between any two.
cluster_prepare() {
    local role
    for role in $ROLE_OWNER $ROLE_WRITER $ROLE_READER $ROLE_ACCOUNTANT; do
        [[ -n $(sql postgres "SELECT 1 FROM pg_roles WHERE rolname = '$role'") ]] ||
            sql postgres "CREATE ROLE $role LOGIN"
    done
    [[ -n $(sql postgres "SELECT 1 FROM pg_database WHERE datname = '$DATABASE'") ]] ||
        sql postgres "CREATE DATABASE $DATABASE OWNER $ROLE_OWNER TEMPLATE template0"
    # The limits that a role cannot lift for itself; the friendlier ones, which depend on the pool, are
    # set by the workers. A change of a dataset waits 300 ms at a time for its table (store/catalog): an
    # autovacuum that holds it gives way to one that has waited for deadlock_timeout, else never.
    sql $DATABASE "
        SET client_min_messages = warning;
        CREATE EXTENSION IF NOT EXISTS postgis;
        ALTER ROLE $ROLE_OWNER SET deadlock_timeout = '100ms';
        ALTER ROLE $ROLE_READER CONNECTION LIMIT 40;
        ALTER ROLE $ROLE_READER SET default_transaction_read_only = on;
        ALTER ROLE $ROLE_READER SET temp_file_limit = '1GB';
        ALTER ROLE $ROLE_READER SET idle_in_transaction_session_timeout = '60s';
        ALTER ROLE $ROLE_ACCOUNTANT CONNECTION LIMIT 20;
        ALTER ROLE $ROLE_ACCOUNTANT SET idle_in_transaction_session_timeout = '60s';
        ALTER ROLE $ROLE_WRITER CONNECTION LIMIT 20;
        ALTER ROLE $ROLE_WRITER SET idle_in_transaction_session_timeout = '60s';"
}
