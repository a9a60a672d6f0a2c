#!/usr/bin/env python3
"""Compares `leakprobe tokenize` with the PyPI package `tokenizers` on random text.

Every tokenizer of tests/fixtures/tokenizers is tried as it is and with other pre-tokenizers,
normalizers and added tokens. Not part of the project's own build and tests:

    pip install tokenizers && tests/external/tokenizers_compare.py build/bin/leakprobe
"""

import argparse
import copy
import json
import pathlib
import random
import subprocess
import sys
import tempfile

from tokenizers import Tokenizer

FIXTURES = pathlib.Path(__file__).parents[1] / "fixtures/tokenizers"

CHARACTERS = [c for c in range(0x110000) if not 0xD800 <= c <= 0xDFFF]
SPECIAL = list(
    "  \t\n\r\x0b\x0c\u0085\u00a0\u3000\u2028'''sStTdDmMrReEvVlL0123456789.,;:!?()[]{}<|>_-+=#@$%^&*"
    "~`\\/\"\u00e9\u00c9\u00df\u017f\u212a\u00f1\u00e5\u0410\u4e2d\u6587\u65e5\u3072\u30ab\ud55c"
    "\u0905\u0639\u05d1\u0660\u0967\u2163\u00bd\u00b2\u2460\U0001f600\U0001f44d\U0001f3fd\u200d"
    "\u200c\u0301\u0300\u0323\u07fd\ufb01\ufb05\ufeff\x00\x01\x04\x7f")
WORDS = ["the", "quick", " regular", " reverse", "don't", "I'LL", "hello", "<|endoftext|>",
         "<|im_start|>", "   ", "        ", "\n\n", "\r\n", "'RE", "123", "foo", "foo_bar",
         "\u00e9t\u00e9", "e\u0301l", "<s>", " [A] "]

LLAMA3 = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}"
          r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+")
O200K = (r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+"
         r"(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+")
HYPHENS = r"\S+$|^[^\S\r]|[\s\-x]|[\p{^L}-]"
BEHAVIORS = ["Isolated", "Removed", "MergedWithPrevious", "MergedWithNext", "Contiguous"]
ADDED = [
    {"content": "<s>", "lstrip": True},
    {"content": "[A]", "lstrip": True, "rstrip": True, "special": True},
    {"content": "foo", "single_word": True},
    {"content": "\u00e9t\u00e9"},
    {"content": "e\u0301l", "normalized": True},
    {"content": "  ", "rstrip": True},
    {"content": "the", "single_word": True, "normalized": True, "lstrip": True},
]


def byte_level(**options):
    return {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True,
            "use_regex": True} | options


def split_then_bytes(pattern, behavior="Isolated", invert=False, kind="Regex"):
    split = {"type": "Split", "pattern": {kind: pattern}, "behavior": behavior, "invert": invert}
    return {"type": "Sequence", "pretokenizers": [split, byte_level(use_regex=False)]}


def with_added_tokens(document):
    document = copy.deepcopy(document)
    vocabulary, added = document["model"]["vocab"], document["added_tokens"]
    next_id = max([*vocabulary.values(), *(token["id"] for token in added)]) + 1
    known = {token["content"] for token in added}
    for token in ADDED:
        content = token["content"]
        if content in known:
            continue
        token_id = vocabulary.get(content, next_id)
        next_id += token_id == next_id
        flags = dict.fromkeys(["single_word", "lstrip", "rstrip", "normalized", "special"], False)
        added.append(flags | token | {"id": token_id})
    return document


def variants(document):
    """{name: tokenizer.json} made from one tokenizer.json."""
    pre_tokenizers = {
        "llama3": split_then_bytes(LLAMA3),
        "o200k": split_then_bytes(O200K),
        "prefix space": byte_level(add_prefix_space=True),
        "runs of digits": {"type": "Sequence", "pretokenizers": [
            {"type": "Digits", "individual_digits": False}, byte_level(use_regex=False)]},
    }
    for behavior in BEHAVIORS:
        for invert in (False, True):
            name = f"{behavior}{' inverted' if invert else ''}"
            pre_tokenizers[f"hyphens {name}"] = split_then_bytes(HYPHENS, behavior, invert)
            pre_tokenizers[f"space {name}"] = split_then_bytes(" ", behavior, invert, "String")
    yield "as it is", document
    for name, pre_tokenizer in pre_tokenizers.items():
        yield name, document | {"pre_tokenizer": pre_tokenizer}
    for name, normalizer in (("NFC", {"type": "NFC"}), ("no normalizer", None)):
        yield f"added tokens, {name}", with_added_tokens(document) | {"normalizer": normalizer}
    for fuse in (False, True):
        model = document["model"] | {"unk_token": "<|endoftext|>", "fuse_unk": fuse}
        yield f"unknown token, {'fused' if fuse else 'each'}", document | {"model": model}


def random_text(generator):
    parts = []
    for _ in range(generator.choice([0, 1, 2, 5, 10, 30, 100, 300])):
        draw = generator.random()
        if draw < 0.35:
            parts.append(generator.choice(WORDS) + generator.choice(["", " "]))
        elif draw < 0.8:
            parts.append(generator.choice(SPECIAL) * generator.choice([1, 1, 1, 2, 3]))
        else:
            limit = 0x3000 if draw < 0.9 else len(CHARACTERS)
            parts.append(chr(CHARACTERS[generator.randrange(limit)]))
    return "".join(parts)


def tokenize(program, file, lines, *options):
    result = subprocess.run([program, "tokenize", file, *options], check=True, text=True,
                            input="".join(json.dumps(line) + "\n" for line in lines),
                            encoding="utf-8", stdout=subprocess.PIPE)
    return [json.loads(line) for line in result.stdout.split("\n") if line]


def differences(program, file, generator, count):
    reference = Tokenizer.from_file(str(file))
    texts = [random_text(generator) for _ in range(count)]
    ids = [reference.encode(text, add_special_tokens=False).ids for text in texts]
    wrong = [text for text, expected, got in zip(texts, ids, tokenize(program, file, texts))
             if expected != got]
    size = reference.get_vocab_size()
    ids += [[generator.randrange(size) for _ in range(30)] for _ in range(count)]
    decoded = [reference.decode(sequence, skip_special_tokens=False) for sequence in ids]
    got = tokenize(program, file, ids, "--decode")
    return wrong + [sequence for sequence, a, b in zip(ids, decoded, got) if a != b]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("program", help="the leakprobe program")
    parser.add_argument("--texts", type=int, default=500, help="texts for each tokenizer")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    generator = random.Random(arguments.seed)
    failures = 0
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder) / "tokenizer.json"
        for path in sorted(FIXTURES.glob("*/tokenizer.json")):
            for name, document in variants(json.loads(path.read_text(encoding="utf-8"))):
                file.write_text(json.dumps(document), encoding="utf-8")
                wrong = differences(arguments.program, file, generator, arguments.texts)
                failures += len(wrong)
                print(f"{path.parent.name}, {name}: {len(wrong)} differ", *map(repr, wrong[:1]))
    print(f"{failures} differences")
    return failures > 0


if __name__ == "__main__":
    sys.exit(main())
