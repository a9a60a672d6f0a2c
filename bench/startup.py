"""What a user waits for before anything is trained: the program's start, and the tokenizer."""

import json

import figures
import machine

TEXT_BYTES = 1_000_000
REPEATS = 10


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
    found.add("list", machine.seconds("list"), " s", at_most=0.5)
    paper = machine.ROOT / "examples" / "password" / "paper.yaml"
    found.add("validate/paper.yaml", machine.seconds("validate", paper), " s", at_most=1.0)
    text, size = prose_and_code()
    for name in ("pythia", "smollm2"):
        folder = machine.ROOT / "tests" / "fixtures" / "tokenizers" / name
        start = machine.seconds("tokenize", folder, text=b'""\n', times=3)
        whole = machine.seconds("tokenize", folder, text=text, times=3)
        found.add(f"tokenizer/{name}/load", start, " s")
        found.add(f"tokenizer/{name}/rate", size / (whole - start) / 1e6, " MB/s")
    found.print()
    found.write("startup")


main()
