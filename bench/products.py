"""The matrix products of the experiment's steps, and what they take alone."""

import collections
import subprocess

import experiment
import machine

#: Part of a step's rows that is also scored under the reference: in suppress, the fresh ones.
SCORED = {"calibrate": 0, "suppress": 0.5, "elicit": 0}
HEAD_PART_BYTES = 128 << 20  # the head works in parts, so that its logits stay small

Product = collections.namedtuple("Product", "kind rows inputs outputs")


def layers(model):
    """(inputs, outputs) of the linear maps of one block."""
    width = model["hidden_size"]
    inner = model["intermediate_size"] or 4 * width
    if model["type"] == "gpt_neox":
        return [(width, 3 * width), (width, width), (width, inner), (inner, width)]
    size = model["head_dim"]
    heads = model["num_attention_heads"] * size
    joined = heads + 2 * model["num_key_value_heads"] * size
    return [(width, joined), (heads, width), (width, 2 * inner), (inner, width)]


def of_step(model, phase, compute, positions):
    """How often a step of `phase` takes each product; `positions` are those of each of its passes."""
    scored = round(SCORED[phase] * sum(positions))
    blocks = model["num_hidden_layers"]
    lower = blocks // 2 if phase == "suppress" else blocks
    head_trained = phase != "suppress"
    width, vocabulary = model["hidden_size"], model["vocab_size"]
    part = HEAD_PART_BYTES // (vocabulary * (2 if compute == "bfloat16" else 4))
    counts = collections.Counter()

    def take(kinds, rows):
        for inputs, outputs in layers(model):
            for kind in kinds:
                times = lower if kind == "weight" else blocks
                counts[Product(kind, rows, inputs, outputs)] += times
        for kind in kinds:
            if kind != "weight" or head_trained:
                in_parts = min(part, rows)
                counts[Product(kind, in_parts, width, vocabulary)] += rows / in_parts

    for rows in positions:
        take(("forward", "input", "weight"), rows)
    if scored:
        take(("forward",), scored)
    return counts


def flops(counts):
    return sum(2 * p.rows * p.inputs * p.outputs * count for p, count in counts.items())


def seconds_alone(counts, compute):
    """Seconds of all products one after the other, each timed alone."""
    kinds = list(counts)
    lines = "".join(f"{p.kind} {compute} {p.rows} {p.inputs} {p.outputs}\n" for p in kinds)
    # Large blocks are kept, as a run keeps them: faults of fresh pages are not arithmetic.
    tuned = {"MALLOC_MMAP_MAX_": "0", "MALLOC_TRIM_THRESHOLD_": "2147483647"}
    output = subprocess.run(
        [machine.PRODUCTS], input=lines, env=machine.environment(tuned), check=True,
        capture_output=True, text=True,
    ).stdout  # fmt: skip
    times = [float(line.split()[0]) for line in output.splitlines()]
    return sum(counts[product] * time for product, time in zip(kinds, times, strict=True))
