#!/usr/bin/env bash
# A node that uses the PostgreSQL of another run folder: workers and nginx of its own.
#
#   tests/harness/node.sh RUN PORT DATABASE
#
# Starts what does not run in the folder RUN (made when it is not there) and comes back when it answers.
# DATABASE is the run folder with the PostgreSQL; RUN may be that very folder. scripts/stop stops it.
set -euo pipefail
ROOT=$(dirname -- "$(dirname -- "$(dirname -- "$(realpath -- "$0")")")")
unset "${!PG@}" BEFFROI_URL BEFFROI_KEY
for piece in say process layout cluster gateway server stack; do
    # shellcheck source=/dev/null
    . "$ROOT/scripts/lib/$piece.sh"
done

# shellcheck disable=SC2034
PORT=$2 LISTEN=127.0.0.1
layout_find "$1"
PATH=$PATH:/usr/sbin:/sbin
cd /
server_find_build
server_find_accounts
layout_make
server_configure
if [[ $RUN != "$3" ]]; then
    sed -i "s|^database = .*|database = host=$3/pg port=5432 dbname=$DATABASE|" "$BEFFROI_CONF"
    [[ ! -d $3/handlers || -e $RUN/handlers ]] || cp -r -- "$3/handlers" "$RUN/handlers"
fi
process_of serve >/dev/null || server_start
if ! process_of nginx >/dev/null; then
    process_stop error-log TERM 2
    gateway_start
fi
tick=0
until stack_is_ready "$URL"; do
    ((++tick < 1200)) || die "$URL/readyz does not say 200; see $RUN_NAME/log/"
    sleep 0.05
done
