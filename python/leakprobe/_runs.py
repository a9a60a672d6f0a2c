"""Runs as Python objects."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Iterator, Union

from leakprobe._program import output_of

if TYPE_CHECKING:
    import pandas
    import transformers

Pathlike = Union[str, "os.PathLike[str]"]

# The experiment was refused by these; INVALID (3) is a result.
_GOOD = (0, 3)


class Run:
    """A run's folder. Records are read anew at each call, so that a run can be watched."""

    def __init__(self, directory: Pathlike) -> None:
        self.directory = Path(directory)
        if not (self.directory / "config.yaml").is_file():
            raise FileNotFoundError(f"{self.directory} is no run's folder: it has no config.yaml")

    def __repr__(self) -> str:
        return f"Run({str(self.directory)!r})"

    @property
    def config(self) -> dict[str, Any]:
        """The whole experiment, with every default."""
        text = output_of(["resolve", str(self.directory / "config.yaml"), "--json"])
        found: dict[str, Any] = json.loads(text)["experiment"]
        return found

    @property
    def result(self) -> dict[str, Any]:
        """result.json: verdict, claim, gates; of a finished run."""
        return self._json("result.json")

    @property
    def ledger(self) -> dict[str, Any]:
        """ledger.json: what every loss did to which rows."""
        return self._json("ledger.json")

    @property
    def environment(self) -> dict[str, Any]:
        """environment.json: processor, LibTorch, plugins and their checksums."""
        return self._json("environment.json")

    @property
    def is_finished(self) -> bool:
        return (self.directory / "result.json").is_file()

    @property
    def verdict(self) -> str:
        """VALID or INVALID; "" before the run has ended."""
        return str(self.result["verdict"]) if self.is_finished else ""

    @property
    def effect(self) -> float | None:
        """The claim's effect in its unit; None where there is none (yet)."""
        claim = self.result.get("claim") if self.is_finished else None
        return None if claim is None else claim.get("effect")

    def gates(self) -> pandas.DataFrame:
        """One row a gate: phase, name, value, bound, outcome."""
        return _frame(self.result["gates"])

    def steps(self) -> pandas.DataFrame:
        """One row a training step: phase, step, loss, and each term's metrics as "term/metric"."""
        return _frame([_flat(each) for each in self._records("metrics.jsonl", "step")])

    def evaluations(self) -> pandas.DataFrame:
        """One row a cell of an evaluation: phase, step, probe, set, prefix, rows, value, leak."""
        rows = []
        for each in self._records("metrics.jsonl", "evaluation"):
            common = {key: each[key] for key in ("phase", "step", "probe")}
            rows += [{**common, **_flat(cell)} for cell in each["cells"]]
        return _frame(rows)

    def items(self) -> pandas.DataFrame:
        """One row an item of a cell: phase, step, probe, set, prefix, item, value."""
        rows = []
        for each in self._records("items.jsonl"):
            common = {key: each[key] for key in ("phase", "step", "probe", "set", "prefix")}
            rows += [{**common, "item": i, "value": v} for i, v in enumerate(each["values"])]
        return _frame(rows)

    def samples(self) -> pandas.DataFrame:
        """One row a sampled or planted text of a rollout, where the run has rollouts."""
        return _frame([_flat(each) for each in self._records("samples.jsonl")])

    def checkpoint(self, phase: str) -> Path:
        """A phase's checkpoint; `checkpoints.keep=phases` keeps them."""
        folder = self.directory / "checkpoints" / phase
        if not folder.is_dir():
            kept = sorted(p.name for p in (self.directory / "checkpoints").glob("*"))
            raise FileNotFoundError(
                f"{self.directory} kept no checkpoint of phase {phase!r}"
                + (f"; there are {', '.join(kept)}" if kept else "; run with checkpoints.keep=phases")
            )
        return folder

    def model(self, phase: str, **options: Any) -> transformers.PreTrainedModel:
        """A phase's model, loaded by transformers."""
        import transformers

        return transformers.AutoModelForCausalLM.from_pretrained(self.checkpoint(phase), **options)

    def tokenizer(self, phase: str, **options: Any) -> transformers.PreTrainedTokenizerBase:
        """The tokenizer of a phase's checkpoint, loaded by transformers."""
        import transformers

        return transformers.AutoTokenizer.from_pretrained(self.checkpoint(phase), **options)

    def _json(self, name: str) -> dict[str, Any]:
        with open(self.directory / name, encoding="utf-8") as file:
            found: dict[str, Any] = json.load(file)
        return found

    def _records(self, name: str, kind: str = "") -> Iterator[dict[str, Any]]:
        path = self.directory / name
        if not path.is_file():
            return
        with open(path, encoding="utf-8") as file:
            for line in file:
                if not line.endswith("\n"):
                    return  # it is being written
                record = json.loads(line)
                if not kind or record.get("record") == kind:
                    yield record


def run(experiment: Pathlike, *overrides: str, out: Pathlike | None = None) -> Run:
    """Runs an experiment to its end, or takes up what is there; overrides are "key=value"."""
    arguments = ["run", os.fspath(experiment), *overrides, "--json"]
    if out is not None:
        arguments += ["--out", os.fspath(out)]
    outcome = json.loads(output_of(arguments, good=_GOOD))
    return Run(outcome["directory"])


def find_runs(folder: Pathlike) -> list[Run]:
    """The runs at or below a folder, a sweep's among them, by path."""
    root = Path(folder)
    if not root.is_dir():
        raise FileNotFoundError(f"there is no folder {root}")
    folders = {path.parent for path in root.rglob("metrics.jsonl")}
    runs = [each for each in sorted(folders) if (each / "config.yaml").is_file()]
    return [Run(each) for each in runs if not any(part.startswith(".") for part in each.parts)]


def summary(runs: list[Run]) -> pandas.DataFrame:
    """One row a finished run: name, seed, verdict, effect, and each gate's value."""
    rows = []
    for each in runs:
        if not each.is_finished:
            continue
        result = each.result
        row = {key: result[key] for key in ("name", "seed", "verdict")}
        row["effect"] = each.effect
        row |= {f"{gate['phase']}.{gate['name']}".lstrip("."): gate["value"] for gate in result["gates"]}
        rows.append({**row, "directory": str(each.directory)})
    return _frame(rows)


def _flat(record: dict[str, Any], before: str = "") -> dict[str, Any]:
    """Mappings within a record become columns "outer/inner"."""
    flat: dict[str, Any] = {}
    for key, value in record.items():
        if before == "" and key in ("v", "record"):
            continue
        if isinstance(value, dict):
            flat |= _flat(value, f"{before}{key}/")
        else:
            flat[before + key] = value
    return flat


def _frame(rows: list[dict[str, Any]]) -> pandas.DataFrame:
    import pandas

    return pandas.DataFrame(rows)
