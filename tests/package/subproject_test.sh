#!/usr/bin/env bash
# instar taken into another project: what that one sees of it (subproject/), and how
# its module is compiled.
#
#   subproject_test.sh SCRATCH_FOLDER SOURCE_FOLDER
set -euo pipefail

scratch=$1 source=$2
rm -rf "$scratch"
"$CMAKE" -G "$GENERATOR" -S "$source/tests/package/subproject" -B "$scratch" \
  -DINSTAR_SOURCE="$source"

commands=$scratch/compile_commands.json
command=$(grep '"command":.*inner\.cpp' "$commands")
for wanted in INSTAR_VSN=instar_v_inner_v1_2e0_7erc1 -fno-gnu-unique \
  -fvisibility=hidden -std=gnu++20; do
  [[ $command == *"$wanted"* ]] || {
    echo "without $wanted: $command" >&2
    exit 1
  }
done
for unwanted in -W -DBOOST_ASIO_NO_DEPRECATED -fsanitize; do
  [[ $command != *" $unwanted"* ]] || {
    echo "with $unwanted: $command" >&2
    exit 1
  }
done
