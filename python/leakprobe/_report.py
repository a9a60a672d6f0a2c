"""Reports over many runs."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from leakprobe._program import output_of
from leakprobe._runs import Pathlike

if TYPE_CHECKING:
    import pandas


class Report:
    """What runs show together. In a notebook it shows its figures."""

    def __init__(
        self,
        data: dict[str, Any],
        folder: Path,
        keep: tempfile.TemporaryDirectory[str] | None = None,
    ) -> None:
        self.data = data
        self.folder = folder
        self._keep = keep  # the folder goes with the last who has it

    def groups(self) -> pandas.DataFrame:
        """One row a configuration: label, VALID runs, mean effect, its interval, its p-value."""
        import pandas

        rows = []
        for group in self.data["groups"]:
            effect = (group.get("statistics") or {}).get("effect") or {}
            low, high = effect.get("ci95") or (None, None)
            rows.append(
                {
                    "label": group["label"],
                    **group["labels"],
                    "valid": group["counts"]["valid"],
                    "effect": effect.get("mean"),
                    "low": low,
                    "high": high,
                    "p": effect.get("p_two_sided"),
                    "unit": group["unit"],
                }
            )
        return pandas.DataFrame(rows)

    def figures(self) -> list[Path]:
        """The figures as SVG files, which are there as long as this object is."""
        return sorted(self.folder.rglob("*.svg"))

    def _repr_html_(self) -> str:
        parts = [path.read_text(encoding="utf-8") for path in self.figures()]
        parts.append(self.groups().to_html(index=False))
        return "\n".join(f"<div>{part}</div>" for part in parts)


def report(*folders: Pathlike, out: Pathlike | None = None) -> Report:
    """The report on runs and sweeps; `out` keeps its files."""
    keep = tempfile.TemporaryDirectory() if out is None else None
    folder = Path(keep.name if keep is not None else os.fspath(out or ""))
    arguments = ["report", *map(os.fspath, folders), "--json", "--out", str(folder)]
    return Report(json.loads(output_of(arguments, good=(0, 3))), folder, keep)
