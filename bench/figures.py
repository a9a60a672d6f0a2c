"""Figures with their goals: `name measured goal ok|short`, one a line."""

import json

import machine


class Figures:
    """Of one device; goals are for processors alone. `how` says what of the machine was used."""

    def __init__(self, device="cpu", how=""):
        self.lines = []
        self.device = device
        self.machine = machine.describe(device) + how
        self.kind = machine.kind_of(device)
        self.commit = machine.commit()  # before a long measurement, in which the sources may change

    def add(self, name, measured, unit, at_least=None, at_most=None):
        """Goals are numbers, or mappings from a kind of processor to numbers."""
        goals = []
        good = True
        for sign, goal in ((">=", at_least), ("<=", at_most)):
            if isinstance(goal, dict):
                goal = goal.get(machine.kind())
            if goal is None or self.device != "cpu":
                continue
            goals.append(f"{sign}{goal:g}{unit}")
            good = good and (measured >= goal if sign == ">=" else measured <= goal)
        verdict = ("ok" if good else "short") if goals else "-"
        self.lines.append((name, f"{measured:.4g}{unit}", ",".join(goals) or "-", verdict))

    def print(self):
        print(f"# {self.machine}")
        widths = [max(len(line[i]) for line in self.lines) for i in range(3)]
        for name, measured, goal, verdict in self.lines:
            print(f"{name:<{widths[0]}}  {measured:>{widths[1]}}  {goal:>{widths[2]}}  {verdict}")

    def write(self, name, shape=None, **more):
        """Keeps the figures, or those of a shape, for report.py; `more` are lists of lines to show
        below them."""
        own = [line for line in self.lines if not shape or line[0].startswith(f"{shape}/")]
        about = ", ".join(filter(None, (shape, self.kind)))
        made_by = {"benchmark": name, "about": about, "machine": self.machine, "commit": self.commit}
        record = {**made_by, "figures": own, **more}
        file = "-".join(filter(None, (name, shape, self.device)))
        path = machine.ROOT / "build" / "bench" / f"{file}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(record, indent=1) + "\n")
