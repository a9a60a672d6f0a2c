"""A million pairs of a user's own: what passes before the first step, memory, and how fast rows are made of texts."""

import itertools
import json
import os
import pathlib
import random
import subprocess
import tempfile
import time

import figures
import machine

PAIRS = 1_000_000
WORDS = {"prompt": 12, "chosen": 18, "rejected": 18}
TOKENIZER = machine.ROOT / "tests" / "fixtures" / "tokenizers" / "smollm2"
RATE_TEXTS = 200_000  # far more than the tokenizer's load, whose time is taken off

EXPERIMENT = """
name: text-pairs
model: {{type: gpt_neox, hidden_size: 16, num_hidden_layers: 1, num_attention_heads: 2, intermediate_size: 32,
        tokenizer: {tokenizer}}}
task: {{type: text_pairs, path: {path}, roles: {roles}}}
batch: 16
phases: [{{name: only, type: finetune, rows: {{set: train.chosen, repeat: 1}}}}]
probes: []
checkpoints: {{keep: none}}
"""


def pairs(count):
    """Pairs of words of the project's own documents; every hundredth is held out."""
    words = " ".join(path.read_text() for path in sorted(machine.ROOT.glob("*.md"))).split()
    chance = random.Random(0)
    for number in range(count):
        texts = {name: " ".join(chance.choices(words, k=length)) for name, length in WORDS.items()}
        yield {"set": "held_out" if number % 100 == 0 else "train", **texts}


def run(folder, path, roles):
    """Seconds, and the most bytes of memory, of a run of one step."""
    experiment = folder / "experiment.yaml"
    experiment.write_text(EXPERIMENT.format(tokenizer=TOKENIZER, path=path, roles=roles))
    command = [machine.PROGRAM, "run", experiment, "--limit-steps", "1", "--quiet", "--fresh"]
    start = time.perf_counter()
    process = subprocess.Popen([*command, "--out", folder / "run"], stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    if os.waitstatus_to_exitcode(status) != 0:
        raise SystemExit("leakprobe failed")
    return time.perf_counter() - start, 1024 * used.ru_maxrss


def main():
    found = figures.Figures()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        path = folder / "pairs.jsonl"
        machine.say(f"writing {PAIRS} pairs")
        compared = 0  # bytes of the rows that are held against those held out
        with path.open("w") as file:
            for pair in pairs(PAIRS):
                file.write(json.dumps(pair) + "\n")
                if pair["set"] == "train":
                    compared += len((pair["prompt"] + pair["chosen"]).encode())
                else:
                    compared += len((pair["prompt"] + pair["rejected"]).encode())
        size = path.stat().st_size
        texts = [pair["chosen"] for pair in itertools.islice(pairs(RATE_TEXTS), RATE_TEXTS)]
        lines = "".join(json.dumps(text) + "\n" for text in texts).encode()

        machine.say("leakprobe tokenize")
        begin = machine.seconds("tokenize", TOKENIZER, text=b'""\n', times=3)
        seconds = machine.seconds("tokenize", TOKENIZER, text=lines, times=3) - begin
        tokenize_rate = sum(len(text.encode()) for text in texts) / seconds

        machine.say("the first step, with no row held against another and with all")
        run(folder, path, "{}")  # fills the caches
        first, memory = run(folder, path, "{}")
        with_rows, more_memory = run(folder, path, "{held_out.rejected: never_positive}")
        rate = compared / (with_rows - first)
    found.add("text_pairs/size", size / 1e6, " MB")
    found.add("text_pairs/first-step", first, " s", at_most=30)
    found.add("text_pairs/first-step/all-compared", with_rows, " s")
    found.add("text_pairs/memory", max(memory, more_memory) / 1e6, " MB", at_most=1000)
    found.add("text_pairs/rate", rate / 1e6, " MB/s")
    found.add("text_pairs/rate/tokenize", tokenize_rate / 1e6, " MB/s")
    found.add("text_pairs/rate/of-tokenize", rate / tokenize_rate, "x", at_least=1)
    found.print()
    found.write("text_pairs")


main()
