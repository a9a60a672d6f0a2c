"""What pyproject.toml cannot say: the version, the minor version of PyTorch, and that the package holds
programs of this machine's kind, which no version of Python matters to."""

import os

from setuptools import Distribution, setup
from setuptools.command.bdist_wheel import bdist_wheel


class OfThisMachine(Distribution):
    def has_ext_modules(self):
        return True


class ForAnyPython(bdist_wheel):
    def get_tag(self):
        return ("py3", "none", super().get_tag()[2])


major, minor = os.environ["LEAKPROBE_TORCH"].split(".")[:2]
setup(
    version=os.environ["LEAKPROBE_VERSION"],
    install_requires=[f"torch>={major}.{minor},<{major}.{int(minor) + 1}"],
    distclass=OfThisMachine,
    cmdclass={"bdist_wheel": ForAnyPython},
)
