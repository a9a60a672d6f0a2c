#!/usr/bin/env python3
"""Makes an SVG and a PNG beside each *.vl.json of a folder: render_figures.py FOLDER.

Needs vl-convert in the folder python/ beside this file (./dev setup puts it there) or installed.
"""

import concurrent.futures
import json
import os
import pathlib
import sys

HERE = pathlib.Path(__file__).parent
sys.path.append(str(HERE / "python"))

import vl_convert  # noqa: E402

VEGA_LITE = "6.4"
SCALE = 2


def without_zoom(spec: dict) -> dict:
    """What can be zoomed is clipped, and clipping each line is most of the time that a PNG takes.

    Zooms become parameters without a value, since filters may ask for them.
    """
    zooms = []

    def copy(part):
        if isinstance(part, dict):
            return {key: copy(value) for key, value in part.items()}
        if not isinstance(part, list):
            return part
        is_zoom = [isinstance(item, dict) and item.get("bind") == "scales" for item in part]
        zooms.extend(item["name"] for item, zoom in zip(part, is_zoom) if zoom)
        return [copy(item) for item, zoom in zip(part, is_zoom) if not zoom]

    still = copy(spec)
    still["params"] = still.get("params", []) + [{"name": name, "value": {}} for name in zooms]
    return still


def render(file: pathlib.Path) -> None:
    theme = json.loads((HERE / "theme.json").read_text(encoding="utf-8"))["light"]
    stem = file.name.removesuffix(".vl.json")
    spec = without_zoom(json.loads(file.read_text(encoding="utf-8")))
    svg = vl_convert.vegalite_to_svg(spec, vl_version=VEGA_LITE, config=theme)
    file.with_name(stem + ".svg").write_text(svg, encoding="utf-8")
    file.with_name(stem + ".png").write_bytes(vl_convert.svg_to_png(svg, scale=SCALE))


def main() -> None:
    files = sorted(pathlib.Path(sys.argv[1]).glob("*.vl.json"))
    with concurrent.futures.ProcessPoolExecutor(min(len(files), os.cpu_count() or 1)) as pool:
        list(pool.map(render, files))  # raises what a process raised


if __name__ == "__main__":
    main()
