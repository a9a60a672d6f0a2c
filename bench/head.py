"""The head of probes in bfloat16 runs: f32 products, products of numbers split in two bf16 terms, and rounded
ones, side by side, with what each is off by."""

import collections
import subprocess

import experiment
import figures
import machine
import products

# As many states as have 128 MiB of f32 logits: what the head computes at a time.
PART_BYTES = products.HEAD_PART_BYTES

Way = collections.namedtuple("Way", "median least largest mean_nats max_nats")


def measure(shapes):
    """What runs use here, and for each shape the ways to its logits."""
    heads = []
    for shape in shapes:
        model = experiment.dimensions(shape)
        vocabulary = model["vocab_size"]
        heads.append((PART_BYTES // (4 * vocabulary), model["hidden_size"], vocabulary))
    # Large blocks are kept, as a run keeps them: faults of fresh pages are not arithmetic.
    tuned = {"MALLOC_MMAP_MAX_": "0", "MALLOC_TRIM_THRESHOLD_": "2147483647"}
    text = "".join(f"{states} {width} {vocabulary}\n" for states, width, vocabulary in heads)
    done = subprocess.run(
        [machine.HEAD], input=text, env=machine.environment(tuned), check=True, capture_output=True,
        text=True,
    )  # fmt: skip
    used, *lines = done.stdout.splitlines()
    ways = len(lines) // len(heads)
    found = {}
    for at, shape in enumerate(shapes):
        own = [line.split() for line in lines[at * ways : (at + 1) * ways]]
        found[shape] = {name: Way(*map(float, numbers)) for name, *numbers in own}
    return used, found


def comparison(shape, ways):
    """One line a way: milliseconds and nats."""
    for name, way in ways.items():
        yield (
            f"{shape:<13} {name:<8} {1000 * way.median:8.1f} ms ({1000 * way.least:.1f} to "
            f"{1000 * way.largest:.1f}), off by {way.mean_nats:.1e} nats, at most {way.max_nats:.1e}"
        )


def main():
    shapes = list(experiment.SHAPES)
    used, by_shape = measure(shapes)
    amx = "amx_bf16" in machine.cpu_info("flags").split()
    lines = [f"This processor has {'' if amx else 'no '}AMX: probes of bfloat16 runs use {used} products."]
    found = figures.Figures()
    for shape, ways in by_shape.items():
        lines += comparison(shape, ways)
        for name, way in ways.items():
            found.add(f"head/{shape}/{name}", 1000 * way.median, " ms")
            goal = 3e-4 if name != "rounded" else None
            found.add(f"head/{shape}/{name}/largest-error", way.max_nats, " nats", at_most=goal)
        if "split" in ways:
            gain = ways["f32"].median / ways["split"].median
            found.add(f"head/{shape}/split-faster-than/f32", gain, "x", at_least={"AMX": 1})
    print("\n".join(lines), flush=True)
    found.print()
    found.write("head", comparison=lines)


main()
