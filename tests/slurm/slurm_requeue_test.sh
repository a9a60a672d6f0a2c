#!/bin/bash
# slurm_requeue_test.sh PROGRAM SOURCE_FOLDER: a task of a sweep's array that is interrupted at work goes back into
# the queue by itself, goes on where it was, and finds what an undisturbed run finds.
program=$1 source=$2
. "$(dirname "$0")/cluster.sh"

cat >sweep.yaml <<END
extends: $source/examples/tiny.yaml
name: requeue
sweep: {seed: [0, 1]}
phases: [{name: elicit, steps: 500}]
END
"$program" sweep sweep.yaml threads=1 --out local --quiet >/dev/null || fail "the local sweep failed"
# What is there already is asked for afresh; a task that goes on must not begin afresh once more.
cp -r local out
"$program" sweep sweep.yaml threads=1 --out out --fresh --slurm --slurm-arg=--time=5 || fail "not submitted"
run=$(echo out/runs/*-s0)
for _ in $(seq 300); do
  grep -q '"phase": "elicit"' "$run/status.json" 2>/dev/null && break
  sleep 0.1
done
task=$(squeue --noheader --array --states=running --format=%i | grep '_0$') || fail "task 0 does not run"
# As a cluster does that wants its node back: to the script and to all that it has started.
scancel --full --signal=TERM "$task" || fail "no signal was sent"
until_no_job_is_left

scontrol show job "$task" | tee task.txt
grep -q "Restarts=1 " task.txt || fail "the task was not requeued once"
grep -q "JobState=COMPLETED" task.txt || fail "the task did not complete"
grep -q "resumed in phase elicit" "$run/log.txt" || fail "the task did not go on where it was"
for run in local/runs/*-s*; do
  for file in metrics.jsonl items.jsonl ledger.json checkpoints/elicit/model.safetensors; do
    cmp "$run/$file" "out/runs/$(basename "$run")/$file" || fail "other results"
  done
done
echo "passed: a requeued task equals an undisturbed run"
