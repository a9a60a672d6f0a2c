#!/usr/bin/env python3
"""Checks with Hugging Face transformers that leakprobe's checkpoints are what they say.

No part of the build or of its tests: it needs an environment of its own,

    python3 -m venv /tmp/peers && /tmp/peers/bin/pip install torch transformers safetensors
    /tmp/peers/bin/python tests/external/check_transformers.py build/bin/leakprobe

For GPT-NeoX (both residuals, head tied and not) and Llama (grouped heads, biases, head tied and not)
it trains examples/tiny.yaml for a few steps, loads the checkpoint with transformers, and compares the
log-probabilities of random rows with those of `leakprobe score`, and token ids of a text with those of
`leakprobe tokenize`. Folders of further models to compare may follow on the command line.
Last checked with transformers 5.23.0 and torch 2.15.0.
"""

import json
import pathlib
import subprocess
import sys
import tempfile

import torch
import transformers
from safetensors.torch import save_file

TOLERANCE = 1e-4  # nats
NEOX = "type: gpt_neox, hidden_size: 32, num_hidden_layers: 2, num_attention_heads: 4"
LLAMA = "type: llama, hidden_size: 32, num_hidden_layers: 2, num_attention_heads: 4"
CASES = {
    "gpt_neox_parallel": NEOX + ", intermediate_size: 96, initializer_range: 0.3",
    "gpt_neox_sequential_tied": NEOX
    + ", use_parallel_residual: false, rotary_pct: 0.5, rotary_emb_base: 500, tie_word_embeddings: true"
    + ", initializer_range: 0.3",
    "gpt_neox_without_attention_bias": NEOX + ", attention_bias: false, initializer_range: 0.3",
    "llama_grouped_tied": LLAMA
    + ", num_key_value_heads: 2, tie_word_embeddings: true, initializer_range: 0.3",
    "llama_biases_own_head_size": LLAMA
    + ", head_dim: 12, rope_theta: 500, attention_bias: true, mlp_bias: true, initializer_range: 0.3",
}
ROOT = pathlib.Path(__file__).resolve().parents[2]


def train(program, name, model, folder):
    experiment = folder / f"{name}.yaml"
    experiment.write_text(f"extends: {ROOT}/examples/tiny.yaml\nname: {name}\nmodel: {{{model}}}\n")
    run = folder / name
    done = subprocess.run(
        [program, "run", str(experiment), "--out", str(run), "--quiet"], capture_output=True, text=True
    )
    if done.returncode not in (0, 3):
        sys.exit(f"{name}: the run failed:\n{done.stdout}{done.stderr}")
    return run / "checkpoints" / "elicit"


def transformers_logprobs(checkpoint, rows):
    model, report = transformers.AutoModelForCausalLM.from_pretrained(
        checkpoint, dtype=torch.float32, output_loading_info=True
    )
    strangers = {key: list(names) for key, names in report.items() if names}
    if strangers:
        sys.exit(f"{checkpoint}: transformers complains: {strangers}")
    with torch.no_grad():
        logits = model(rows[:, :-1]).logits
    return torch.log_softmax(logits, -1).gather(2, rows[:, 1:, None])[:, :, 0]


def compare(program, name, checkpoint, folder):
    config = json.loads((checkpoint / "config.json").read_text())
    rows = torch.randint(config["vocab_size"], (8, 17), generator=torch.Generator().manual_seed(1))
    save_file({"rows": rows}, folder / "rows.safetensors")
    scored = subprocess.run(
        [program, "score", str(checkpoint), "--rows", f"{folder}/rows.safetensors:rows"],
        capture_output=True,
        text=True,
        check=True,
    )
    ours = torch.tensor([json.loads(line) for line in scored.stdout.splitlines()])
    difference = (ours - transformers_logprobs(checkpoint, rows)).abs().max().item()
    same_text = True
    if (checkpoint / "tokenizer.json").exists():
        text = " a z regular q" if config["vocab_size"] < 100 else "A text, with 3 numbers: 12."
        encoded = subprocess.run(
            [program, "tokenize", str(checkpoint)],
            input=json.dumps(text) + "\n",
            capture_output=True,
            text=True,
            check=True,
        )
        tokenizer = transformers.AutoTokenizer.from_pretrained(checkpoint)
        same_text = json.loads(encoded.stdout) == tokenizer.encode(text, add_special_tokens=False)
    passed = difference < TOLERANCE and same_text
    print(
        f"{'ok    ' if passed else 'FAILED'} {name}: largest difference {difference:.1e} nats, "
        f"token ids {'equal' if same_text else 'DIFFER'}"
    )
    return passed


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    program = str(pathlib.Path(sys.argv[1]).resolve())
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    with tempfile.TemporaryDirectory() as scratch:
        folder = pathlib.Path(scratch)
        passed = [
            compare(program, name, train(program, name, model, folder), folder)
            for name, model in CASES.items()
        ]
        for more in sys.argv[2:]:
            passed.append(compare(program, more, pathlib.Path(more), folder))
    sys.exit(0 if all(passed) else 1)


if __name__ == "__main__":
    main()
