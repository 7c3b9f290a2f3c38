#!/usr/bin/env bash
# All that scripts/run does to an empty run folder before it starts a server there, and no more: the cluster,
# the schema, the datasets with their samples, the key. For harness/prepared.py.
#
#   prepare.sh DIR
set -euo pipefail
ROOT=$(dirname -- "$(dirname -- "$(dirname -- "$(realpath -- "$0")")")")
unset "${!PG@}" BEFFROI_URL BEFFROI_KEY
for piece in say process layout cluster gateway server stack; do
    # shellcheck source=/dev/null
    . "$ROOT/scripts/lib/$piece.sh"
done
patiently() { "$@"; } # scripts/run lets itself be interrupted meanwhile
# shellcheck disable=SC2034
LISTEN=127.0.0.1 PORT=80 # of an address that nobody asks: each start writes its own
layout_find "$1"
cd /
server_find_build
server_find_accounts
layout_make
trap cluster_stop EXIT
cluster_start
cluster_prepare
server_configure
server_migrate
server_load_samples
server_issue_key
