"""The numbers of `leakprobe report` on many runs: one real run, as long as quick.yaml's, under other seeds,
configurations and effects."""

import json
import os
import pathlib
import random
import subprocess
import tempfile

import figures
import machine

CONFIGURATIONS = 20
SEEDS = 25
# 1,200 steps and 120 evaluations.
LONGER = ("streams.pairs.rejected.repeat=300", "probes.likelihood.every=10")


def write_run(folder, source, config, result, beta, seed):
    folder.mkdir(parents=True)
    for name in ("environment.json", "metrics.jsonl", "status.json"):
        os.link(source / name, folder / name)
    text = config.replace("\nseed: 0\n", f"\nseed: {seed}\n").replace("beta: 0.1\n", f"beta: {beta}\n")
    (folder / "config.yaml").write_text(text)
    draw = random.Random(f"{beta}/{seed}")
    leak, control = draw.gauss(beta, 0.1), draw.gauss(0, 0.02)
    claim = {**result["claim"], "leak": leak, "control_leak": control, "effect": leak - control}
    changed = {**result, "seed": seed, "digest": f"{round(beta * 1000):016x}", "claim": claim}
    (folder / "result.json").write_text(json.dumps(changed))


def main():
    found = figures.Figures()
    with tempfile.TemporaryDirectory() as folder:
        source, runs = pathlib.Path(folder) / "one", pathlib.Path(folder) / "runs"
        experiment = machine.ROOT / "examples" / "tiny.yaml"
        subprocess.run(
            [machine.PROGRAM, "run", experiment, *LONGER, "--out", source, "--quiet"], check=True,
            stdout=subprocess.DEVNULL,
        )  # fmt: skip
        config = (source / "config.yaml").read_text()
        result = json.loads((source / "result.json").read_text())
        for i in range(CONFIGURATIONS):
            beta = round(0.1 + i / 100, 2)
            for seed in range(SEEDS):
                write_run(runs / f"{i}-s{seed}", source, config, result, beta, seed)
        count = CONFIGURATIONS * SEEDS
        found.add(f"report/{count}", machine.seconds("report", runs, times=3), " s", at_most=5.0)
    found.print()
    found.write("many_runs")


main()
