# Starting, awaiting and stopping one background process by hand. Sourced by the scripts beside it, each of which is
#   tests/services/NAME start [STATE_DIR]   prints KEY=VALUE lines for the tests, or says on stderr what is missing
#   tests/services/NAME stop  [STATE_DIR]   ends the process and removes STATE_DIR
# and some also, for tests of what happens without them,
#   tests/services/NAME crash  STATE_DIR [NODE]   ends the process at once, or one of several
#   tests/services/NAME revive STATE_DIR [NODE]   starts it anew where it was
#   tests/services/NAME promote STATE_DIR NODE    makes the one that others follow of one that followed
# STATE_DIR holds everything the service writes: configuration, data, log and pid.
# shellcheck shell=bash

service=$(basename "$0")
tests_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
state=$(realpath -m "${2:-${TMPDIR:-/tmp}/forewarn-test-$(id -u)/$service}")

# Ends the script with one sentence. Exit code 3 tells tests/run that the service cannot be had on this machine.
missing() {
    echo "$service: $*" >&2
    exit 3
}

# Sets the named variable to a loopback port that nobody listens on. The range lies below the one from which the
# kernel hands out ports to clients, so that no outgoing connection takes it between here and the start.
pick_port() {
    local candidate
    for _ in {1..100}; do
        candidate=$((20000 + RANDOM % 10000))
        [[ " ${picked_ports:-} " == *" $candidate "* ]] && continue
        if ! answers "$candidate"; then
            picked_ports="${picked_ports:-} $candidate"
            printf -v "$1" '%s' "$candidate"
            return
        fi
    done
    missing "found no free port in 100 tries; end what listens on 127.0.0.1:20000-29999 and try again."
}

answers() {
    (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}

# Runs a command in the background in a process group of its own, so that stop reaches its children too.
launch() {
    set -m
    "$@" </dev/null >"$state/log" 2>&1 &
    set +m
    echo $! >"$state/pid"
    started_at $! >"$state/started"
}

# Waits until the given command succeeds, for 60 seconds at most, and only as long as the process lives.
await() {
    local pid why="was not ready within 60 seconds"
    pid=$(<"$state/pid")
    for _ in {1..600}; do
        "$@" && return
        kill -0 "$pid" 2>/dev/null || { why="ended before it was ready"; break; }
        sleep 0.1
    done
    tail -n 30 "$state/log" >&2
    end_process
    missing "$why; its last words are above."
}

logged() {
    grep -q -e "$1" "$state/log"
}

started_at() {
    ps -o lstart= -p "$1" || true
}

# The ended that nobody has waited for yet do not count: where process 1 reaps late or never, they stay for long.
group_lives() {
    ps -eo pgid=,stat= | awk -v group="$1" '$1 == group && $2 !~ /^Z/ { lives = 1 } END { exit !lives }'
}

# Asks the process group to end, waits for 10 seconds at most, then insists. A number that meanwhile belongs to a
# process of somebody else, as after a restart of the machine, is left alone.
end_process() {
    [[ -f $state/pid ]] || return 0
    local pid now
    pid=$(<"$state/pid")
    now=$(started_at "$pid")
    if [[ -z $now || $now == "$(<"$state/started")" ]]; then
        kill -TERM -- "-$pid" 2>/dev/null || true
        for _ in {1..100}; do
            group_lives "$pid" || break
            sleep 0.1
        done
        kill -KILL -- "-$pid" 2>/dev/null || true
    fi
    rm -f "$state/pid"
}

# Ends the process group with the given signal and waits until nothing of it is left.
crash_process() {
    local pid
    pid=$(<"$state/pid")
    kill "-$1" -- "-$pid"
    for _ in {1..300}; do
        group_lives "$pid" || return 0
        sleep 0.1
    done
    missing "still there 30 seconds after SIG$1."
}

# Removes STATE_DIR, unless it is a folder that no service of ours laid out.
clear_state() {
    [[ -e $state ]] || return 0
    [[ -f $state/.forewarn-test-service ]] || missing "$state is not the folder of a test service; name another one."
    end_process
    # A test that was killed may have left a small disk in there.
    awk -v under="$state/" 'index($2, under) == 1 { print $2 }' /proc/mounts | xargs -r -n 1 umount -l
    rm -rf "$state"
}

# Calls the script's own `start` with a fresh STATE_DIR, or stops.
run_service() {
    case ${1:-} in
        start)
            clear_state
            mkdir -p "$state"
            touch "$state/.forewarn-test-service"
            start
            ;;
        stop)
            clear_state
            ;;
        crash | revive | promote)
            declare -F "$1" >/dev/null || missing "is not made for $1."
            [[ -f $state/.forewarn-test-service ]] || missing "does not run in $state."
            "$1" "${@:3}"
            ;;
        *)
            echo "usage: $0 start|stop [STATE_DIR]" >&2
            exit 2
            ;;
    esac
}
