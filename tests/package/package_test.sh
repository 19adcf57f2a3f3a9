#!/usr/bin/env bash
# A project that knows nothing of instar's sources, against an installed instar: it is
# configured, built, run and upgraded.
#
#   package_test.sh BUILD_FOLDER SCRATCH_FOLDER SOURCE_FOLDER
#
# CMAKE, GENERATOR, CXX, LAUNCHER and BUILD_TYPE are those of the build.
set -euo pipefail

build=$1 scratch=$2 source=$3
launcher=()
[ -z "${LAUNCHER:-}" ] || launcher=("-DCMAKE_CXX_COMPILER_LAUNCHER=$LAUNCHER")
prefix=$scratch/moved/instar
instar=$prefix/bin/instar
# Not in $scratch: the path of a socket may not be long.
node=$(mktemp -d "${TMPDIR:-/tmp}/instar-package.XXXXXX")
node_pid=

cleanup() {
  [ -z "$node_pid" ] || kill -9 "$node_pid" 2>/dev/null || true
  rm -rf "$node"
}
trap cleanup EXIT

fails() {
  printf 'FAILED  %s\n' "$*" >&2
  exit 1
}
# expect WHAT WANTED GOT
expect() {
  [ "$2" = "$3" ] || fails "$1: expected '$2', got '$3'"
  printf 'ok  %s\n' "$1"
}
# quietly WHAT COMMAND...: its output only where it fails.
quietly() {
  local what=$1
  shift
  "$@" >"$scratch/out" 2>&1 || fails "$what: $(cat "$scratch/out")"
  printf 'ok  %s\n' "$what"
}
# refuses WHAT LANGUAGES ARGUMENTS: of find_package, in a project of these languages.
refuses() {
  mkdir -p "$scratch/other"
  printf '%s\n' 'cmake_minimum_required(VERSION 3.25)' "project(other $2)" \
    "find_package(instar $3)" >"$scratch/other/CMakeLists.txt"
  ! "$CMAKE" -G "$GENERATOR" -S "$scratch/other" -B "$scratch/other/$2" \
    -DCMAKE_PREFIX_PATH="$prefix" >"$scratch/out" 2>&1 ||
    fails "find_package($3) in a project of $2 succeeds"
  tr -s ' \n' ' ' <"$scratch/out" | grep -qF "$1" ||
    fails "find_package($3) does not say '$1': $(cat "$scratch/out")"
  printf 'ok  find_package(%s): %s\n' "$3" "$1"
}
# As a user's shell, which knows nothing of the build.
plain() { env -i PATH=/usr/local/bin:/usr/bin:/bin HOME="$scratch" "$@"; }
ask() { plain "$instar" --node "$node/run/control.sock" "$@"; }

rm -rf "$scratch"
mkdir -p "$scratch/moved"

quietly "it is installed" "$CMAKE" --install "$build" --prefix "$scratch/first"
mv "$scratch/first" "$prefix"
expect "nothing that was installed names the build or the sources" "" \
  "$(grep -rlF -e "$build" -e "$source/" --exclude-dir=bin --exclude-dir=lib "$prefix" ||
    true)$(grep -rlF -e "$build" -e "$source/" "$prefix/lib/cmake" || true)"
expect "the command runs from where it was moved to" 0 \
  "$(plain "$instar" version >/dev/null && echo $?)"

for component in runtime command; do
  quietly "component $component is installed alone" "$CMAKE" --install "$build" \
    --prefix "$scratch/production" --component "$component"
done
expect "without the files for development" "" \
  "$(find "$scratch/production" -name '*.hpp' -o -name '*.cmake' -o -name '*.a')"
expect "the command runs without them" 0 \
  "$(plain "$scratch/production/bin/instar" version >/dev/null && echo $?)"

refuses "instar needs the language CXX" NONE "CONFIG REQUIRED"
refuses 'compatible with requested version "0.2"' NONE "0.2 CONFIG REQUIRED"
refuses 'compatible with requested version "1.0"' NONE "1.0 CONFIG REQUIRED"
refuses "instar has no component telepathy; it has runtime" CXX "CONFIG REQUIRED COMPONENTS telepathy"

