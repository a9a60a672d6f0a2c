#!/usr/bin/env python3
"""Continues prompts with transformers' generate, for tests of our own.

Needs torch and transformers. Writes generation.json beside each model of tests/fixtures/models:
prompts of different lengths, the tokens that greedy search makes of them, and the log-probability
of each of these tokens.

    tools/generation_fixtures.py tests/fixtures/models/*/
"""

import json
import pathlib
import sys

import torch
import transformers

TOKENS = 12


def prompts(vocabulary: int) -> list[list[int]]:
    generator = torch.Generator().manual_seed(7)
    lengths = [1, 2, 5, 9, 5]
    rows = [torch.randint(vocabulary, (length,), generator=generator).tolist() for length in lengths]
    return rows + [rows[2]]  # one twice


def continued(model, prompt: list[int]) -> dict:
    made = model.generate(
        torch.tensor([prompt]),
        max_new_tokens=TOKENS,
        min_new_tokens=TOKENS,
        do_sample=False,
        output_logits=True,
        return_dict_in_generate=True,
        pad_token_id=0,
        eos_token_id=None,
    )
    tokens = made.sequences[0, len(prompt):].tolist()
    log_probs = [
        torch.log_softmax(logits[0].float(), -1)[token].item()
        for logits, token in zip(made.logits, tokens)
    ]
    return {"prompt": prompt, "tokens": tokens, "log_probs": log_probs}


def main() -> None:
    torch.set_num_threads(1)
    for folder in map(pathlib.Path, sys.argv[1:]):
        model = transformers.AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
        model.eval()
        model.generation_config.eos_token_id = None
        rows = [continued(model, prompt) for prompt in prompts(model.config.vocab_size)]
        (folder / "generation.json").write_text(
            json.dumps({"transformers": transformers.__version__, "greedy": rows}) + "\n"
        )


if __name__ == "__main__":
    main()
