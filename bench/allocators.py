"""The program's allocator, jemalloc, beside glibc's and mimalloc.

Those take its place from outside, each told to keep freed memory, too. mimalloc comes from Debian's libmimalloc2.0.
"""

import argparse
import pathlib

import experiment
import figures
import machine

FOLDER = pathlib.Path("/usr/lib/x86_64-linux-gnu")
ALLOCATORS = {
    "jemalloc": {},
    "glibc": {
        "LD_PRELOAD": FOLDER / "libc.so.6",
        "MALLOC_MMAP_MAX_": "0",
        "MALLOC_TRIM_THRESHOLD_": str(16 << 30),
        "MALLOC_TOP_PAD_": str(64 << 20),
    },
    "mimalloc": {"LD_PRELOAD": FOLDER / "libmimalloc.so.2.0", "MIMALLOC_PURGE_DELAY": "-1"},
}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shape", choices=experiment.SHAPES, default="pythia-160m")
    parser.add_argument("--compute", choices=["float32", "bfloat16"], default="float32")
    parser.add_argument("--steps", type=int, default=12, help="steps a phase, an even number")
    arguments = parser.parse_args()
    found = figures.Figures()
    for name, changes in ALLOCATORS.items():
        library = changes.get("LD_PRELOAD")
        if library and not library.exists():
            machine.say(f"{name} is not installed: {library}")
            continue
        machine.say(name)
        run = experiment.Run(arguments.shape, arguments.compute, arguments.steps, changes=changes)
        for phase, seconds in run.steps.items():
            found.add(f"allocators/{name}/{phase}/step", seconds, " s")
        found.add(f"allocators/{name}/peak-memory", run.peak_bytes / 2**30, " GiB")
        found.add(f"allocators/{name}/page-faults", run.page_faults / 1e6, " million")
    found.print()
    found.write("allocators")


main()
