"""quick.yaml in both compute types, seeds side by side, beside the same experiment in PyTorch.

Shows what a type costs and, on the same seeds, that it leaves the effect what it is.
"""

import argparse
import concurrent.futures
import functools
import json
import pathlib
import statistics
import subprocess
import tempfile
import time

import figures
import machine
import peers

EXPERIMENT = machine.ROOT / "examples" / "password" / "quick.yaml"
SCRIPT = machine.ROOT / "bench" / "peers" / "pytorch_quick.py"


def leakprobe(compute, device, folder, seed):
    """The result of one seed, on one thread."""
    out = folder / f"{compute}-{seed}"
    command = [machine.PROGRAM, "run", EXPERIMENT, f"compute={compute}", f"seed={seed}"]
    command += [f"device={device}"]
    command += ["threads=1", "checkpoints.keep=none", "--quiet", "--out", out]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode not in (0, 3):
        raise SystemExit(f"leakprobe failed:\n{done.stderr}")
    return json.loads((out / "result.json").read_text())


def side_by_side(compute, device, seeds):
    """Results by seed, and seconds a seed: as many at once as there are cores."""
    machine.say(f"quick.yaml, {compute} on {device}: {len(seeds)} seeds, {machine.cores()} at once")
    with tempfile.TemporaryDirectory() as folder:
        run = functools.partial(leakprobe, compute, device, pathlib.Path(folder))
        start = time.perf_counter()
        with concurrent.futures.ThreadPoolExecutor(machine.cores()) as pool:
            results = list(pool.map(run, seeds))
        return results, (time.perf_counter() - start) / len(seeds)


def peer(python, options, environment):
    """One seed of the PyTorch script, alone on its cores."""
    machine.say(f"quick.yaml in PyTorch {' '.join(options)}")
    output = subprocess.run(
        [python, SCRIPT, *options], env=machine.environment(environment), check=True,
        capture_output=True, text=True,
    ).stdout  # fmt: skip
    return json.loads(output.splitlines()[-1])


def effects_line(compute, results):
    cells = [
        f"{r['claim']['effect']:+.3f}{'' if r['verdict'] == 'VALID' else ' INVALID'}"
        for r in results
    ]
    return f"{compute:<9} effect by seed: {', '.join(cells)}"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--python", help="of the peers' environment; without it no peer is run")
    parser.add_argument("--seeds", type=int, default=6,
                        help="a multiple of the cores keeps all busy to the end")  # fmt: skip
    parser.add_argument("--compute", nargs="+", choices=["float32", "bfloat16"],
                        default=["bfloat16", "float32"])  # fmt: skip
    parser.add_argument("--device", choices=["cpu", "cuda"], default="cpu")
    parser.add_argument("--cores", type=int, metavar="N",
                        help="each type and script on N cores, as many at once as fit")  # fmt: skip
    arguments = parser.parse_args()
    lanes = machine.Lanes(arguments.cores)
    found = figures.Figures(arguments.device, lanes.describe())
    lines, seconds, effects = [], {}, {}
    seeds = range(arguments.seeds)
    own = {
        compute: lanes.submit(side_by_side, compute, arguments.device, seeds)
        for compute in arguments.compute
    }
    beside = arguments.python and arguments.device == "cpu"
    scripts = [
        lanes.submit(peer, arguments.python, options, environment)
        for options, environment in (([], {}), (["--fused"], peers.TUNED))
        if beside
    ]
    for compute, run in own.items():
        results, seconds[compute] = run.result()
        effects[compute] = [r["claim"]["effect"] for r in results]
        lines.append(effects_line(compute, results))
        found.add(f"quick/{compute}/a-seed", seconds[compute], " s")
        found.add(f"quick/{compute}/mean-effect", statistics.mean(effects[compute]), " nats")
    if len(effects) == 2:
        apart = [b - f for b, f in zip(effects["bfloat16"], effects["float32"], strict=True)]
        found.add("quick/bfloat16-minus-float32", statistics.mean(apart), " nats")
        if len(apart) > 1:
            found.add("quick/bfloat16-minus-float32/standard-error",
                      statistics.stdev(apart) / len(apart) ** 0.5, " nats")  # fmt: skip
    fastest = min(seconds.values())
    found.add("quick/fastest/a-seed", fastest, " s", at_most=90)
    if beside:
        scripts = [script.result() for script in scripts]
        best = min(script["seconds"] for script in scripts)
        lines += [f"PyTorch: {s['seconds']:.0f} s, effect {s['effect']:+.3f}" for s in scripts]
        found.add("quick/faster-than/f32", best / fastest, "x",
                  at_least={"AVX-512": 4, "AMX": 6})  # fmt: skip
    print("\n".join(lines))
    found.print()
    found.write("quick", effects=lines)


main()
