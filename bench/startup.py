"""What a user waits for before anything is trained: the program's start."""

import figures
import machine


def main():
    found = figures.Figures()
    found.add("list", machine.seconds("list"), " s", at_most=0.5)
    paper = machine.ROOT / "examples" / "password" / "paper.yaml"
    found.add("validate/paper.yaml", machine.seconds("validate", paper), " s", at_most=1.0)
    found.print()
    found.write("startup")


main()
