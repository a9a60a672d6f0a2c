"""Whole steps of each phase and one evaluation, by model shape and compute type."""

import argparse

import experiment
import figures
import products

SHARE = {
    "bfloat16": {"AVX-512": 80, "AMX": 55},
    "float32": {"AVX-512": 75, "AMX": 75, "other": 75},
}


def profile_line(shape, compute, phase, run, alone):
    """Where a step's time goes, in milliseconds."""
    step = run.steps[phase]
    parts = run.parts[phase]
    rest = step - sum(parts.values())
    cells = [f"{name} {1000 * parts[name]:.0f}" for name in experiment.PARTS]
    return (
        f"{shape} {compute} {phase}: {1000 * step:.0f} ms = {' + '.join(cells)} + rest "
        f"{1000 * rest:.0f}; products alone {1000 * alone:.0f}"
    )


def measure(shape, compute, steps, found):
    model = experiment.dimensions(shape)
    run = experiment.Run(shape, compute, steps)
    profile = []
    for phase, seconds in run.steps.items():
        counts = products.of_step(model, phase, compute, run.positions[phase])
        alone = products.seconds_alone(counts, compute)
        name = f"{shape}/{compute}/{phase}"
        found.add(f"{name}/step", seconds, " s")
        found.add(f"{name}/rate", products.flops(counts) / seconds / 1e9, " GFLOP/s")
        goal = SHARE[compute] if (shape, phase) == ("pythia-160m", "elicit") else None
        found.add(f"{name}/share-of-products", 100 * alone / seconds, " %", at_least=goal)
        profile.append(profile_line(shape, compute, phase, run, alone))
    found.add(f"{shape}/{compute}/evaluation", run.evaluation, " s")
    found.add(f"{shape}/{compute}/paper-run", experiment.paper_hours(run), " h")
    found.add(f"{shape}/{compute}/peak-memory", run.peak_bytes / 2**30, " GiB")
    return profile


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shapes", nargs="+", choices=experiment.SHAPES, default=experiment.SHAPES)
    parser.add_argument(
        "--compute", nargs="+", choices=["float32", "bfloat16"], default=["bfloat16", "float32"]
    )
    parser.add_argument("--steps", type=int, default=12, help="steps a phase, an even number")
    arguments = parser.parse_args()
    found = figures.Figures()
    for shape in arguments.shapes:
        profile = []
        for compute in arguments.compute:
            profile += measure(shape, compute, arguments.steps, found)
        print("\n".join(profile), flush=True)
        found.write("steps", shape, profile=profile)
    found.print()


main()
