"""What a user waits for before anything is trained: the program's start, and the tokenizer."""

import json
import statistics
import subprocess
import time

import figures
import machine

TEXT_BYTES = 1_000_000
REPEATS = 10


def seconds(*arguments, text=None, times=9):
    """Median seconds of a command, after one that fills the caches."""
    measured = []
    for _ in range(times + 1):
        start = time.perf_counter()
        subprocess.run(
            [machine.PROGRAM, *arguments], input=text, check=True, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )  # fmt: skip
        measured.append(time.perf_counter() - start)
    return statistics.median(measured[1:])


def prose_and_code():
    """The project's own files, as JSON strings of a few kilobytes, one a line, many times over: far
    more than the tokenizer's load, whose time is taken off."""
    lines = []
    size = 0
    for path in sorted(machine.ROOT.glob("**/*")):
        if path.suffix not in (".md", ".h", ".cpp", ".yaml") or ".deps" in path.parts:
            continue
        text = path.read_text()
        lines.append(json.dumps(text))
        size += len(text.encode())
        if size > TEXT_BYTES:
            break
    return REPEATS * ("\n".join(lines) + "\n").encode(), REPEATS * size


def main():
    found = figures.Figures()
    found.add("list", seconds("list"), " s", at_most=0.5)
    paper = machine.ROOT / "examples" / "password" / "paper.yaml"
    found.add("validate/paper.yaml", seconds("validate", paper), " s", at_most=1.0)
    text, size = prose_and_code()
    for name in ("pythia", "smollm2"):
        folder = machine.ROOT / "tests" / "fixtures" / "tokenizers" / name
        start = seconds("tokenize", folder, text=b'""\n', times=3)
        whole = seconds("tokenize", folder, text=text, times=3)
        found.add(f"tokenizer/{name}/load", start, " s")
        found.add(f"tokenizer/{name}/rate", size / (whole - start) / 1e6, " MB/s")
    found.print()
    found.write("startup")


main()
