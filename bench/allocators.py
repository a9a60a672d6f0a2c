"""The program's own settings of glibc's allocator beside two others that are made for speed.

They come from Debian's libjemalloc2 and libmimalloc2.0, are told to keep freed memory, too, and take the
allocator's place from outside.
"""

import argparse
import pathlib

import experiment
import figures
import machine

FOLDER = pathlib.Path("/usr/lib/x86_64-linux-gnu")
ALLOCATORS = {
    "glibc": {},
    "jemalloc": {
        "LD_PRELOAD": FOLDER / "libjemalloc.so.2",
        "MALLOC_CONF": "dirty_decay_ms:-1,muzzy_decay_ms:-1",
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
