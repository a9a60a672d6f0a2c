#!/usr/bin/env python3
"""Writes tests/fixtures/tokenizers/regex.jsonl: texts, then regular expressions with the parts of
each text that the PyPI package `tokenizers` takes for their matches, one after the other as one.

    pip install tokenizers && tests/external/regex_cases.py
"""

import json
import pathlib

from tokenizers import Regex, pre_tokenizers

OUTPUT = pathlib.Path(__file__).parents[1] / "fixtures/tokenizers/regex.jsonl"

# Of every general category and of several scripts; some are new in Unicode 15 and 16.
CHARACTERS = (
    "aZ\u01c5\u02b0\u00aa\u0301\u0903\u20dd7\u2163\u00b2_-([)]\u00ab\u00bb!+$^\u00a9 \u2028\u2029\u0000"
    "\u00ad\ue000\uffff\u3001\u3002\u4f60\u3042\u30fc\u30a2\u03a9\u0416\u05d0\u0661\u0e01\U0001e900"
    "\U0001f600\U00010d40\U00010d50\U00010d70\U000105c0\U00011bc0\U00016100\U0001c800\U0001fae9\ua7cb"
    "\u1c89\u1c8a\ua7da\u00bd\u00e9\u0085\u200d\u212a\u017f\u00b5\u03c2\u1e9e\u00df\u2e51\u0f0b")
NAMES = (
    "L Letter Lu ll LT Lm Lo Cased_Letter M Mn Mc Me N Nd Nl No P Pc Pd Ps Pe Pi Pf Po S Sm Sc Sk So Z "
    "Zs Zl Zp C Cc Cf Co Cn Cs Han hira Katakana Latin Latn Greek Cyrillic Hebrew Arabic Thai Common "
    "Inherited Zinh Garay Todhri Sunu Unknown Any Assigned ASCII Alphabetic Uppercase Lowercase "
    "White_Space Emoji Extended_Pictographic Math ID_Start XID_Continue Dash In_CJK_Unified_Ideographs "
    "InLatin1Supplement Alnum Alpha Blank Cntrl Digit Graph Lower Print Punct Space Upper Word XDigit "
    "PosixPunct Ideographic Default_Ignorable_Code_Point").split()
PATTERNS = (
    [rf"\p{{{name}}}" for name in NAMES] + [rf"[\p{{{name}}}-]+" for name in ("Word", "Punct", "Nd")]
    + [rf"\{letter}" for letter in "sSdDwWhH"] + [rf"[\{letter}_]" for letter in "sSdDwWhH"]
    + [f"[[:{name}:]]" for name in ("alnum alpha ascii blank cntrl digit graph lower print punct "
                                    "space upper word xdigit ^alpha").split()]
    + [r"\P{Lu}", r"\p{^Han}", r"\P{^Han}", r"[^\P{L}]", r"[^\s\p{L}\p{N}]",
       r"\p{Han}+|\p{Hiragana}+", r"\p{Lu}\p{Ll}+", "[a-c-e]", r"[+\-/]", r"[a\-z]", r"[\x{61}-z]",
       r"[\n-\r]", "(?i:k)", "(?i:[a-z])", "(?i:[^a-z])", r"(?i:\p{Lu})", r"(?i:[^\p{Lu}])",
       r"(?i:[sdmt]|ll)", "(?i)z", "(?i)(?-i)z", "a(?i)z|Z", "(?:a(?i)z|A)Z", "(?i:a(?-i:z)Z)",
       "(?i:\u03c3)", "(?i:\u03bc)", "(?i:\ua7ca|\U0001e922|\u019b)", "(?i:[\U00010d70-\U00010d85])",
       "(?i:s)s"])
TEXTS = [CHARACTERS, "azZ aZz AZZ aazZ azA Az ss S\u017fs\u03a3\u03c3\u03c2\u00b5\u03bc\u039cKk\u212a",
         "\u4f60\u597d\u3001\u4e16\u754c\u3002 abc\u3002def \u3042\u30fc\u3044\u3001\u30a2",
         "\ua7cb\u0264\U0001e900\U0001e922\U00010d50\U00010d70\U00010d65\U00010d85\ua7dc\u019b"]


def matched(pattern, text):
    kept = pre_tokenizers.Split(Regex(pattern), "removed").pre_tokenize_str(text)
    edges = [0, *(edge for _, span in kept for edge in span), len(text)]
    return [text[a:b] for a, b in zip(edges[::2], edges[1::2]) if a < b]


def main():
    lines = [TEXTS, *([pattern, *(matched(pattern, text) for text in TEXTS)]
                      for pattern in PATTERNS)]
    OUTPUT.write_text("".join(json.dumps(line) + "\n" for line in lines))


if __name__ == "__main__":
    main()
