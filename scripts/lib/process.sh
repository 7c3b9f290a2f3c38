# shellcheck shell=bash
# Processes that we started, and only those. Each has a file pids/<name> in the run folder with its pid
# and its start time: a number alone could belong to somebody else by the time we send a signal.

# The fields of /proc/PID/stat after the name (which may hold blanks) into STAT: state ppid pgrp session ...
# Without a subshell: a stop looks at every process of the machine, once for each part.
process_stat() {
    local line
    { read -r line <"/proc/$1/stat"; } 2>/dev/null || return 1
    read -ra STAT <<<"${line##*) }"
}

# "12345" once started at this clock tick; nothing for a process that is gone or a zombie.
process_started_at() {
    local STAT
    process_stat "$1" || return 1
    [[ ${STAT[0]} != [ZX] ]] || return 1
    printf '%s\n' "${STAT[19]}"
}

# process_record NAME PID
process_record() {
    printf '%s %s %s\n' "$2" "$(process_started_at "$2" || echo gone)" "$RUN" >"$RUN/pids/$1"
}

# process_of NAME: the pid, if that very process still runs. A copied run folder names another one's.
process_of() {
    local pid started run
    { read -r pid started run <"$RUN/pids/$1"; } 2>/dev/null || return 1
    [[ $run == "$RUN" && $(process_started_at "$pid") == "$started" ]] || return 1
    printf '%s\n' "$pid"
}

# process_launch NAME LOG COMMAND...: in a session of its own, so that Ctrl-C at the terminal reaches
# only us and we stop everything in its order. The lock stays ours alone (9>&-).
# LAUNCHED, the name by pid, is for scripts/run.
declare -A LAUNCHED=()
# shellcheck disable=SC2034
process_launch() {
    local name=$1 log=$2
    shift 2
    setsid -- "$@" </dev/null >>"$log" 2>&1 9>&- &
    LAUNCHED[$!]=$name
    process_record "$name" $!
}

# process_waits PID SECONDS: false when it still runs after that time.
process_waits() {
    local tick
    for ((tick = 0; tick < $2 * 20; tick++)); do
        process_started_at "$1" >/dev/null || return 0
        sleep 0.05
    done
    return 1
}

# What is left of the session of a leader that is gone: its children, when it could not stop them. While
# such a process lives, the leader's number cannot be given to anybody else; so if a process of that
# number runs, none of them is left.
session_kill() {
    local path STAT
    ! process_started_at "$1" >/dev/null || return 0
    for path in /proc/[0-9]*; do
        process_stat "${path#/proc/}" || continue
        if [[ ${STAT[3]} == "$1" ]]; then
            kill -KILL "${path#/proc/}" 2>/dev/null || true
        fi
    done
}

# process_stop NAME SIGNAL SECONDS [SIGNAL SECONDS]...: each signal gets its time, then KILL.
process_stop() {
    local name=$1 pid='' run=''
    shift
    { read -r pid _ run <"$RUN/pids/$name"; } 2>/dev/null || true
    [[ $run == "$RUN" ]] || return 0
    while process_of "$name" >/dev/null; do
        if (($# == 0)); then
            kill -KILL "$pid" 2>/dev/null || true
            process_waits "$pid" 5 || warn "$name (process $pid) cannot be killed"
            break
        fi
        kill "-$1" "$pid" 2>/dev/null || true
        process_waits "$pid" "$2" || warn "$name (process $pid) still runs $2 s after SIG$1"
        shift 2
    done
    # A child of ours that nobody has waited for would keep its number.
    wait "$pid" 2>/dev/null || true
    session_kill "$pid"
    rm -f "$RUN/pids/$name"
}
