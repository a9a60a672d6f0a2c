"""`leakprobe tokenize` beside Hugging Face's tokenizers on one thread, which --python's environment has."""

import argparse
import json
import subprocess

import figures
import machine

TEXT_BYTES = 1_000_000
REPEATS = 10  # far more than the tokenizer's load, whose time is taken off


def prose_and_code():
    """The project's own files, as JSON strings of a few kilobytes, one a line, and their bytes."""
    lines = []
    size = 0
    for path in sorted(machine.ROOT.glob("**/*")):
        made = {".deps", "build"} & set(path.relative_to(machine.ROOT).parts)  # not the project's own
        if made or path.suffix not in (".md", ".h", ".cpp", ".yaml"):
            continue
        text = path.read_text()
        lines.append(json.dumps(text))
        size += len(text.encode())
        if size > TEXT_BYTES:
            break
    return REPEATS * ("\n".join(lines) + "\n").encode(), REPEATS * size


def seconds_of_tokenizers(python, folder, text):
    script = machine.ROOT / "bench" / "peers" / "tokenizers_seconds.py"
    command = [python, script, folder / "tokenizer.json"]
    one_thread = machine.environment({"TOKENIZERS_PARALLELISM": "false"})
    done = subprocess.run(command, input=text, env=one_thread, check=True, capture_output=True)
    return float(done.stdout)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--python", required=True)
    arguments = parser.parse_args()
    found = figures.Figures()
    text, size = prose_and_code()
    for name in ("pythia", "smollm2"):
        folder = machine.ROOT / "tests" / "fixtures" / "tokenizers" / name
        start = machine.seconds("tokenize", folder, text=b'""\n', times=3)
        own = machine.seconds("tokenize", folder, text=text, times=5) - start
        theirs = seconds_of_tokenizers(arguments.python, folder, text)
        found.add(f"tokenizer/{name}/load", start, " s")
        found.add(f"tokenizer/{name}/rate", size / own / 1e6, " MB/s")
        found.add(f"tokenizer/{name}/tokenizers-rate", size / theirs / 1e6, " MB/s")
        found.add(f"tokenizer/{name}/faster-than/tokenizers", theirs / own, "x", at_least=1)
    found.print()
    found.write("tokenizer")


main()
