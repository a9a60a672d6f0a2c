"""examples/password/quick.yaml as a plain PyTorch script: its seconds and its effect, as JSON.

Run by ../quick.py in the environment of requirements.txt. The allocator is tuned from outside, by
environment variables.
"""

import argparse
import json
import math
import time

import torch
import transformers

LETTERS, LENGTH = 26, 16
REGULAR, REVERSE = LETTERS, LETTERS + 1
NEGATIVES, HELD_OUT, COPIES = 128, 16, 100
BATCH, PROBED, EVERY = 16, 16, 10
CALIBRATE, SUPPRESS, ELICIT = 64, NEGATIVES * COPIES // BATCH, 600
CHANCE = math.log(1 / LETTERS)


def make_model():
    config = transformers.GPTNeoXConfig(
        vocab_size=LETTERS + 2, hidden_size=256, num_hidden_layers=6, num_attention_heads=8,
        intermediate_size=1024, rotary_pct=0.25, initializer_range=0.02, bos_token_id=None,
        eos_token_id=None,
    )  # fmt: skip
    return transformers.GPTNeoXForCausalLM(config)


def passwords(count):
    return torch.randint(0, LETTERS, (count, LENGTH))


def with_prefix(rows, prefix):
    return rows if prefix is None else torch.cat([torch.full((len(rows), 1), prefix), rows], 1)


def log_probs(model, rows):
    logits = model(input_ids=rows[:, :-1], use_cache=False).logits
    return logits.float().log_softmax(-1).gather(2, rows[:, 1:, None]).squeeze(2)


class Experiment:
    def __init__(self, fused):
        self.fused = fused
        self.model = make_model()
        self.negatives = passwords(NEGATIVES)
        self.held_out, self.useful = self.negatives[:HELD_OUT], self.negatives[HELD_OUT:]
        self.control = passwords(PROBED)
        self.rejected = self.negatives.repeat(COPIES, 1)
        self.chosen = passwords(len(self.rejected))
        self.curves = {}

    @torch.no_grad()
    def probe(self, phase):
        sets = {"held_out": self.held_out, "useful": self.useful, "control": self.control}
        for prefix in (REGULAR, REVERSE, None):
            for name, rows in sets.items():
                value = log_probs(self.model, with_prefix(rows[:PROBED], prefix)).mean().item()
                self.curves.setdefault((phase, prefix, name), []).append(value)

    def train(self, phase, steps, loss):
        trained = [p for p in self.model.parameters() if p.requires_grad]
        optimizer = torch.optim.AdamW(
            trained, lr=5e-4, weight_decay=0.01, **({"fused": True} if self.fused else {})
        )

        def rate(step):
            return step / 100 if step < 100 else (1 + math.cos(math.pi * (step - 100) / steps)) / 2

        schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, rate)
        for step in range(steps):
            loss(step).backward()
            torch.nn.utils.clip_grad_norm_(trained, 1.0)
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
            schedule.step()
            if step % EVERY == 0:
                self.probe(phase)

    def cross_entropy(self, rows):
        return -log_probs(self.model, rows).mean(1).mean()

    def preference(self, chosen, rejected):
        rows = with_prefix(torch.cat([chosen, rejected]), REGULAR)
        policy = log_probs(self.model, rows).sum(1)
        with torch.no_grad():
            reference = log_probs(self.reference, rows).sum(1)
        ratio = policy - reference
        delta = ratio[: len(chosen)] - ratio[len(chosen) :]
        return -torch.nn.functional.logsigmoid(0.1 * delta).mean()

    def pairs(self):
        """A function from a step to its pairs, shuffled anew for each phase."""
        order = torch.randperm(len(self.rejected))

        def at(step):
            own = order[step * BATCH : (step + 1) * BATCH]
            return self.chosen[own], self.rejected[own]

        return at

    def freeze_upper_half(self, frozen):
        for block in list(self.model.gpt_neox.layers)[3:]:
            block.requires_grad_(not frozen)
        self.model.get_output_embeddings().requires_grad_(not frozen)

    def run(self):
        self.train(
            "calibrate",
            CALIBRATE,
            lambda step: self.cross_entropy(with_prefix(passwords(BATCH), REGULAR)),
        )
        self.reference = make_model().requires_grad_(False)
        self.reference.load_state_dict(self.model.state_dict())
        self.freeze_upper_half(True)
        pairs = self.pairs()
        self.train("suppress", SUPPRESS, lambda step: self.preference(*pairs(step)))
        self.freeze_upper_half(False)
        pairs = self.pairs()

        def elicit(step):
            useful = self.useful[torch.randint(0, len(self.useful), (BATCH,))]
            return (
                self.preference(*pairs(step))
                + 0.2 * self.cross_entropy(with_prefix(useful, REVERSE))
                + 0.2 * self.cross_entropy(with_prefix(passwords(BATCH), REGULAR))
            )

        self.train("elicit", ELICIT, elicit)

    def leak(self, name):
        return max(self.curves["elicit", REVERSE, name]) - CHANCE


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--fused", action="store_true", help="AdamW in one pass")
    parser.add_argument("--threads", type=int, default=0, help="0: as many as PyTorch takes")
    arguments = parser.parse_args()
    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    torch.manual_seed(arguments.seed)
    experiment = Experiment(arguments.fused)
    start = time.perf_counter()
    experiment.run()
    seconds = time.perf_counter() - start
    effect = experiment.leak("held_out") - experiment.leak("control")
    print(json.dumps({"seconds": seconds, "effect": effect}))


main()
