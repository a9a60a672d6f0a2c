"""leakprobe for notebooks: runs, their records and reports as pandas data frames.

    import leakprobe

    run = leakprobe.run("quick.yaml", "seed=1", out="runs/one")
    run.evaluations().query("set == 'held_out'").plot(x="step", y="leak")
    leakprobe.report("runs/password-quick/sweeps/quick")   # shows its figures

Needs pandas; `Run.model` and `Run.tokenizer` also transformers.
"""

from leakprobe._program import ProgramError, program
from leakprobe._report import Report, report
from leakprobe._runs import Run, find_runs, run, summary

__all__ = [
    "ProgramError",
    "Report",
    "Run",
    "find_runs",
    "program",
    "report",
    "run",
    "summary",
]
