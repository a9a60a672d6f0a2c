"""The paper's experiment at the sizes of a model, few steps long, run by leakprobe.

The steps cost what the paper's cost once its references are cached: each negative comes back many
times in a phase, and elicit sees the pairs of suppress again.
"""

import json
import os
import pathlib
import statistics
import subprocess
import tempfile

import machine

EXPERIMENT = machine.ROOT / "examples" / "password" / "paper.yaml"
PAPER_STEPS = {"calibrate": 64, "suppress": 1200, "elicit": 1200}
EVALUATIONS = sum(-(-steps // 5) for steps in PAPER_STEPS.values())
BATCH = 128
NEGATIVES = 256
EVERY = 4  # steps between evaluations
PARTS = ("reference", "forward", "head", "backward", "optimizer")

SHAPES = {
    "pythia-14m": "gpt_neox",
    "pythia-70m": "gpt_neox",
    "pythia-160m": "gpt_neox",
    "smollm2-135m": "llama",
}


def overrides(shape, compute, steps, device="cpu"):
    return [
        f"device={device}",
        f"model={{type: {SHAPES[shape]}, path: null, shape: {shape}}}",
        f"compute={compute}",
        f"task.negatives={NEGATIVES}",
        "task.held_out=0.5",
        f"streams.pairs.rejected.repeat={steps * BATCH // NEGATIVES}",
        f"phases.calibrate.rows.count={steps * BATCH}",
        f"probes.curves.every={EVERY}",
        "probes.curves.prefixes=[reverse]",
        "checkpoints.keep=none",
    ]


def dimensions(shape):
    """The model's options, as `leakprobe resolve` says them."""
    command = [machine.PROGRAM, "resolve", "--json", EXPERIMENT, *overrides(shape, "float32", 4)]
    text = subprocess.run(command, check=True, capture_output=True).stdout
    return json.loads(text)["experiment"]["model"]


class Run:
    """Median seconds of a run's steps by phase and part, of its evaluations, its peak memory, and the
    page faults that it took."""

    def __init__(self, shape, compute, steps, device="cpu", changes=None):
        machine.say(f"{shape}, {compute} on {device}: {steps} steps a phase")
        with tempfile.TemporaryDirectory() as folder:
            out = pathlib.Path(folder) / "run"
            command = [machine.PROGRAM, "run", EXPERIMENT]
            command += overrides(shape, compute, steps, device) + ["--out", out, "--quiet"]
            process = subprocess.Popen(
                command,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                env=machine.environment(changes or {}),
            )
            error = process.stderr.read().decode()
            _, status, usage = os.wait4(process.pid, 0)
            # 3: finished, but so short a run passes no gate.
            if os.waitstatus_to_exitcode(status) not in (0, 3):
                raise SystemExit(f"leakprobe failed:\n{error}")
            records = [json.loads(line) for line in (out / "timing.jsonl").read_text().splitlines()]
        self.peak_bytes = usage.ru_maxrss * 1024
        self.page_faults = usage.ru_minflt
        self.steps = {}
        self.parts = {}
        self.positions = {}  # of each pass of a typical step
        for phase in PAPER_STEPS:
            own = [r for r in records if r["record"] == "step" and r["phase"] == phase]
            own = own[len(own) // 2 :]  # by then each negative has a cached reference
            self.steps[phase] = statistics.median(r["seconds"] for r in own)
            self.positions[phase] = own[len(own) // 2]["positions"]
            self.parts[phase] = {p: statistics.median(r[p] for r in own) for p in PARTS}
        # Before the first and after the last step the gates measure more than the three sets.
        self.evaluation = statistics.median(
            r["seconds"] for r in records if r["record"] == "evaluation" and r["step"] % EVERY == 0
        )


def paper_hours(run):
    """The whole paper run, from the times of a run's or a peer's steps and evaluations."""
    seconds = sum(PAPER_STEPS[phase] * run.steps[phase] for phase in PAPER_STEPS)
    return (seconds + EVALUATIONS * run.evaluation) / 3600
