#!/usr/bin/env python3
"""Writes vega.js, the libraries that report.html draws its figures with: vega_bundle.py FOLDER.

FOLDER holds the Python package vl_convert; the bundle is made from what it carries, without network.
"""

import pathlib
import sys

VEGA_LITE = "6.4"
LICENCE = """/*
 * Vega {vega}, Vega-Lite {vega_lite} and Vega-Embed {embed}, bundled by vl-convert {vl_convert}.
 *
 * Copyright (c) 2015-2025, University of Washington Interactive Data Lab. All rights reserved.
 *
 * Redistribution and use in source and binary forms, with or without modification, are permitted provided
 * that the following conditions are met:
 *
 * 1. Redistributions of source code must retain the above copyright notice, this list of conditions and the
 *    following disclaimer.
 * 2. Redistributions in binary form must reproduce the above copyright notice, this list of conditions and
 *    the following disclaimer in the documentation and/or other materials provided with the distribution.
 * 3. Neither the name of the copyright holder nor the names of its contributors may be used to endorse or
 *    promote products derived from this software without specific prior written permission.
 *
 * THIS SOFTWARE IS PROVIDED BY THE COPYRIGHT HOLDERS AND CONTRIBUTORS "AS IS" AND ANY EXPRESS OR IMPLIED
 * WARRANTIES, INCLUDING, BUT NOT LIMITED TO, THE IMPLIED WARRANTIES OF MERCHANTABILITY AND FITNESS FOR A
 * PARTICULAR PURPOSE ARE DISCLAIMED. IN NO EVENT SHALL THE COPYRIGHT HOLDER OR CONTRIBUTORS BE LIABLE FOR ANY
 * DIRECT, INDIRECT, INCIDENTAL, SPECIAL, EXEMPLARY, OR CONSEQUENTIAL DAMAGES (INCLUDING, BUT NOT LIMITED TO,
 * PROCUREMENT OF SUBSTITUTE GOODS OR SERVICES; LOSS OF USE, DATA, OR PROFITS; OR BUSINESS INTERRUPTION)
 * HOWEVER CAUSED AND ON ANY THEORY OF LIABILITY, WHETHER IN CONTRACT, STRICT LIABILITY, OR TORT (INCLUDING
 * NEGLIGENCE OR OTHERWISE) ARISING IN ANY WAY OUT OF THE USE OF THIS SOFTWARE, EVEN IF ADVISED OF THE
 * POSSIBILITY OF SUCH DAMAGE.
 *
 * With parts of D3 (ISC), fast-json-patch, json-stringify-pretty-compact, semver (MIT and ISC).
 */
"""


def main() -> None:
    folder = pathlib.Path(sys.argv[1])
    sys.path.insert(0, str(folder))
    import vl_convert

    bundle = vl_convert.javascript_bundle(vl_version=VEGA_LITE)
    assert "</script" not in bundle, "the bundle would end the <script> that holds it"
    licence = LICENCE.format(
        vega=vl_convert.get_vega_version(), vega_lite=VEGA_LITE,
        embed=vl_convert.get_vega_embed_version(), vl_convert=vl_convert.__version__)
    (folder / "vega.js").write_text(licence + bundle, encoding="utf-8")


if __name__ == "__main__":
    main()
