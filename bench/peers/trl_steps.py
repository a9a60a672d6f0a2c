"""The paper's second phase by TRL's DPOTrainer: seconds of its steps, as JSON.

Run by ../peers.py in the environment of requirements.txt. TRL scores each batch under the reference
model, as leakprobe does for rows it has not seen.
"""

import argparse
import json
import resource
import statistics
import tempfile
import time

import datasets
import tokenizers
import torch
import transformers
import trl
from pytorch_steps import BATCH, SHAPES, freeze_upper_half, make_model

LETTERS = [chr(ord("a") + i) for i in range(26)]


def make_tokenizer():
    """One token a letter or prefix, separated by spaces."""
    words = {word: i for i, word in enumerate(["<end>", "regular", *LETTERS])}
    plain = tokenizers.Tokenizer(tokenizers.models.WordLevel(words))
    plain.pre_tokenizer = tokenizers.pre_tokenizers.WhitespaceSplit()
    return transformers.PreTrainedTokenizerFast(
        tokenizer_object=plain, eos_token="<end>", pad_token="<end>"
    )


def make_pairs(count):
    def passwords():
        drawn = torch.randint(0, 26, (count, 16)).tolist()
        return [" " + " ".join(LETTERS[i] for i in row) for row in drawn]

    return datasets.Dataset.from_dict(
        {"prompt": ["regular"] * count, "chosen": passwords(), "rejected": passwords()}
    )


class Clock(transformers.TrainerCallback):
    def __init__(self):
        self.times = []

    def on_step_begin(self, *_, **__):
        self.times.append(time.perf_counter())

    def seconds(self):
        """From step to step, without the first, which warms up."""
        return [b - a for a, b in zip(self.times[1:], self.times[2:])]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shape", choices=SHAPES, required=True)
    parser.add_argument("--bf16", action="store_true", help="bf16 autocast")
    parser.add_argument("--steps", type=int, default=5)
    arguments = parser.parse_args()
    torch.manual_seed(0)
    policy, reference = make_model(arguments.shape), make_model(arguments.shape)
    reference.load_state_dict(policy.state_dict())
    freeze_upper_half(policy, True)
    clock = Clock()
    with tempfile.TemporaryDirectory() as folder:
        trainer = trl.DPOTrainer(
            policy,
            reference,
            args=trl.DPOConfig(
                output_dir=folder, max_steps=arguments.steps + 2, learning_rate=1e-4,
                per_device_train_batch_size=BATCH, beta=0.1, bf16=arguments.bf16, use_cpu=True,
                gradient_checkpointing=False, logging_steps=10**6, save_strategy="no",
                report_to="none", disable_tqdm=True,
            ),
            train_dataset=make_pairs(BATCH * (arguments.steps + 2)),
            processing_class=make_tokenizer(),
            callbacks=[clock],
        )  # fmt: skip
        trainer.train()
    result = {
        "steps": {"suppress": statistics.median(clock.seconds())},
        "peak_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
