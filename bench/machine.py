"""What a bench runs on and what it runs."""

import os
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
PROGRAM = ROOT / "build" / "bin" / "leakprobe"
PRODUCTS = ROOT / "build" / "bench" / "leakprobe-products"


def cpu_info(key):
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.split(":")[0].strip() == key:
            return line.split(":", 1)[1].strip()
    return ""


def kind():
    """The column of goals this processor is judged by."""
    flags = cpu_info("flags").split()
    if "amx_bf16" in flags:
        return "AMX"
    return "AVX-512" if "avx512_bf16" in flags else "other"


def describe():
    return f"{cpu_info('model name') or 'unknown processor'} ({kind()}), {os.cpu_count()} cores"


def say(text):
    print(f"==> {text}", file=sys.stderr, flush=True)


def environment(changes):
    return {**os.environ, **changes}
