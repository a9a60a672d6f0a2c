#!/usr/bin/env python3
"""Writes core/src/tokenizer/unicode_tables.cpp: which code points have the properties that a
tokenizer's regular expression may name, which characters are one where case does not count, and
what else the PyPI package `tokenizers` takes for digits, words and combining marks.

The package is asked, not the Unicode database: its regular expressions (Oniguruma), its digit
splitter, its added tokens and its normalizer come with different Unicode versions, none of them
that of the libraries in use here. Run it again (a quarter of an hour) when a new release of the
package splits text differently:

    pip install tokenizers && tools/unicode_classes.py
"""

import bisect
import collections
import pathlib
import re
import unicodedata

import tokenizers
from tokenizers import AddedToken, Regex, Tokenizer, models, normalizers, pre_tokenizers

OUTPUT = pathlib.Path(__file__).parents[1] / "core/src/tokenizer/unicode_tables.cpp"
CODE_POINTS = [c for c in range(0x110000) if not 0xD800 <= c <= 0xDFFF]
END = 0x110000
LATIN_1 = "".join(map(chr, range(256)))
MARK = "\u2042"  # a symbol that belongs to none of the classes
BRACKETS = ("alnum alpha ascii blank cntrl digit graph lower print punct space upper word "
            "xdigit").split()
DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz+-"


def ranges(members):
    """[first, end) of the runs in ascending code points."""
    result = []
    for c in members:
        if result and result[-1][1] == c:
            result[-1][1] = c + 1
        else:
            result.append([c, c + 1])
    return tuple(map(tuple, result))


def code_points(members):
    return [c for first, end in members for c in range(first, end)]


def matched(pattern, text):
    """The places of `text`, [first, end), that runs of matches of a pattern cover."""
    kept = pre_tokenizers.Split(Regex(f"(?:{pattern})+"), "removed").pre_tokenize_str(text)
    ends = [0, *(edge for _, span in kept for edge in span), len(text)]
    return [pair for pair in zip(ends[::2], ends[1::2]) if pair[0] < pair[1]]


def matched_by(pattern):
    """The code points that a regular expression matches."""
    text = "".join(map(chr, CODE_POINTS))
    return ranges(CODE_POINTS[i] for span in matched(pattern, text) for i in range(*span))


def known(pattern):
    try:
        Regex(pattern)
    except Exception:
        return False
    return True


def property_names():
    """Every name that Oniguruma takes in \\p{...}: those words of the package's library."""
    library = next(pathlib.Path(tokenizers.__file__).parent.glob("tokenizers*.so")).read_bytes()
    words = {word.decode() for word in re.findall(rb"(?<![^\0])[a-z0-9]{1,60}(?=\0)", library)}
    return sorted(word for word in words if known(rf"\p{{{word}}}"))


def properties():
    """{code points: names} as in a class such as [\\p{L}]; [:name:] is a name as well."""
    names = collections.defaultdict(list)
    for name in property_names():
        names[matched_by(rf"[\p{{{name}}}]")].append(name)
        same = matched(rf"\p{{{name}}}", LATIN_1) == matched(rf"[\p{{{name}}}]", LATIN_1)
        assert same == (name != "word"), "outside of a class, only \\w and \\p{word} differ"
    for name in BRACKETS:
        names[matched_by(f"[[:{name}:]]")].append(f"[:{name}:]")
    for name, letter in (("space", "s"), ("digit", "d"), ("word", "w"), ("xdigit", "h")):
        assert name in names[matched_by(rf"[\{letter}]")]
    return names


def layers(names):
    """Sets that share few code points go into one table: scripts, blocks, and all others."""
    tables = [{}, {}, {}]
    common = next(set(code_points(members)) for members, of in names.items() if "common" in of)
    for members, of in names.items():
        if any(re.match("in(?!herited|itial|scriptional)", name) for name in of):
            tables[2][members] = of
        elif any(len(name) == 4 for name in of) and common.isdisjoint(code_points(members)):
            tables[1][members] = of
        else:
            tables[0][members] = of
    return tables


def split_as_digit():
    """The code points that the Digits pre-tokenizer puts on their own."""
    digits = pre_tokenizers.Digits(individual_digits=True)
    text = MARK + MARK.join(map(chr, CODE_POINTS)) + MARK
    pieces = {piece for piece, _ in digits.pre_tokenize_str(text) if len(piece) == 1}
    return ranges(sorted(map(ord, pieces - {MARK})))


