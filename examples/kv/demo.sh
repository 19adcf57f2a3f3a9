#!/usr/bin/env bash
# The main job, end to end, with real clients: a live store is upgraded under load, a
# bad release is undone in place, and the store is taken back down. Every claim is
# checked; the first that does not hold ends the demo with an error.
set -euo pipefail

build=$(cd "${1:?usage: demo.sh BUILD_FOLDER}" && pwd)
instar=$build/bin/instar
parts=$build/examples/kv
root=$(mktemp -d "${TMPDIR:-/tmp}/instar-demo.XXXXXX")
node=$root/node
keys=100000
connections=50
export INSTAR_NODE=$node/run/control.sock
node_pid=
bench_pid=

cleanup() {
  [ -z "$bench_pid" ] || kill "$bench_pid" 2>/dev/null || true
  [ -z "$node_pid" ] || kill -9 "$node_pid" 2>/dev/null || true
  wait 2>/dev/null || true
  rm -rf "$root"
}
trap cleanup EXIT

if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then
  bold=$'\e[1m' green=$'\e[32m' red=$'\e[31m' plain=$'\e[0m'
else
  bold='' green='' red='' plain=''
fi
chapter() { printf '\n%s%s%s\n' "$bold" "$*" "$plain"; }
holds() { printf '  %sok%s  %s\n' "$green" "$plain" "$*"; }
fails() {
  printf '  %sFAILED%s  %s\n' "$red" "$plain" "$*" >&2
  [ ! -f "$root/node.out" ] || tail -n 20 "$root/node.out" >&2
  exit 1
}
# expect WHAT WANTED GOT
expect() {
  [ "$2" = "$3" ] || fails "$1: expected '$2', got '$3'"
  holds "$1"
}
run() { # shows a command, runs it, shows its output
  printf '  $ %s\n' "${*/#$instar/instar}" | sed "s|$root/||g"
  "$@" 2>&1 | sed "s|$root/||g; s/^/    /"
}

redis() { redis-cli -p "$port" "$@"; }
field() { # field KEY: of the JSON on standard input
  sed -n "s/.*\"$1\":\"\{0,1\}\([^,\"}]*\).*/\1/p"
}
status_of() { "$instar" status --json | field "$1"; }

start_node() {
  "$instar" run "$node" >>"$root/node.out" 2>&1 &
  node_pid=$!
  local tries
  for tries in $(seq 1 100); do
    "$instar" status >/dev/null 2>&1 && return
    kill -0 "$node_pid" 2>/dev/null || fails "the node did not start"
    sleep 0.1
  done
  fails "the node did not answer within 10 s"
}

load_keys() {
  seq 1 "$keys" | awk '{ print "SET k:" $1 " value-" $1 }' |
    redis --pipe >"$root/load.out" 2>&1 || fails "$(cat "$root/load.out")"
}
# One checksum of every value, read back through redis-cli.
sum_of_values() {
  seq 1 "$keys" | awk '{ printf "%s k:%s", NR % 100 == 1 ? "MGET" : "", $1 }
    NR % 100 == 0 { print "" }' | redis | grep '^value-' | cksum
}
wanted_sum() { seq 1 "$keys" | sed 's/^/value-/' | cksum; }
check_keys() {
  expect "all $keys keys are there, each with its value" "$(wanted_sum)" "$(sum_of_values)"
}

held=()
open_connections() {
  local i fd
  for i in $(seq 1 "$connections"); do
    exec {fd}<>"/dev/tcp/127.0.0.1/$port"
    held+=("$fd")
  done
}
# The very same sockets answer: nothing reconnects here.
check_connections() {
  local fd line answered=0
  for fd in "${held[@]}"; do
    printf 'PING\r\n' >&"$fd" || fails "a connection was closed"
    IFS= read -r -t 5 line <&"$fd" || fails "a connection was closed"
    [ "$line" = $'+PONG\r' ] || fails "a connection answered '$line'"
    answered=$((answered + 1))
  done
  expect "the same $connections connections are open and answer" "$connections" "$answered"
}
close_connections() {
  local fd
  for fd in "${held[@]}"; do exec {fd}>&-; done
  held=()
}

# redis-benchmark stops with an error at the first failed command or lost connection.
start_load() {
  redis-benchmark -p "$port" -c "$connections" -n "$1" -r 10000 -t set,get \
    --csv >"$root/bench.csv" 2>"$root/bench.err" &
  bench_pid=$!
}
finish_load() {
  wait "$bench_pid" || fails "redis-benchmark: $(cat "$root/bench.csv" "$root/bench.err")"
  bench_pid=
  if grep -qiE 'error|closed' "$root/bench.csv"; then
    fails "redis-benchmark: $(cat "$root/bench.csv")"
  fi
  holds "no command of redis-benchmark failed"
}
longest_ms() { awk -F'","|"' '/"[SG]ET"/ { if ($9 + 0 > most) most = $9 + 0 } END { print most }' "$root/bench.csv"; }

