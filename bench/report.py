"""Puts what the benchmarks last measured (build/bench/*.json) into docs/performance.md. Sections that were
not measured anew, or only on another kind of processor, stay."""

import json
import re

import machine

TITLES = {
    "steps": "Steps, evaluations and memory (`./dev bench steps`)",
    "peers": "Beside PyTorch (`./dev bench peers`)",
    "quick": "quick.yaml in both compute types (`./dev bench quick`)",
    "rollouts": "Steps that sample what they train on (`./dev bench rollouts`)",
    "head": "The head of probes (`./dev bench head`)",
    "steady": "The first and the last steps of a run (`./dev bench steady`)",
    "allocators": "Allocators (`./dev bench allocators`)",
    "many_runs": "A report on many runs (`./dev bench many_runs`)",
    "startup": "Start-up (`./dev bench startup`)",
    "tokenizer": "Tokenizer (`./dev bench tokenizer`)",
}


def table(lines):
    yield "| figure | measured | goal | |"
    yield "|---|---|---|---|"
    for name, measured, goal, verdict in lines:
        yield f"| {name} | {measured} | {goal} | {verdict} |"


def heading(record):
    return f"{TITLES[record['benchmark']]}: {record['about']}"


def section(record):
    commit = record.get("commit")
    yield f"{record['machine']}{f'; commit {commit}' if commit else ''}."
    yield ""
    yield from table(record["figures"])
    yield ""
    for title in ("profile", "comparison", "effects"):
        if record.get(title):
            yield "```"
            yield from record[title]
            yield "```"
            yield ""


def order(title):
    return [title.startswith(known) for known in TITLES.values()].index(True), title


def main():
    page = machine.ROOT / "docs" / "performance.md"
    parts = re.split(r"^## (.*)\n", page.read_text(), flags=re.MULTILINE)
    sections = dict(zip(parts[1::2], (text.strip("\n") for text in parts[2::2]), strict=True))
    for path in (machine.ROOT / "build" / "bench").glob("*.json"):
        record = json.loads(path.read_text())
        sections[heading(record)] = "\n".join(section(record)).strip("\n")
    text = [
        "# Performance",
        "",
        "Made by `./dev bench report` from the last runs of the benchmarks; `bench/README.md` says what",
        "each figure means. Goals differ by kind of processor; a figure without one is there to compare.",
        "A processor without bf16 instructions is not judged in bfloat16.",
    ]
    for title in sorted(sections, key=order):
        text += ["", f"## {title}", "", sections[title]]
    page.write_text("\n".join(text) + "\n")


main()
