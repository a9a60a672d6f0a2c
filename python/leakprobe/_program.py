"""The program inside the package, and how it finds PyTorch's libraries."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path
from typing import Mapping, Sequence

_NATIVE = Path(__file__).resolve().parent / "native"


class ProgramError(RuntimeError):
    """The program ended with an error; the message is what it printed."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message.strip() or f"leakprobe ended with status {status}")
        self.status = status


def program() -> Path:
    """The program's path."""
    return _NATIVE / "bin" / "leakprobe"


def _torch_libraries() -> Path:
    """The folder of PyTorch's libraries. PyTorch itself is not imported: that takes seconds."""
    found = importlib.util.find_spec("torch")
    if found is None or not found.submodule_search_locations:
        raise ProgramError(1, "leakprobe: error: PyTorch is not installed here; pip install torch")
    return Path(next(iter(found.submodule_search_locations))) / "lib"


def environment() -> Mapping[str, str]:
    """The environment in which the program finds PyTorch, wherever that is installed."""
    searched = [str(_torch_libraries())]
    if os.environ.get("LD_LIBRARY_PATH"):
        searched.append(os.environ["LD_LIBRARY_PATH"])
    return {**os.environ, "LD_LIBRARY_PATH": ":".join(searched)}


def output_of(arguments: Sequence[str], *, good: Sequence[int] = (0,)) -> str:
    """What the program prints; raises ProgramError for a status that is not one of `good`."""
    ended = subprocess.run(
        [str(program()), *arguments], env=environment(), capture_output=True, text=True, check=False
    )
    if ended.returncode not in good:
        raise ProgramError(ended.returncode, ended.stderr)
    return ended.stdout


def main() -> None:
    """The command `leakprobe`: becomes the program."""
    try:
        surroundings = environment()
    except ProgramError as missing:
        sys.exit(str(missing))
    os.execve(program(), [str(program()), *sys.argv[1:]], surroundings)
