#!/usr/bin/env python3
"""Makes an SVG and a PNG beside each *.vl.json that is named: render_figures.py FILE...

Needs vl-convert in the folder python/ beside this file (./dev setup puts it there) or installed.
"""

import concurrent.futures
import json
import os
import pathlib
import re
import sys
import xml.etree.ElementTree as ElementTree

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


def clipped_together(svg: str) -> str:
    """Lines of one layer lie in one frame: clipping them as one takes a tenth of the time."""
    ElementTree.register_namespace("", "http://www.w3.org/2000/svg")
    ElementTree.register_namespace("xlink", "http://www.w3.org/1999/xlink")
    root = ElementTree.fromstring(svg)
    for layer in root.iter():
        if not layer.get("class", "").endswith("_pathgroup"):
            continue
        clipped = [part for part in layer.iter() if part.get("clip-path")]
        if len(clipped) > 1:
            layer.set("clip-path", clipped[0].get("clip-path"))
            for part in clipped:
                del part.attrib["clip-path"]
    return ElementTree.tostring(root, encoding="unicode")


def numbered_afresh(svg: str) -> str:
    """Vega goes on numbering its clips over all figures that one process draws."""
    numbers = {}

    def number(clip):
        return numbers.setdefault(clip[0], f"clip{len(numbers) + 1}")

    return re.sub(r'(?<=["#])clip\d+(?=[")])', number, svg)


def render(file: pathlib.Path) -> None:
    theme = json.loads((HERE / "theme.json").read_text(encoding="utf-8"))["light"]
    stem = file.name.removesuffix(".vl.json")
    spec = without_zoom(json.loads(file.read_text(encoding="utf-8")))
    svg = vl_convert.vegalite_to_svg(spec, vl_version=VEGA_LITE, config=theme)
    svg = numbered_afresh(clipped_together(svg))
    file.with_name(stem + ".svg").write_text(svg, encoding="utf-8")
    file.with_name(stem + ".png").write_bytes(vl_convert.svg_to_png(svg, scale=SCALE))


def main() -> None:
    files = [pathlib.Path(name) for name in sys.argv[1:]]
    with concurrent.futures.ProcessPoolExecutor(min(len(files), os.cpu_count() or 1)) as pool:
        list(pool.map(render, files))  # raises what a process raised


if __name__ == "__main__":
    main()
