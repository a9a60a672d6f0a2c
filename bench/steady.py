"""Whether a step costs the same, and memory stays the same, from the first to the last of a long phase."""

import json
import pathlib
import statistics
import subprocess
import tempfile
import time

import figures
import machine

EXPERIMENT = machine.ROOT / "examples" / "password" / "quick.yaml"
PHASE = "elicit"
WINDOW = 100  # steps
POLL_SECONDS = 0.1


def resident_bytes(process):
    for line in pathlib.Path(f"/proc/{process.pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    return None  # it is ending


def resident_during(process):
    """What a process holds, by second of its life."""
    begin = time.perf_counter()
    samples = []
    while process.poll() is None:
        held = resident_bytes(process)
        if held is not None:
            samples.append((time.perf_counter() - begin, held))
        time.sleep(POLL_SECONDS)
    return samples


def main():
    found = figures.Figures()
    with tempfile.TemporaryDirectory() as folder:
        out = pathlib.Path(folder) / "run"
        command = [machine.PROGRAM, "run", EXPERIMENT, "checkpoints.keep=none", "--quiet", "--out", out]
        machine.say(f"quick.yaml, {PHASE}: the first and the last {WINDOW} steps")
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        samples = resident_during(process)
        if process.returncode not in (0, 3):
            raise SystemExit("leakprobe failed")
        records = [json.loads(line) for line in (out / "timing.jsonl").read_text().splitlines()]
    steps = [r["seconds"] for r in records if r["record"] == "step" and r["phase"] == PHASE]
    first, last = statistics.median(steps[:WINDOW]), statistics.median(steps[-WINDOW:])
    found.add("steady/first-steps", 1000 * first, " ms")
    found.add("steady/last-steps", 1000 * last, " ms")
    found.add("steady/last-over-first", last / first, "x", at_most=1.1)
    # The phase is the last and its evaluations are spread evenly: its steps' share of the run's end.
    end = samples[-1][0]
    whole = sum(r["seconds"] for r in records if r.get("phase") == PHASE)
    window = whole * WINDOW / len(steps)
    early = [held for at, held in samples if end - whole <= at < end - whole + window]
    late = [held for at, held in samples if at >= end - window]
    growth = statistics.median(late) - statistics.median(early)
    found.add("steady/memory", statistics.median(late) / 2**20, " MiB")
    found.add("steady/memory-growth", growth / 2**20, " MiB", at_most=8)
    found.print()
    found.write("steady")


main()
