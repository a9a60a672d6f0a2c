"""What a bench runs on and what it runs."""

import concurrent.futures
import os
import pathlib
import queue
import statistics
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
PROGRAM = ROOT / "build" / "bin" / "leakprobe"
PRODUCTS = ROOT / "build" / "bench" / "leakprobe-products"
HEAD = ROOT / "build" / "bench" / "leakprobe-head"


def cpu_info(key):
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.split(":")[0].strip() == key:
            return line.split(":", 1)[1].strip()
    return ""


def kind():
    """The column of goals this processor is judged by."""
    flags = cpu_info("flags").split()
    if "amx_bf16" in flags:
        return "AMX"
    return "AVX-512" if "avx512_bf16" in flags else "other"


def kind_of(device):
    """What figures are compared within."""
    if device == "cuda":
        return gpu_name()
    return {"other": "without bf16"}.get(kind(), kind())


def gpu_name():
    names = ["nvidia-smi", "--query-gpu=name", "--format=csv,noheader"]
    return subprocess.run(names, check=True, capture_output=True, text=True).stdout.splitlines()[0]


def cores():
    """Those that this process may use."""
    return len(os.sched_getaffinity(0))


def core_groups(size):
    """Disjoint groups of `size` cores that this process may use, one hardware thread of each core."""
    allowed = os.sched_getaffinity(0)
    siblings = "/sys/devices/system/cpu/cpu{}/topology/thread_siblings_list"
    first = {pathlib.Path(siblings.format(cpu)).read_text(): cpu for cpu in sorted(allowed, reverse=True)}
    chosen = sorted(first.values())
    if len(chosen) < size:
        raise SystemExit(f"{size} cores for a run, and there are {len(chosen)}")
    return [set(chosen[at : at + size]) for at in range(0, len(chosen) - size + 1, size)]


class Lanes:
    """Runs tasks on groups of `size` cores, as many at once as there are groups; without a size one after
    the other, each on all cores."""

    def __init__(self, size=None):
        self.size = size
        groups = core_groups(size) if size else [os.sched_getaffinity(0)]
        self.count = len(groups)
        self.free = queue.SimpleQueue()
        for group in groups:
            self.free.put(group)
        self.pool = concurrent.futures.ThreadPoolExecutor(self.count)

    def submit(self, task, *arguments):
        def on_its_cores():
            group = self.free.get()
            try:
                os.sched_setaffinity(0, group)  # of this thread, and of the processes that it starts
                return task(*arguments)
            except BaseException:
                self.pool.shutdown(wait=False, cancel_futures=True)  # nothing starts after a failure
                raise
            finally:
                self.free.put(group)

        return self.pool.submit(on_its_cores)

    def describe(self):
        return f", {self.size} for each run, {self.count} runs at once" if self.size else ""


def describe(device="cpu"):
    text = f"{cpu_info('model name') or 'unknown processor'} ({kind_of('cpu')}), {cores()} cores"
    return text if device == "cpu" else f"{gpu_name()}, {text}"


def commit():
    """Of the sources, "" where Git does not know them."""
    command = ["git", "-C", ROOT, "describe", "--always", "--dirty", "--exclude=*"]
    done = subprocess.run(command, capture_output=True, text=True)
    return done.stdout.strip()


def say(text):
    print(f"==> {text}", file=sys.stderr, flush=True)


def environment(changes):
    return {**os.environ, **changes}


def seconds(*arguments, text=None, times=9):
    """Median seconds of a command, after one that fills the caches."""
    measured = []
    for _ in range(times + 1):
        start = time.perf_counter()
        subprocess.run(
            [PROGRAM, *arguments], input=text, check=True, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )  # fmt: skip
        measured.append(time.perf_counter() - start)
    return statistics.median(measured[1:])
