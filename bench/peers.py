"""leakprobe beside PyTorch scripts of the same experiment, in one run on one machine.

The peers run in an environment of their own, which --python names; `./dev bench peers` makes it.
"""

import argparse
import json
import subprocess

import experiment
import figures
import machine

#: Large blocks are not given back to the system at each step.
TUNED = {
    "MALLOC_MMAP_THRESHOLD_": str(4 << 30),
    "MALLOC_TRIM_THRESHOLD_": str(16 << 30),
    "MALLOC_TOP_PAD_": str(256 << 20),
}

VARIANTS = {
    "f32": (["--precision", "f32"], {}),
    "f32, tuned": (["--precision", "f32", "--fused"], TUNED),
    "f32, tuned, compiled": (["--precision", "f32", "--fused", "--compiled"], TUNED),
    "medium": (["--precision", "medium"], {}),
    "medium, tuned": (["--precision", "medium", "--fused"], TUNED),
    "medium, tuned, compiled": (["--precision", "medium", "--fused", "--compiled"], TUNED),
    "autocast": (["--precision", "autocast"], {}),
    "autocast, tuned": (["--precision", "autocast", "--fused"], TUNED),
    "autocast, tuned, compiled": (["--precision", "autocast", "--fused", "--compiled"], TUNED),
}

#: TRL's DPOTrainer, which does the second phase.
TRL = {"TRL f32, tuned": ([], TUNED), "TRL autocast, tuned": (["--bf16"], TUNED)}


def measure(python, script, shape, steps, options, environment):
    """What a script of peers/ measured."""
    path = machine.ROOT / "bench" / "peers" / script
    command = [python, path, "--shape", shape, "--steps", str(steps), *options]
    output = subprocess.run(
        command, env=machine.environment(environment), check=True, capture_output=True, text=True
    ).stdout
    return json.loads(output.splitlines()[-1])


class Peer:
    """A variant's median seconds a step by phase and of an evaluation, and its peak memory."""

    def __init__(self, python, variant, shape, steps, device):
        machine.say(f"{shape}, PyTorch {variant} on {device}: {steps} steps a phase")
        options, environment = VARIANTS[variant]
        options = [*options, "--device", device]
        measured = measure(python, "pytorch_steps.py", shape, steps, options, environment)
        self.steps = measured["steps"]
        self.evaluation = measured["evaluation"]
        self.peak_bytes = measured["peak_bytes"]


def row(name, run):
    cells = [f"{run.steps[phase]:10.3g}" for phase in experiment.PAPER_STEPS]
    totals = (run.evaluation, experiment.paper_hours(run), run.peak_bytes / 2**30)
    cells += [f"{total:10.3g}" for total in totals]
    return f"{name:<32}" + "".join(cells)


def trl(python, name, shape, steps):
    machine.say(f"{shape}, {name}: {steps} steps")
    options, environment = TRL[name]
    return measure(python, "trl_steps.py", shape, steps, options, environment)


def compare(shape, arguments, lanes, found):
    heads = ["calibrate", "suppress", "elicit", "probe", "paper h", "GiB"]
    lines = []

    def show(line):
        lines.append(line)
        print(line, flush=True)

    show(f"{shape + ', seconds':<32}" + "".join(f"{head:>10}" for head in heads))
    device, on_cpu = arguments.device, arguments.device == "cpu"
    own = {
        compute: lanes.submit(experiment.Run, shape, compute, arguments.own_steps, device)
        for compute in arguments.compute
    }
    peers = {
        variant: lanes.submit(Peer, arguments.python, variant, shape, arguments.steps, device)
        for variant in arguments.variants
    }
    trainers = {
        name: lanes.submit(trl, arguments.python, name, shape, arguments.steps)
        for name in (TRL if arguments.trl and on_cpu else ())
    }
    for compute, run in own.items():
        own[compute] = run.result()
        show(row(f"leakprobe {compute}", own[compute]))
    for variant, peer in peers.items():
        peers[variant] = peer.result()
        show(row(f"PyTorch {variant}", peers[variant]))
    for name, trainer in trainers.items():
        measured = trainer.result()
        seconds = measured["steps"]["suppress"]
        show(f"{name:<32}{'':>10}{seconds:10.2f}{'':>30}{measured['peak_bytes'] / 2**30:10.2f}")
        ratio = seconds / min(run.steps["suppress"] for run in own.values())
        found.add(f"{shape}/suppress/faster-than/{name.replace(', ', '-').replace(' ', '-')}",
                  ratio, "x")  # fmt: skip
    hours = min(experiment.paper_hours(run) for run in own.values())
    best = min(experiment.paper_hours(run) for run in peers.values())
    goals = {"f32": {"AVX-512": 5, "AMX": 5}, "autocast": {"AVX-512": 2.2, "AMX": 3.3}}
    judged = shape in ("pythia-160m", "smollm2-135m")
    for variant in ("f32", "autocast"):
        if variant in peers:
            wanted = judged and (variant == "f32" or shape == "pythia-160m")
            ratio = experiment.paper_hours(peers[variant]) / hours
            found.add(f"{shape}/faster-than/{variant}", ratio, "x",
                      at_least=goals[variant] if wanted else None)  # fmt: skip
    found.add(f"{shape}/faster-than/best-tuned", best / hours, "x",
              at_least={"AVX-512": 1.4, "AMX": 2.2} if judged else None)  # fmt: skip
    if "f32" in peers and on_cpu:  # what a GPU's memory holds is not in these numbers
        for compute, run in own.items():
            goal = {"bfloat16": 45, "float32": 60}[compute]
            share = 100 * run.peak_bytes / peers["f32"].peak_bytes
            found.add(f"{shape}/memory/{compute}", share, " %",
                      at_most=goal if judged else None)  # fmt: skip
    return lines


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--python", required=True)
    parser.add_argument("--shapes", nargs="+", choices=experiment.SHAPES,
                        default=["pythia-160m", "smollm2-135m"])  # fmt: skip
    parser.add_argument("--variants", nargs="+", choices=VARIANTS, default=VARIANTS)
    parser.add_argument("--device", choices=["cpu", "cuda"], default="cpu")
    parser.add_argument("--no-trl", dest="trl", action="store_false", help="without TRL")
    parser.add_argument("--steps", type=int, default=5, help="timed steps a phase of each peer")
    parser.add_argument("--compute", nargs="+", choices=["bfloat16", "float32"],
                        default=["bfloat16", "float32"])  # fmt: skip
    parser.add_argument("--own-steps", type=int, default=12,
                        help="leakprobe's steps a phase, an even number")  # fmt: skip
    parser.add_argument("--cores", type=int, metavar="N",
                        help="each run on N cores, as many at once as fit; else one on all")  # fmt: skip
    arguments = parser.parse_args()
    lanes = machine.Lanes(arguments.cores)
    found = figures.Figures(arguments.device, lanes.describe())
    for shape in arguments.shapes:
        lines = compare(shape, arguments, lanes, found)
        found.write("peers", shape, comparison=lines)
    found.print()


if __name__ == "__main__":
    main()
