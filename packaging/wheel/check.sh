#!/usr/bin/env bash
# check.sh WHEEL FOLDER: installs the wheel into a fresh virtual environment in FOLDER and does there what its
# users do: the program, a plugin built against it, the Python package, the notebook. No root, nothing of this
# tree but the tests.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
wheel=$(realpath "$1") folder=$2
say() { printf '==> %s\n' "$*" >&2; }

rm -rf "$folder"
mkdir -p "$folder"
cd "$folder"
say "a fresh virtual environment"
python3 -m venv environment
environment/bin/pip install --quiet --disable-pip-version-check "$wheel[notebook]" pytest nbconvert ipykernel
export PATH=$PWD/environment/bin:$PATH
unset LD_LIBRARY_PATH LEAKPROBE_PLUGIN_PATH LibTorch_ROOT CMAKE_PREFIX_PATH

say "the program"
leakprobe version
leakprobe doctor
time leakprobe version >/dev/null
leakprobe run "$root/examples/tiny.yaml" --out tiny --quiet

say "a plugin of one's own"
leakprobe new task acme.wheel_task | sed '1,/^$/d' >commands.sh
time bash -eu commands.sh
leakprobe verify acme_wheel_task/build/lib/leakprobe/plugins/acme_wheel_task.so

say "the Python package"
python -m pytest -q -p no:cacheprovider "$root/python/tests"

say "the notebook"
mkdir -p notebooks
ln -sfn "$root/examples" examples
cp "$root/python/notebook.ipynb" notebooks/
jupyter nbconvert --to html --execute notebooks/notebook.ipynb --output-dir "$PWD"
say "the executed notebook is $PWD/notebook.html"
