"""Steps that sample what they train on: beside steps of DPO on as many rows, sampling beside the forward pass of the
same rows, and the same step by TRL. Runs of both sides take turns.

TRL runs in an environment of its own, which --python names; `./dev bench rollouts` makes it.
"""

import argparse
import json
import pathlib
import statistics
import subprocess
import tempfile

import experiment
import figures
import machine
import peers

QUICK = {
    "rloo": machine.ROOT / "examples" / "rlhf" / "quick_rloo.yaml",
    "dpo": machine.ROOT / "examples" / "password" / "quick.yaml",
}
SHAPE = "pythia-160m"
GRPO = machine.ROOT / "bench" / "rollouts.yaml"
PARTS = ("sampling", *experiment.PARTS)
TRL = {"float32": "TRL f32, tuned", "bfloat16": "TRL autocast, tuned"}
#: A processor without bf16 instructions is not judged in bfloat16.
KINDS = {"float32": ("AVX-512", "AMX", "other"), "bfloat16": ("AVX-512", "AMX")}


def steps_of(file, steps, *overrides):
    """What timing.jsonl says of the later half of the steps of suppress: by then the reference of each
    planted or rejected row is known."""
    with tempfile.TemporaryDirectory() as folder:
        out = pathlib.Path(folder) / "run"
        command = [machine.PROGRAM, "run", file, *overrides, "--limit-steps", str(steps)]
        done = subprocess.run([*command, "--out", out, "--quiet"], capture_output=True, text=True)
        if done.returncode not in (0, 3):  # 3: so short a run passes no gate
            raise SystemExit(f"leakprobe failed:\n{done.stderr}")
        records = [json.loads(line) for line in (out / "timing.jsonl").read_text().splitlines()]
    own = [r for r in records if r["record"] == "step" and r["phase"] == "suppress"]
    return own[len(own) // 2 :]


def median(steps, part="seconds"):
    return statistics.median(step[part] for step in steps)


def breakdown(steps):
    """Where a step's time goes, in milliseconds."""
    parts = {part: median(steps, part) for part in PARTS}
    parts["rest"] = median(steps) - sum(parts.values())
    cells = [f"{name} {1000 * seconds:.0f}" for name, seconds in parts.items()]
    return f"{1000 * median(steps):.0f} ms = {' + '.join(cells)}"


def spread(ratios):
    return f"{statistics.median(ratios):.2f}x ({min(ratios):.2f} to {max(ratios):.2f}, {len(ratios)} in turn)"


def goal(compute, number):
    return dict.fromkeys(KINDS[compute], number)


def beside_dpo(compute, arguments, found):
    """RLOO's steps on 16 sampled and 16 planted rows, and DPO's on 16 pairs."""
    measured = {name: [] for name in QUICK}
    overrides = [f"compute={compute}", f"threads={arguments.threads}", "probes.curves.every=1000"]
    for turn in range(arguments.turns):
        machine.say(f"quick, {compute}: turn {turn + 1} of {arguments.turns}")
        for name, file in QUICK.items():
            # Cross-entropy on random rows stands beside rloo, and not beside dpo.
            alone = ["phases.suppress.beside=null"] if name == "rloo" else []
            measured[name].append(steps_of(file, arguments.quick_steps, *overrides, *alone))
    ratios = [median(r) / median(d) for r, d in zip(measured["rloo"], measured["dpo"], strict=True)]
    about = f"rollouts/quick/{compute}"
    for name, runs in measured.items():
        steps = [step for run in runs for step in run]
        found.add(f"{about}/{name}/step", median(steps), " s")
        yield f"quick {compute} {name}: {breakdown(steps)}"
    found.add(f"{about}/rloo-over-dpo", statistics.median(ratios), "x", at_most=goal(compute, 1.5))
    yield f"quick {compute} rloo over dpo: {spread(ratios)}"


def beside_trl(compute, arguments, found):
    """GRPO on rows that are all sampled: sampling beside the forward pass of these rows, and TRL's steps."""
    about = f"rollouts/{SHAPE}/{compute}"
    own, theirs = [], []
    for turn in range(arguments.turns if arguments.python else 1):
        machine.say(f"{SHAPE}, {compute}: turn {turn + 1}")
        overrides = [f"compute={compute}", f"threads={arguments.threads}"]
        own.append(steps_of(GRPO, arguments.steps, *overrides))
        if arguments.python:
            options, environment = peers.TRL[TRL[compute]]
            options = [*options, "--threads", str(arguments.threads)]
            theirs.append(peers.measure(arguments.python, "trl_rollouts.py", SHAPE,
                                        arguments.steps, options, environment))  # fmt: skip
    steps = [step for run in own for step in run]
    yield f"{SHAPE} {compute} grpo: {breakdown(steps)}"
    found.add(f"{about}/step", median(steps), " s")
    ratios = [step["sampling"] / (step["forward"] + step["head"]) for step in steps]
    found.add(f"{about}/sampling-over-forward", statistics.median(ratios), "x",
              at_most=goal(compute, 1))  # fmt: skip
    yield f"{SHAPE} {compute} sampling over forward: {spread(ratios)}"
    if not theirs:
        return
    cells = [f"{part} {1000 * statistics.median(t[part] for t in theirs):.0f}"
             for part in ("generate", "forward", "step")]  # fmt: skip
    yield f"{SHAPE} {TRL[compute]}: {', '.join(cells)} ms"
    for part, seconds, wanted in (
        ("generate", [median(run, "sampling") for run in own], None),
        ("step", [median(run) for run in own], goal(compute, 3)),
    ):
        ratios = [t[part] / s for t, s in zip(theirs, seconds, strict=True)]
        found.add(f"{about}/{part}/faster-than/TRL", statistics.median(ratios), "x", at_least=wanted)
        yield f"{SHAPE} {compute} {part} faster than TRL: {spread(ratios)}"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--python", help="of the peers' environment; without it TRL is not run")
    parser.add_argument("--compute", nargs="+", choices=["float32", "bfloat16"],
                        default=[c for c, kinds in KINDS.items() if machine.kind() in kinds])  # fmt: skip
    parser.add_argument("--turns", type=int, default=3, help="runs of each side")
    parser.add_argument("--threads", type=int, default=machine.cores())
    parser.add_argument("--quick-steps", type=int, default=40, help="a phase of quick.yaml's sizes")
    parser.add_argument("--steps", type=int, default=6, help=f"a phase of {SHAPE}'s")
    arguments = parser.parse_args()
    found = figures.Figures(how=f", {arguments.threads} threads")
    lines = []
    for compute in arguments.compute:
        for measure in (beside_dpo, beside_trl):
            for line in measure(compute, arguments, found):
                lines.append(line)
                print(line, flush=True)
    found.print()
    found.write("rollouts", comparison=lines)


if __name__ == "__main__":
    main()
