# shellcheck shell=bash
# What the scripts say: progress and results on standard output, complaints on standard error.

say() { printf '%s\n' "$*"; }
warn() { printf 'beffroi: %s\n' "$*" >&2; }
die() {
    warn "$@"
    exit 1
}

# The head comment of a script is its help: every line from the second to the first that is no comment.
help_of() { sed -n '2,/^[^#]/ { /^#/ s/^# \{0,1\}//p }' "$1"; }
