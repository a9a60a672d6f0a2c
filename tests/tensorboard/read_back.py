"""TensorBoard's own reader finds in an event file what metrics.jsonl holds, number by number.

usage: read_back.py PROGRAM EXPERIMENT; exits with 77 where TensorBoard is not installed.
"""

import json
import pathlib
import struct
import subprocess
import sys
import tempfile

try:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
except ImportError as missing:
    print(f"skipped: {missing}; ./dev tensorboard installs it")
    sys.exit(77)


def as_float32(number):
    return struct.unpack("f", struct.pack("f", number))[0]


def expected_scalars(metrics):
    """{tag: [(step, value)]}, from the records themselves."""
    expected = {}

    def add(tag, step, value):
        expected.setdefault(tag, []).append((step, as_float32(value)))

    for line in metrics.read_text().splitlines():
        record = json.loads(line)
        if record["record"] == "step":
            phase, step = record["phase"], record["step"]
            for key in ("lr", "loss", "grad_norm"):
                add(f"{phase}/{key}", step, record[key])
            for term, values in record["terms"].items():
                for key, value in values.items():
                    add(f"{phase}/{term}/{key}", step, value)
        elif record["record"] == "evaluation":
            for cell in record["cells"]:
                tag = f"{record['phase']}/{record['probe']}/{cell['set']}/{cell['prefix']}"
                add(tag, record["step"], cell["leak"])
        elif record["record"] == "result":
            claim = record["claim"]
            for key in ("leak", "control_leak", "effect"):
                add(f"{claim['phase']}/claim/{key}", claim["step"], claim[key])
    return expected


def main():
    program, experiment = sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder:
        run = pathlib.Path(folder) / "run"
        subprocess.run(
            [program, "run", experiment, "sinks=[{type: tensorboard}]", "--out", run,
             "--quiet"],
            check=True, stdout=subprocess.DEVNULL,
        )  # fmt: skip
        events = EventAccumulator(str(run), size_guidance={"scalars": 0})
        events.Reload()
        expected = expected_scalars(run / "metrics.jsonl")
        assert expected, "the run measured nothing"
        assert set(events.Tags()["scalars"]) == set(expected), events.Tags()
        for tag, points in expected.items():
            found = [(event.step, event.value) for event in events.Scalars(tag)]
            assert found == points, (tag, found, points)
    print(f"TensorBoard read {sum(map(len, expected.values()))} numbers under {len(expected)} tags")


main()
