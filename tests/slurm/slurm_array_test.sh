#!/bin/bash
# slurm_array_test.sh PROGRAM SOURCE_FOLDER: a sweep of six runs through a real Slurm.
program=$1 source=$2
. "$(dirname "$0")/cluster.sh"

cat >sweep.yaml <<END
extends: $source/examples/tiny.yaml
name: slurm
sweep:
  freezing: {with: {}, without: {phases: [{name: suppress, freeze: {type: none}}]}}
  seed: [0, 1, 2]
END
# On a cluster a run has one thread unless its experiment says otherwise.
"$program" sweep sweep.yaml threads=1 --out out --slurm --slurm-arg=--time=5 || fail "not submitted"
until_no_job_is_left
"$program" sweep sweep.yaml threads=1 --out out --list | tee plan.txt
grep -q "6 runs, 6 of them complete" plan.txt || fail "not all runs are complete"
grep -l "the phases up to calibrate" out/runs/*/log.txt | wc -l | grep -qx 3 ||
  fail "the second array did not start from the first one's snapshots"

# What Slurm ran equals what this machine runs by itself.
"$program" sweep sweep.yaml threads=1 --out local --quiet >/dev/null || fail "the local sweep failed"
for run in local/runs/*-s*; do
  cmp "$run/metrics.jsonl" "out/runs/$(basename "$run")/metrics.jsonl" || fail "other results"
done
echo "passed: two arrays of three runs each"
