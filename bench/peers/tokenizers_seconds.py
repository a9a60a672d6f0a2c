"""Median seconds that Hugging Face's tokenizers take for the JSON strings on standard input.

Run by ../tokenizer.py in the environment of requirements.txt.
"""

import json
import statistics
import sys
import time

import tokenizers

TIMES = 5


def main():
    tokenizer = tokenizers.Tokenizer.from_file(sys.argv[1])
    texts = [json.loads(line) for line in sys.stdin]
    measured = []
    for _ in range(TIMES + 1):
        start = time.perf_counter()
        tokenizer.encode_batch(texts, add_special_tokens=False)
        measured.append(time.perf_counter() - start)
    print(statistics.median(measured[1:]))


main()