unpack() {
  "$instar" release pack "$parts/releases/$1/release.yaml" --path "$parts/lib" \
    --output "$root/kvd-$1.tar.zst" --sign "$root/releases.key" >/dev/null
  run "$instar" release unpack "$root/kvd-$1.tar.zst"
}
install() { # install VERSION EXIT_CODE
  local code=0
  printf '  $ instar release install %s\n' "$1"
  "$instar" release install "$1" >"$root/install.out" 2>&1 || code=$?
  sed 's/^/    /' "$root/install.out"
  [ "$code" = "$2" ] || fails "release install $1 ended with $code, not $2"
}

# ---------------------------------------------------------------------------------
chapter "1. A node runs kv 1.0.0, a store that speaks the Redis protocol"
mkdir -p "$node/lib" "$node/releases"
cp -r "$parts/lib/kv-1.0.0" "$node/lib/"
cp -r "$parts/releases/1.0.0" "$node/releases/"
# The node takes what this key signed, and nothing else.
run "$instar" key make "$root/releases" --no-password
printf 'trusted_keys: [%s]\n' "$(tail -n 1 "$root/releases.pub")" >"$node/instar.yaml"
# Some free port, for this demo alone.
port=$((20000 + RANDOM % 20000))
printf 'kv: {port: %s}\n' "$port" >"$node/releases/1.0.0/config.yaml"
start_node
run "$instar" status
load_keys
expect "$keys keys are loaded" "$keys" "$(redis DBSIZE)"
open_connections
check_connections

chapter "2. 1.1.0 is installed while $connections clients of redis-benchmark are at work"
unpack 1.1.0
start_load 150000
finish_load
quiet=$(longest_ms)
start_load 300000
for _ in $(seq 1 200); do # until the load has begun: the store has new keys
  [ "$(redis EXISTS key:000000000001 key:000000000002 key:000000000003)" = 0 ] || break
done
install 1.1.0 0
expect "the installation happened under load" yes "$(kill -0 "$bench_pid" 2>/dev/null && echo yes || echo no)"
finish_load
check_keys
check_connections
expect "1.1.0 runs" 1.1.0 "$(status_of vsn)"
holds "the longest that a client waited for an answer: $(longest_ms) ms; without an upgrade: $quiet ms"
expect "EXPIRE, which 1.0.0 did not have, works" 1 "$(redis EXPIRE k:1 1000)"
ttl=$(redis TTL k:1)
[ "$ttl" -gt 990 ] && [ "$ttl" -le 1000 ] || fails "TTL answers '$ttl'"
holds "and TTL answers $ttl"
expect "PERSIST takes it back" 1 "$(redis PERSIST k:1)"

chapter "3. 1.2.0 is bad: its code_change fails on one shard, after others have succeeded"
unpack 1.2.0
start_load 150000
install 1.2.0 4
grep -q 'undone' "$root/install.out" || fails "the outcome is not named"
grep -q 'code_change' "$root/install.out" || fails "the reason is not named"
holds "it was undone in place, and the reason is named"
finish_load
check_keys
check_connections
expect "1.1.0 still runs" 1.1.0 "$(status_of vsn)"

chapter "4. 1.1.0 was never committed: after a crash the permanent release starts"
close_connections
kill -9 "$node_pid"
wait "$node_pid" 2>/dev/null || true
start_node
expect "1.0.0 runs again" 1.0.0 "$(status_of vsn)"
run "$instar" release list

chapter "5. It is installed again, committed, and taken back down"
load_keys
open_connections
install 1.1.0 0
run "$instar" release commit 1.1.0
expect "1.1.0 is permanent" permanent "$(status_of status)"
start_load 150000
printf '  $ instar release rollback\n'
"$instar" release rollback >"$root/install.out" 2>&1 || fails "$(cat "$root/install.out")"
sed 's/^/    /' "$root/install.out"
finish_load
expect "1.0.0 runs" 1.0.0 "$(status_of vsn)"
check_keys
check_connections
expect "and knows no EXPIRE" ERR "$(redis EXPIRE k:1 1000 | cut -d' ' -f1)"
run "$instar" release history
"$instar" stop >/dev/null
wait "$node_pid" || fails "the node did not stop cleanly"
node_pid=
chapter "Every claim above was checked. ($SECONDS s)"