def part_of_word():
    """The code points next to which an added token with single_word is not found."""
    tokenizer = Tokenizer(models.WordLevel({"other": 0}, unk_token="other"))
    tokenizer.add_tokens([AddedToken(MARK, single_word=True, normalized=False)])
    found = set()
    for start in range(0, len(CODE_POINTS), 4096):
        chunk = [c for c in CODE_POINTS[start:start + 4096] if c != ord(MARK)]
        encoding = tokenizer.encode("".join(chr(c) + MARK + ":" for c in chunk))
        found |= {chunk[offset[0] // 3]
                  for token, offset in zip(encoding.ids, encoding.offsets) if token == 1}
    return ranges(c for c in CODE_POINTS if c not in found and c != ord(MARK))


def unknown_to_nfc(marks):
    """The combining marks that the NFC normalizer neither reorders nor composes."""
    normalize = normalizers.NFC().normalize_str
    low, high = "\u0334", "\u0345"  # combining classes 1 and 240
    members = []
    for c in marks:
        mark = chr(c)
        known = normalize(high + mark) != high + mark or normalize(mark + low) != mark + low
        is_late = unicodedata.combining(mark) != 0 or unicodedata.category(mark) == "Cn"
        if is_late and not known:
            members.append(c)
    for c in CODE_POINTS:
        pair = unicodedata.decomposition(chr(c)).split()
        if len(pair) != 2 or pair[0].startswith("<"):
            continue
        text = "".join(chr(int(part, 16)) for part in pair)
        if unicodedata.normalize("NFC", text) == chr(c) != normalize(text):
            members.append(ord(text[1]))
    return ranges(sorted(set(members)))


def other_cases(candidates):
    """{character: the least that equals it where case does not count}."""
    text = "\0".join(map(chr, candidates))
    least = {}
    for c in candidates:
        same = [ord(text[i]) for span in matched(rf"(?i:\x{{{c:X}}})", text) for i in range(*span)]
        assert all(least.setdefault(other, min(same)) == min(same) for other in same)
    return {c: first for c, first in least.items() if c != first}


def foldings(candidates):
    """{character: the characters that equal it together where case does not count}."""
    several = {c: chr(c).casefold() for c in candidates if len(chr(c).casefold()) > 1}
    assert len(several) == 104, "as many as CaseFolding.txt has with status F"
    for c, folded in several.items():
        assert matched(rf"\A(?i:{folded})\z", chr(c)), hex(c)
    return several


def in_digits(number):
    """A number in base 32, the last digit first; all digits but the last come 32 later."""
    text = ""
    while number >= 32:
        text += DIGITS[32 + number % 32]
        number //= 32
    return text + DIGITS[number]


def constant(name, text):
    lines = "\n".join(f'    "{text[i:i + 94]}"' for i in range(0, len(text), 94))
    return f"const std::string_view {name} =\n{lines};"


def numbers(name, values):
    return constant(name, "".join(map(in_digits, values)))


def table(name, sets):
    """A layer: {code points: id} as runs of (length, kind), and the kinds' (count, ids...)."""
    edges = sorted({0, END, *(edge for members in sets for span in members for edge in span)})
    ids = {edge: [] for edge in edges[:-1]}
    for members, property_id in sets.items():
        for first, end in members:
            for edge in edges[bisect.bisect_left(edges, first):bisect.bisect_left(edges, end)]:
                ids[edge].append(property_id)
    runs = []
    for edge, end in zip(edges, edges[1:]):
        if runs and runs[-1][1] == tuple(ids[edge]):
            runs[-1][0] += end - edge
        else:
            runs.append([end - edge, tuple(ids[edge])])
    kinds = [kind for kind, _ in collections.Counter(kind for _, kind in runs).most_common()]
    number = {kind: i for i, kind in enumerate(kinds)}
    yield numbers(f"k{name}Runs", [n for length, kind in runs for n in (length, number[kind])])
    yield numbers(f"k{name}Kinds", [n for kind in kinds for n in (len(kind), *kind)])


def case_runs(least):
    """(first, how many, step, distance to the least) of characters at equal distances."""
    runs = []
    for c, first in sorted(least.items()):
        distance = c - first
        if runs and runs[-1][3] == distance:
            start, count, step, _ = runs[-1]
            if count == 1 and c - start < 3 or c == start + count * step:
                runs[-1][1:3] = [count + 1, step if count > 1 else c - start]
                continue
        runs.append([c, 1, 1, distance])
    return [n for run in runs for n in run]


def main():
    names = properties()
    of_name = {name: members for members, of in names.items() for name in of}
    own = {"digit_step": split_as_digit(), "whole_word": part_of_word(),
           "late_mark": unknown_to_nfc(code_points(of_name["m"])), "word_alone": matched_by(r"\w")}
    candidates = sorted({c for name in ("cased", "cwcm", "cwcf") for c in code_points(of_name[name])})
    several = foldings(candidates)
    all_names, tables = [], []
    for name, sets in zip(("Kind", "Script", "Block"), layers(names)):
        tables += table(name, {members: len(all_names) + i for i, members in enumerate(sets)})
        all_names += map(sorted, sets.values())
    tables += table("Own", {members: len(all_names) + i for i, members in enumerate(own.values())})
    all_names += ([name] for name in own)
    tables.append(constant("kNames", "|".join(" ".join(of) for of in all_names)))
    tables.append(numbers("kCaseRuns", case_runs(other_cases(candidates))))
    tables.append(numbers("kFoldings", [
        n for c, folded in several.items() for n in (c, len(folded), *map(ord, folded))]))
    version = "16.0" if known(r"\p{Garay}") and not known(r"\p{Sidetic}") else "unknown"
    OUTPUT.write_text(f"""\
// Made by tools/unicode_classes.py from tokenizers {tokenizers.__version__}, whose regular expressions follow
// Unicode {version}; not edited by hand. unicode_tables.h says how to read it.
// Derived from the Unicode Character Database: Unicode License V3,
// https://www.unicode.org/license.txt, Copyright 1991-2024 Unicode, Inc.

#include "tokenizer/unicode_tables.h"

namespace leakprobe::unicode_tables {{

// clang-format off
""" + "\n\n".join(tables) + """
// clang-format on

}  // namespace leakprobe::unicode_tables
""")


if __name__ == "__main__":
    main()
