"""Writes docs/performance.md from what the benchmarks last measured (build/bench/*.json)."""

import json

import machine

TITLES = {
    "steps": "Steps, evaluations and memory (`./dev bench steps`)",
    "peers": "Beside PyTorch (`./dev bench peers`)",
    "quick": "quick.yaml in both compute types (`./dev bench quick`)",
    "many_runs": "A report on many runs (`./dev bench many_runs`)",
    "startup": "Start-up and tokenizer (`./dev bench startup`)",
}


def table(lines):
    yield "| figure | measured | goal | |"
    yield "|---|---|---|---|"
    for name, measured, goal, verdict in lines:
        yield f"| {name} | {measured} | {goal} | {verdict} |"


def section(name, record):
    yield f"## {TITLES[name]}"
    yield ""
    yield f"{record['machine']}."
    yield ""
    yield from table(record["figures"])
    yield ""
    for title in ("profile", "comparison", "effects"):
        if record.get(title):
            yield "```"
            yield from record[title]
            yield "```"
            yield ""


def main():
    folder = machine.ROOT / "build" / "bench"
    text = [
        "# Performance",
        "",
        "Made by `./dev bench report` from the last runs of the benchmarks; `bench/README.md` says what",
        "each figure means. Goals differ by kind of processor; a figure without one is there to compare.",
        "The kind 'other' has no bf16 instructions: its bfloat16 is not judged.",
        "",
    ]
    for name in TITLES:
        path = folder / f"{name}.json"
        if path.exists():
            text += section(name, json.loads(path.read_text()))
    (machine.ROOT / "docs" / "performance.md").write_text("\n".join(text).rstrip() + "\n")


main()
