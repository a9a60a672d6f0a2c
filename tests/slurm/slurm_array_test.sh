#!/bin/bash
# slurm_array_test.sh PROGRAM SOURCE_FOLDER: a sweep of six runs through a real Slurm (slurmctld, slurmd,
# munged) that this test starts for itself, in namespaces of its own, so that neither the machine's host
# name nor its network is touched. Ends with 77, which CTest takes for "skipped", where Slurm cannot start.
set -uo pipefail
program=$1 source=$2

skip() { echo "skipped: $*"; exit 77; }

if [ "${3:-}" != inside ]; then
  for tool in slurmctld slurmd sbatch munged unshare ip; do
    PATH="$PATH:/usr/sbin:/sbin" command -v "$tool" >/dev/null || skip "$tool is not installed"
  done
  [ "$(id -u)" -eq 0 ] || skip "Slurm's daemons are started as root here, and this is another user"
  folder=$(mktemp -d)
  trap 'rm -rf "$folder"' EXIT
  export PATH="$PATH:/usr/sbin:/sbin" LEAKPROBE_SLURM_TEST="$folder"
  unshare --net --uts --mount --pid --fork --mount-proc --kill-child true 2>/dev/null ||
    skip "namespaces are not allowed on this machine"
  # Nothing that was started in there outlives it.
  timeout 240 unshare --net --uts --mount --pid --fork --mount-proc --kill-child \
    "$0" "$program" "$source" inside
  exit $?
fi

folder=$LEAKPROBE_SLURM_TEST
cd "$folder" && mkdir state spool || exit 1
export SLURM_CONF="$folder/slurm.conf"
hostname node1
ip link set lo up
# Slurm asks for addresses of a kind that the machine has, and the loopback's own do not count.
ip address add 10.77.0.1/24 dev lo || skip "the namespace's network cannot be set up"
printf '127.0.0.1 localhost\n10.77.0.1 node1\n' >hosts
mount --bind hosts /etc/hosts || skip "/etc/hosts cannot be covered"

# munged wants its folders to belong to nobody else; /tmp itself is open to all, hence --force.
head -c 1024 /dev/urandom >munge.key && chmod 400 munge.key
munged --force --key-file="$folder/munge.key" --socket="$folder/munge.socket" \
  --pid-file="$folder/munge.pid" --log-file="$folder/munge.log" \
  --seed-file="$folder/munge.seed" || skip "munged did not start: $(tail -1 munge.log)"
cat >slurm.conf <<END
ClusterName=test
SlurmctldHost=node1(10.77.0.1)
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=$folder/munge.socket
CredType=cred/munge
MpiDefault=none
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerType=sched/backfill
SwitchType=switch/none
ReturnToService=2
KillWait=5
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/spool
SlurmctldLogFile=$folder/slurmctld.log
SlurmdLogFile=$folder/slurmd.log
SlurmctldPidFile=$folder/slurmctld.pid
SlurmdPidFile=$folder/slurmd.pid
NodeName=node1 NodeAddr=10.77.0.1 CPUs=$(nproc) State=UNKNOWN
PartitionName=test Nodes=node1 Default=YES MaxTime=10 State=UP
END
echo "CgroupPlugin=cgroup/v1" >cgroup.conf

slurmctld || skip "slurmctld did not start: $(tail -1 slurmctld.log)"
slurmd || skip "slurmd did not start: $(tail -1 slurmd.log)"
state=
for _ in $(seq 40); do
  state=$(timeout 5 sinfo -h -o %T 2>/dev/null)
  [ "$state" = idle ] && break
  [ -s slurmctld.pid ] && kill -0 "$(cat slurmctld.pid)" || break
  sleep 0.5
done
[ "$state" = idle ] || skip "the node did not become idle: $(tail -n 2 slurmctld.log slurmd.log)"

fail() {
  echo "failed: $*"
  tail -n 5 "$folder"/slurmctld.log "$folder"/slurmd.log "$folder"/out/logs/*.log
  exit 1
}

cat >sweep.yaml <<END
extends: $source/examples/tiny.yaml
name: slurm
sweep:
  freezing: {with: {}, without: {phases: [{name: suppress, freeze: {type: none}}]}}
  seed: [0, 1, 2]
END
# On a cluster a run has one thread unless its experiment says otherwise.
"$program" sweep sweep.yaml threads=1 --out out --slurm --slurm-arg=--time=5 || fail "not submitted"
for _ in $(seq 240); do
  [ -z "$(squeue -h)" ] && break
  sleep 0.5
done
[ -z "$(squeue -h)" ] || fail "the arrays did not end: $(squeue)"
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
