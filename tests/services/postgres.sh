# What services made of PostgreSQL have in common: its programs, and the user who owns its data. Sourced after daemon.sh.
# shellcheck shell=bash

# Debian keeps the server's programs out of the path, one folder a version; the newest counts.
find_binaries() {
    local initdb
    initdb=$(command -v initdb || find /usr/lib/postgresql/*/bin -name initdb 2>/dev/null | sort -V | tail -n 1)
    [[ -n $initdb ]] || missing "needs PostgreSQL 13 or newer; install it (Debian: apt-get install postgresql)."
    dirname "$(readlink -f "$initdb")"
}

# PostgreSQL refuses to run as root; then the user that came with its package is to own the data.
own_folder() {
    mkdir -p "$state/data"
    chmod 700 "$state/data"
    owner=$(id -un)
    [[ $owner == root ]] || return 0
    owner=postgres
    id "$owner" >/dev/null 2>&1 || owner=nobody
    chmod 711 "$state"
    chown "$owner" "$state/data"
}

# Becomes the given program, so that the process we start is the one that is stopped. It must not look for keys in the
# folder of whoever called.
as_owner() {
    if [[ $owner == "$(id -un)" ]]; then
        "$@"
    else
        setpriv --reuid "$owner" --regid "$(id -g "$owner")" --clear-groups --reset-env "$@"
    fi
}

lay_out() {
    as_owner "$bin/initdb" --pgdata "$state/data" --encoding UTF8 --locale C --auth trust --username forewarn \
        >"$state/initdb.log" 2>&1 || { cat "$state/initdb.log" >&2; missing "could not lay out its data; the reason is above."; }
}
