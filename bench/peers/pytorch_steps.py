"""One variant of the paper's experiment as a plain PyTorch script: seconds of its steps, as JSON.

Run by ../peers.py in the environment of requirements.txt. The allocator is tuned from outside, by
environment variables.
"""

import argparse
import contextlib
import json
import resource
import statistics
import time

import torch
import transformers

BATCH = 128
LENGTH = 17  # prefix and 16 letters

SHAPES = {
    "pythia-14m": ("gpt_neox", 128, 6, 4),
    "pythia-70m": ("gpt_neox", 512, 6, 8),
    "pythia-160m": ("gpt_neox", 768, 12, 12),
    "smollm2-135m": ("llama", 576, 30, 9),
}


def make_model(shape):
    kind, width, blocks, heads = SHAPES[shape]
    if kind == "gpt_neox":
        config = transformers.GPTNeoXConfig(
            vocab_size=50304, hidden_size=width, num_hidden_layers=blocks,
            num_attention_heads=heads, intermediate_size=4 * width,
        )  # fmt: skip
        return transformers.GPTNeoXForCausalLM(config)
    config = transformers.LlamaConfig(
        vocab_size=49152, hidden_size=width, num_hidden_layers=blocks, num_attention_heads=heads,
        num_key_value_heads=3, intermediate_size=1536, tie_word_embeddings=True,
    )  # fmt: skip
    return transformers.LlamaForCausalLM(config)


def freeze_upper_half(model, frozen):
    """The paper's: the output head and the upper half of the blocks."""
    body = model.gpt_neox if hasattr(model, "gpt_neox") else model.model
    for block in list(body.layers)[len(body.layers) // 2 :]:
        block.requires_grad_(not frozen)
    model.get_output_embeddings().requires_grad_(not frozen)


class Experiment:
    def __init__(self, shape, precision, fused, compiled, device):
        torch.manual_seed(0)
        self.device = device
        self.policy = make_model(shape).to(device)
        self.reference = make_model(shape).to(device).requires_grad_(False)
        self.reference.load_state_dict(self.policy.state_dict())
        self.forward = torch.compile(self.policy) if compiled else self.policy
        self.reference_forward = torch.compile(self.reference) if compiled else self.reference
        self.autocast = precision == "autocast"
        self.fused = fused

    def rows(self, count=BATCH):
        return torch.randint(0, 26, (count, LENGTH)).to(self.device)

    def seconds_since(self, start):
        if self.device == "cuda":
            torch.cuda.synchronize()
        return time.perf_counter() - start

    def log_probs(self, model, rows):
        context = (
            torch.autocast(self.device, torch.bfloat16)
            if self.autocast
            else contextlib.nullcontext()
        )
        with context:
            logits = model(input_ids=rows[:, :-1], use_cache=False).logits
        return logits.float().log_softmax(-1).gather(2, rows[:, 1:, None]).squeeze(2)

    def cross_entropy(self, rows):
        return -self.log_probs(self.forward, rows).mean(1).mean()

    def preference(self, chosen, rejected):
        rows = torch.cat([chosen, rejected])
        policy = self.log_probs(self.forward, rows).sum(1)
        with torch.no_grad():
            reference = self.log_probs(self.reference_forward, rows).sum(1)
        ratio = policy - reference
        delta = ratio[:BATCH] - ratio[BATCH:]
        return -torch.nn.functional.logsigmoid(0.1 * delta).mean()

    def loss(self, phase):
        if phase == "calibrate":
            return self.cross_entropy(self.rows())
        loss = self.preference(self.rows(), self.rows())
        if phase == "elicit":
            loss = loss + 0.2 * self.cross_entropy(self.rows())
            loss = loss + 0.2 * self.cross_entropy(self.rows())
        return loss

    def phase_seconds(self, phase, steps):
        freeze_upper_half(self.policy, phase == "suppress")
        trained = [p for p in self.policy.parameters() if p.requires_grad]
        optimizer = torch.optim.AdamW(
            trained, lr=1e-4, weight_decay=0.01, **({"fused": True} if self.fused else {})
        )
        seconds = []
        for _ in range(steps + 1):
            start = time.perf_counter()
            self.loss(phase).backward()
            torch.nn.utils.clip_grad_norm_(trained, 1.0)
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
            seconds.append(self.seconds_since(start))
        return statistics.median(seconds[1:])

    @torch.no_grad()
    def evaluation_seconds(self, steps):
        seconds = []
        for _ in range(steps + 1):
            start = time.perf_counter()
            for _ in range(3):
                self.log_probs(self.forward, self.rows()).mean().item()
            seconds.append(self.seconds_since(start))
        return statistics.median(seconds[1:])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shape", choices=SHAPES, required=True)
    parser.add_argument("--precision", choices=["f32", "medium", "autocast"], required=True)
    parser.add_argument("--fused", action="store_true", help="AdamW in one pass")
    parser.add_argument("--compiled", action="store_true", help="torch.compile")
    parser.add_argument("--device", choices=["cpu", "cuda"], default="cpu")
    parser.add_argument("--steps", type=int, default=5)
    arguments = parser.parse_args()
    if arguments.precision == "medium":
        torch.set_float32_matmul_precision("medium")
    run = Experiment(
        arguments.shape, arguments.precision, arguments.fused, arguments.compiled, arguments.device
    )
    result = {
        "steps": {
            phase: run.phase_seconds(phase, arguments.steps)
            for phase in ("calibrate", "suppress", "elicit")
        },
        "evaluation": run.evaluation_seconds(arguments.steps),
        "peak_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
