# Sourced by a test with the test's own arguments: the test goes on inside namespaces of its own, so that neither
# the machine's host name nor its network is touched, in an empty folder and beside a real Slurm (slurmctld,
# slurmd, munged) of one node. Ends with 77, which CTest takes for "skipped", where Slurm cannot start.
set -uo pipefail

skip() { echo "skipped: $*"; exit 77; }

if [ -z "${LEAKPROBE_SLURM_TEST:-}" ]; then
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
  timeout 240 unshare --net --uts --mount --pid --fork --mount-proc --kill-child "$0" "$@"
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
# A requeued task may start once its credential has expired, by default after two minutes.
AuthInfo=socket=$folder/munge.socket,cred_expire=5
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

until_no_job_is_left() {
  for _ in $(seq 240); do
    [ -z "$(squeue -h)" ] && return
    sleep 0.5
  done
  fail "the arrays did not end: $(squeue)"
}
