# shellcheck shell=bash
# The whole: is it up, and the one order in which it stops.

STACK_PARTS=(watch feed nginx error-log serve postgres)

# The feed first (it would only complain), then the front, so that nobody sees the workers go.
stack_stop() {
    process_stop watch TERM 3
    process_stop feed TERM 3
    gateway_stop
    server_stop
    cluster_stop
}

# The parts that run, one a line.
stack_running() {
    local part
    for part in "${STACK_PARTS[@]}"; do
        if process_of "$part" >/dev/null; then
            say "$part"
        fi
    done
}

# The address that the stack in this folder was started with.
stack_url() { sed -n 's/^base_url = //p' "$RUN/beffroi.conf" 2>/dev/null || true; }

stack_is_ready() { [[ $(curl -s -o /dev/null -m 2 -w '%{http_code}' "$1/readyz") == 200 ]]; }

# Seconds until every part answers; which part failed, if one did.
stack_wait_ready() {
    local tick part
    for ((tick = 0; tick < 600; tick++)); do
        ! stack_is_ready "$URL" || return 0
        for part in postgres serve nginx; do
            process_of "$part" >/dev/null || die "$part ended at its start: $(stack_last_words "$part")"
        done
        sleep 0.05
    done
    die "$URL/readyz does not say 200; see $RUN_NAME/log/"
}

stack_log_of() {
    case $1 in
    serve) say "$RUN/log/beffroi.log" ;;
    error-log) say "$RUN/log/nginx-error.log" ;;
    *) say "$RUN/log/$1.log" ;;
    esac
}
stack_last_words() { tail -n 3 "$(stack_log_of "$1")" 2>/dev/null; }

stack_say_addresses() {
    local records=$1/api/explore/v2.1/catalog/datasets
    cat <<TEXT

Beffroi answers at $1. Try:
  curl '$records'
  curl '$records/vlille-realtime/records?limit=3'
  curl '$records/vlille-realtime/records?where=nb_velos_dispo>5&order_by=nb_velos_dispo%20desc&limit=5'
  curl '$records/disponibilite-parkings/records?select=libelle,dispo,max'
In a browser:
  $1/api/explore/v2.1/console
In a shell of yours:
  . $RUN_NAME/env && beffroi status
Logs: $RUN_NAME/log/
TEXT
}
