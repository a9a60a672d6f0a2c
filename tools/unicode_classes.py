#!/usr/bin/env python3
"""Writes core/src/tokenizer/unicode_ranges.cpp: which code points the PyPI package `tokenizers`
takes for letters, numbers, spaces, words and combining marks.

The package is asked, not the Unicode database: its regular expressions, its digit splitter and its
normalizer come with different Unicode versions. Run it again when a new release of the
package splits text differently:

    pip install tokenizers && tools/unicode_classes.py
"""

import pathlib
import unicodedata

import tokenizers
from tokenizers import AddedToken, Regex, Tokenizer, models, normalizers, pre_tokenizers

OUTPUT = pathlib.Path(__file__).parents[1] / "core/src/tokenizer/unicode_ranges.cpp"
CODE_POINTS = [c for c in range(1, 0x110000) if not 0xD800 <= c <= 0xDFFF]
MARK = "\u2042"  # a symbol that belongs to none of the classes


def chunks(size=4096):
    for start in range(0, len(CODE_POINTS), size):
        yield CODE_POINTS[start:start + size]


def matched_by(pattern):
    """The code points that a regular expression matches."""
    remove = pre_tokenizers.Split(Regex(pattern), "removed")
    members = set()
    for chunk in chunks():
        pieces = remove.pre_tokenize_str("".join(map(chr, chunk)))
        kept = set().union(*(piece for piece, _ in pieces))
        members.update(c for c in chunk if chr(c) not in kept)
    return members


def split_as_digit():
    """The code points that the Digits pre-tokenizer puts on their own."""
    digits = pre_tokenizers.Digits(individual_digits=True)
    members = set()
    for chunk in chunks():
        text = MARK + MARK.join(map(chr, chunk)) + MARK
        members.update(ord(piece) for piece, _ in digits.pre_tokenize_str(text) if len(piece) == 1)
    return members - {ord(MARK)}


def part_of_word():
    """The code points next to which an added token with single_word is not found."""
    tokenizer = Tokenizer(models.WordLevel({"other": 0}, unk_token="other"))
    tokenizer.add_tokens([AddedToken(MARK, single_word=True, normalized=False)])
    members = set()
    for chunk in chunks():
        chunk = [c for c in chunk if c != ord(MARK)]
        encoding = tokenizer.encode("".join(chr(c) + MARK + ":" for c in chunk))
        found = {offset[0] // 3 for token, offset in zip(encoding.ids, encoding.offsets) if token == 1}
        members.update(c for position, c in enumerate(chunk) if position not in found)
    return members


def not_reordered():
    """The combining marks that the NFC normalizer takes for starters."""
    normalize = normalizers.NFC().normalize_str
    low, high = "\u0334", "\u0345"  # combining classes 1 and 240
    members = set()
    for c in matched_by(r"\p{M}"):
        mark = chr(c)
        known = normalize(high + mark) != high + mark or normalize(mark + low) != mark + low
        is_late = unicodedata.combining(mark) != 0 or unicodedata.category(mark) == "Cn"
        if is_late and not known:
            members.add(c)
    return members


def ranges(members):
    result = []
    for c in sorted(members):
        if result and result[-1][1] == c - 1:
            result[-1][1] = c
        else:
            result.append([c, c])
    return result


def table(name, members):
    lines = [f"const CodePointRange {name}[] = {{"]
    line = "   "
    for first, last in ranges(members):
        item = f" {{0x{first:X}, 0x{last:X}}},"
        if len(line) + len(item) > 100:
            lines.append(line)
            line = "   "
        line += item
    return "\n".join(lines + [line, "};"])


def main():
    classes = {
        "letter": matched_by(r"\p{L}"),
        "number": matched_by(r"\p{N}"),
        "space": matched_by(r"\s"),
        "digit": split_as_digit(),
        "word": part_of_word(),
        "late_mark": not_reordered(),
    }
    assert not classes["letter"] & classes["number"]
    assert not classes["space"] & (classes["letter"] | classes["number"])
    classes = {name.title().replace("_", ""): members for name, members in classes.items()}
    tables = "\n\n".join(table(f"k{name}Ranges", members) for name, members in classes.items())
    cases = "\n".join(
        f"    case UnicodeClass::k{name}:\n      return k{name}Ranges;" for name in classes)
    OUTPUT.write_text(f"""\
// Made by tools/unicode_classes.py from tokenizers {tokenizers.__version__}; not edited by hand.

#include "leakprobe/error.h"
#include "tokenizer/unicode_classes.h"

namespace leakprobe {{
namespace {{

// clang-format off
{tables}
// clang-format on

}}  // namespace

std::span<const CodePointRange> unicode_ranges(UnicodeClass unicode_class) {{
  switch (unicode_class) {{
{cases}
  }}
  check_failed(__FILE__, __LINE__, "unknown class of code points");
}}

}}  // namespace leakprobe
""")


if __name__ == "__main__":
    main()