cp -r "$source/tests/package/project" "$scratch/project"
mv "$scratch/project/1.1.0/appup.yaml" "$scratch/appup.yaml"
quietly "a project finds it" "$CMAKE" -G "$GENERATOR" -S "$scratch/project" \
  -B "$scratch/build" -DCMAKE_PREFIX_PATH="$prefix" \
  -DCMAKE_BUILD_TYPE="$BUILD_TYPE" "${launcher[@]}"
quietly "and is built" "$CMAKE" --build "$scratch/build"
built=$scratch/build/turnstile
mv "$scratch/appup.yaml" "$scratch/project/1.1.0/"
quietly "again with an appup that was written only now" \
  "$CMAKE" --build "$scratch/build"
expect "which is there" 0 "$(cmp "$scratch/project/1.1.0/appup.yaml" \
  "$built/lib/turnstile-1.1.0/appup.yaml" && echo $?)"
# Every word of what the compiler noted is tried as a file.
headers=$({ [ "$GENERATOR" != Ninja ] || ninja -C "$scratch/build" -t deps
  find "$scratch/build" -name '*.d' -exec cat {} +; } | tr ' ' '\n' | grep '\.hpp$' |
  (cd "$scratch/build" && sort -u | xargs realpath -m))
for header in runtime/module.hpp testing.hpp; do
  grep -qxF "$prefix/include/instar/$header" <<<"$headers" ||
    fails "the installed headers are not among those that it read: $headers"
done
expect "without a header of the source tree" "" \
  "$(grep -F "$source/" <<<"$headers" | grep -vF "$scratch/" || true)"

# does_not_build TARGET WHY
does_not_build() {
  ! "$CMAKE" --build "$scratch/build" --target "$1" >"$scratch/out" 2>&1 ||
    fails "$1 was built"
  grep -qF "$2" "$scratch/out" || fails "$1: $(cat "$scratch/out")"
  printf 'ok  %s does not build: %s\n' "$1" "$2"
}
does_not_build needy-1.0.0 "needed: it needs libside_built.so"
does_not_build late-1.1.0-app "modules/late.so: it holds late 1.1.0, not late 1.0.0"

mkdir -p "$node/lib" "$node/releases"
cp -r "$built/lib/turnstile-1.0.0" "$node/lib/"
cp -r "$built/releases/1.0.0" "$node/releases/"
echo 'allow_unsigned: true' >"$node/instar.yaml"
expect "a program of its own reads manifests" 1.0.0 \
  "$(plain "$scratch/build/offline" "$node/lib/turnstile-1.0.0/app.yaml")"
expect "a program of its own has a node inside" 1.0.0 \
  "$(plain "$scratch/build/embedded" "$node" 2>/dev/null)"

quietly "its own tests of the upgrade pass" plain "$scratch/build/upgrade_test"

coproc log { exec env -i PATH=/usr/bin:/bin "$instar" run "$node" 2>&1; }
node_pid=$log_PID
said=
while read -r -t 60 line <&"${log[0]}"; do
  said+=$line$'\n'
  [[ $line != *"release turnstiled 1.0.0 runs"* ]] || break
done
[[ ${line:-} == *"release turnstiled 1.0.0 runs"* ]] || fails "the node: $said"
echo "ok  its release 1.0.0 runs under the installed command"

ask cast turnstile '{"pass": {"people": 12345}}'
expect "it counts" '"12 345"' "$(ask call turnstile '{"total": {}}')"
quietly "1.1.0 is packed" ask release pack "$built/releases/1.1.0/release.yaml" \
  --path "$built/lib" --output "$scratch/1.1.0.tar.zst"
quietly "unpacked" ask release unpack "$scratch/1.1.0.tar.zst"
quietly "installed" ask release install 1.1.0
quietly "committed" ask release commit 1.1.0
ask cast turnstile '{"pass": {"people": 5, "gate": "side"}}'
expect "1.1.0 has the state of 1.0.0" '{"main":12345,"side":5}' \
  "$(ask call turnstile '{"gates": {}}' | tr -d ' \n')"
quietly "rolled back" ask release rollback
expect "1.0.0 has the state of 1.1.0" '"12 350"' \
  "$(ask call turnstile '{"total": {}}')"
quietly "stopped" ask stop
wait "$node_pid" || fails "the node ended with $?"
node_pid=
