#!/usr/bin/env bash
# new_project_test.sh PROGRAM KIND FOLDER: makes a plugin of that kind with `leakprobe new` and does what the
# last lines of its output say, in a folder that knows nothing of leakprobe's tree.
set -euo pipefail
program=$1 kind=$2 folder=$3
PATH=$(dirname "$program"):$PATH
if [[ -z "${CMAKE_CXX_COMPILER_LAUNCHER:-}" ]]; then unset CMAKE_CXX_COMPILER_LAUNCHER; fi

rm -rf "$folder"
mkdir -p "$folder"
cd "$folder"
leakprobe new "$kind" "acme.new_$kind" | tee output.txt
sed '1,/^$/d' output.txt >commands.sh
[[ $(wc -l <commands.sh) == 3 ]]
# shellcheck source=/dev/null
source commands.sh
leakprobe verify "acme_new_$kind/build/lib/leakprobe/plugins/acme_new_$kind.so"
