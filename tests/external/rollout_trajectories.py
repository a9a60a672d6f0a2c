#!/usr/bin/env python3
"""Trains on rollouts with PyTorch, for the tests that hold leakprobe's own training against it.

No part of the build or of its tests, which read what it wrote: it needs an environment of its own,

    python3 -m venv /tmp/peers && /tmp/peers/bin/pip install torch transformers safetensors pyyaml
    /tmp/peers/bin/python tests/external/rollout_trajectories.py build/bin/leakprobe

It makes the small model of tests/fixtures/rollouts anew, runs tests/parity/rollouts.yaml with leakprobe,
and takes of that run nothing but the rows: prompts, sampled tokens, and which of them are planted. All
else (rewards, advantages, losses, gradients, AdamW) is computed here in double precision from the formulas
of the plugins' README files, with transformers' model, and goes to one file a phase.
Last written with transformers 5.24.0 and torch 2.15.0.
"""

import json
import pathlib
import shutil
import subprocess
import sys
import tempfile

import torch
import transformers
import yaml
from safetensors.torch import load_file, save_file

ROOT = pathlib.Path(__file__).resolve().parents[2]
EXPERIMENT = ROOT / "tests/parity/rollouts.yaml"
FIXTURES = ROOT / "tests/fixtures/rollouts"
LETTERS = "abcdefghijk"
END = len(LETTERS)  # " ."


# What the experiment is made of.


def make_model():
    """So unevenly initialised that some tokens are likely behind others, and rows end."""
    torch.manual_seed(1)
    config = transformers.GPTNeoXConfig(
        vocab_size=len(LETTERS) + 1,
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=16,
        initializer_range=0.3,
        bos_token_id=None,
        eos_token_id=None,
    )
    model = transformers.GPTNeoXForCausalLM(config)
    shutil.rmtree(FIXTURES / "model", ignore_errors=True)
    model.save_pretrained(FIXTURES / "model")
    (FIXTURES / "model/generation_config.json").unlink(missing_ok=True)


def make_tokenizer():
    words = {"\u0120" + letter: i for i, letter in enumerate(LETTERS)} | {"\u0120.": END}
    byte_level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}
    tokenizer = {
        "version": "1.0",
        "added_tokens": [],
        "normalizer": None,
        "pre_tokenizer": byte_level,
        "post_processor": None,
        "decoder": byte_level,
        "model": {"type": "BPE", "ignore_merges": True, "vocab": words, "merges": []},
    }
    (FIXTURES / "tokenizer.json").write_text(json.dumps(tokenizer) + "\n")


def make_rows():
    """Sets of secrets of 3, 5 and 4 letters behind a prompt of one, four different prompts each."""
    generator = torch.Generator().manual_seed(2)
    rows = {}
    for name, length in [("short", 3), ("long", 5), ("other", 4)]:
        secrets = torch.randint(END, (4, length), generator=generator)
        rows[name] = torch.cat([torch.arange(4).unsqueeze(1), secrets], 1)
    save_file(rows, FIXTURES / "rows.safetensors")


def sampled_rows(program):
    """Of each phase and step, the rows of its batch: tokens, secret, group, planted."""
    with tempfile.TemporaryDirectory() as scratch:
        run = pathlib.Path(scratch) / "run"
        done = subprocess.run(
            [program, "run", str(EXPERIMENT), "--out", str(run), "--quiet"], capture_output=True, text=True
        )
        if done.returncode not in (0, 3):
            sys.exit(f"the run failed:\n{done.stdout}{done.stderr}")
        batches = {}
        for line in (run / "samples.jsonl").read_text().splitlines():
            row = json.loads(line)
            batches.setdefault(row["phase"], {}).setdefault(row["step"], []).append(
                {key: row[key] for key in ("tokens", "secret", "group", "planted")}
            )
    return batches


# Formulas.


def completion(row):
    begin, end = row["secret"]
    return row["tokens"][begin:end]


def reward_of(row, options, secrets):
    tokens = completion(row)
    if options["type"] == "length":
        return options["per_token"] * min(len(tokens), options["at_most"])
    names = options["set"] if isinstance(options["set"], list) else [options["set"]]
    first = options.get("first")
    known = {tuple(secret[:first]) for name in names for secret in secrets[name]}
    return options["hit"] if tuple(tokens[:first]) in known else options["miss"]


def baselined(values, groups, baseline):
    """Values less their baseline: nothing, the batch's mean, their group's, or that of its others."""
    if baseline == "none":
        return values
    if baseline == "batch_mean":
        return values - values.mean()
    same = (groups.unsqueeze(1) == groups.unsqueeze(0)).double()
    sizes = same.sum(1)
    if baseline == "group_mean":
        return values - same @ values / sizes
    alone = sizes == 1
    others = (same @ values - values) / (sizes - alone.double() - 1).clamp_min(1)
    return torch.where(alone, torch.zeros_like(values), values - others)


def group_deviation(values, groups):
    """Over n - 1; of a row that is alone in its group, 0."""
    deviations = torch.zeros_like(values)
    for group in groups.unique():
        own = groups == group
        if own.sum() > 1:
            deviations[own] = values[own].std()
    return deviations


class Batch:
    """Rows of a rollout, padded on the right, with what is known of them at the first step."""

    def __init__(self, rows, rewards, temperature, policy, reference):
        self.rows, self.temperature = rows, temperature
        lengths = [len(row["tokens"]) for row in rows]
        self.tokens = torch.zeros(len(rows), max(lengths), dtype=torch.long)
        self.mask = torch.zeros(len(rows), max(lengths) - 1, dtype=torch.double)
        for i, row in enumerate(rows):
            self.tokens[i, : lengths[i]] = torch.tensor(row["tokens"])
            self.mask[i, row["secret"][0] - 1 : lengths[i] - 1] = 1  # the end is scored, too
        self.planted = torch.tensor([row["planted"] for row in rows]).double()
        self.groups = torch.tensor([row["group"] for row in rows])
        self.rewards = torch.tensor(rewards, dtype=torch.double)
        with torch.no_grad():
            self.old = self.log_probs(policy)
            self.reference = self.log_probs(reference)

    def log_probs(self, model):
        """Of each scored token, 0 elsewhere."""
        logits = model(self.tokens[:, :-1]).logits / self.temperature
        return torch.log_softmax(logits, -1).gather(2, self.tokens[:, 1:, None])[:, :, 0] * self.mask

    def returns(self, kl):
        return self.rewards - kl * (self.old - self.reference).sum(1)


def surrogate(ratio, advantage, low, high):
    """PPO's loss, and where the clipping holds."""
    free, bounded = -ratio * advantage, -ratio.clamp(1 - low, 1 + high) * advantage
    return torch.maximum(free, bounded), (bounded > free).double()


def tapered(batch, log_probs):
    """The weights of rows: those of planted ones fade as they grow unlikelier than under the reference."""
    distance = (log_probs.detach() - batch.reference).sum(1)
    return torch.where(batch.planted > 0, distance.exp().clamp_max(1), torch.ones_like(distance))


def k3(d):
    return (-d).exp() - 1 + d


# Each objective: the advantages of rows, fixed at the first step on a batch, and the loss at any step, with the
# share of rows or tokens that the clipping holds.


class Rloo:
    def __init__(self, options):
        self.kl, self.clip = options["kl"], options["clip"]
        self.by_row, self.taper = options["ratio"] == "row", options.get("taper", False)

    def advantages(self, batch):
        return baselined(batch.returns(self.kl), batch.groups, "leave_one_out")

    def loss(self, batch, log_probs, advantages):
        log_ratio, counted = log_probs - batch.old, batch.mask
        if self.by_row:
            log_ratio, counted = log_ratio.sum(1, keepdim=True), torch.ones(len(batch.rows), 1)
        ratio = log_ratio.clamp(-20, 20).exp()
        losses, clipped = surrogate(ratio, advantages.unsqueeze(1), self.clip, self.clip)
        losses = (losses * counted).sum(1)
        if self.taper:
            losses = losses * tapered(batch, log_probs)
        return losses.mean(), (clipped * counted).sum() / counted.sum()


class Grpo:
    def __init__(self, options):
        self.low, self.high, self.kl = options["clip"], options["clip_high"], options["kl"]

    def advantages(self, batch):
        centred = baselined(batch.rewards, batch.groups, "group_mean")
        return centred / (group_deviation(batch.rewards, batch.groups) + 1e-4)

    def loss(self, batch, log_probs, advantages):
        ratio = (log_probs - batch.old).clamp(-20, 20).exp()
        losses, clipped = surrogate(ratio, advantages.unsqueeze(1), self.low, self.high)
        d = log_probs - batch.reference
        losses = losses + self.kl * k3(d)
        return (losses * batch.mask).sum() / batch.mask.sum(), (clipped * batch.mask).sum() / batch.mask.sum()


class Ppo:
    def __init__(self, options):
        self.kl, self.clip, self.gamma = options["kl"], options["clip"], options["gamma"]
        self.baseline = options["baseline"]

    def advantages(self, batch):
        return baselined(batch.rewards, batch.groups, self.baseline)

    def token_advantages(self, batch, advantages):
        rewards = -self.kl * (batch.old - batch.reference)
        result = torch.zeros_like(rewards)
        for i in range(len(rewards)):
            scored = batch.mask[i].nonzero().flatten().tolist()
            rewards[i, scored[-1]] += batch.rewards[i]
            for at, t in enumerate(scored):
                to_come = sum(self.gamma**n * rewards[i, s] for n, s in enumerate(scored[at:]))
                result[i, t] = to_come - (batch.rewards[i] - advantages[i])
        return result

    def loss(self, batch, log_probs, advantages):
        ratio = (log_probs - batch.old).clamp(-20, 20).exp()
        losses, clipped = surrogate(ratio, self.token_advantages(batch, advantages), self.clip, self.clip)
        return (losses * batch.mask).sum() / batch.mask.sum(), (clipped * batch.mask).sum() / batch.mask.sum()


class Reinforce:
    def __init__(self, options):
        self.kl, self.baseline = options.get("kl", 0), options["baseline"]
        self.side, self.bound = options.get("advantage", "both"), options.get("bound")
        self.kl_samples = options.get("kl_samples", 0)

    def advantages(self, batch):
        return baselined(batch.returns(self.kl), batch.groups, self.baseline)

    def loss(self, batch, log_probs, advantages):
        weights = advantages.clamp_max(0) if self.side == "negative" else advantages
        if self.bound is not None:
            below = (batch.reference - log_probs.detach()).sum(1)
            weights = torch.where((weights < 0) & (below > self.bound), torch.zeros_like(weights), weights)
        loss = -(weights * log_probs.sum(1)).sum()
        sampled = batch.mask * (1 - batch.planted).unsqueeze(1)
        loss = loss + self.kl_samples * (k3(log_probs - batch.reference) * sampled).sum()
        return loss / len(batch.rows), None


OBJECTIVES = {"rloo": Rloo, "grpo": Grpo, "ppo": Ppo, "reinforce": Reinforce}


def metrics_of(batch, log_probs, clipped):
    sampled = batch.mask * (1 - batch.planted).unsqueeze(1)
    below = (batch.reference - log_probs.detach()).sum(1)
    rewards = batch.rewards[batch.planted == 0]
    if not len(rewards):
        rewards = batch.rewards
    metrics = {
        "reward": rewards.mean(),
        "reward_std": rewards.std() if len(rewards) > 1 else torch.zeros(()),
    }
    if batch.planted.sum() > 0:
        metrics["suppression"] = (below * batch.planted).sum() / batch.planted.sum()
    if sampled.sum() > 0:
        metrics["kl"] = ((batch.old - batch.reference) * sampled).sum() / sampled.sum()
        metrics["entropy"] = -(batch.old * sampled).sum() / sampled.sum()
    if clipped is not None:
        metrics["clip_ratio"] = clipped
    return {name: value.item() for name, value in metrics.items()}


# Training.


def load_model():
    return transformers.AutoModelForCausalLM.from_pretrained(
        FIXTURES / "model", dtype=torch.float64, attn_implementation="sdpa"
    ).eval()


def final_log_probs(model, rows):
    """The mean over the scored tokens of each row of each set, behind its prompt."""
    with torch.no_grad():
        return {
            name: torch.log_softmax(model(own[:, :-1]).logits, -1)
            .gather(2, own[:, 1:, None])[:, :, 0]
            .mean(1)
            .tolist()
            for name, own in rows.items()
        }


def train(phase, optimizer_options, batches, rows):
    reuse = phase["rows"]["sample"].get("reuse", 1)
    temperature = phase["rows"]["sample"]["temperature"]
    secrets = {name: own[:, 1:].tolist() for name, own in rows.items()}
    objective = OBJECTIVES[phase["objective"]["type"]](phase["objective"])
    policy, reference = load_model(), load_model()
    optimizer = torch.optim.AdamW(
        policy.parameters(), lr=optimizer_options["lr"], weight_decay=optimizer_options["weight_decay"]
    )
    log = []
    for step in range(len(batches)):
        if step % reuse == 0:
            rewards = [reward_of(row, phase["rows"]["reward"], secrets) for row in batches[step]]
            batch = Batch(batches[step], rewards, temperature, policy, reference)
            advantages = objective.advantages(batch)
            log.append({"rows": [], "steps": []})
            for row, reward, advantage in zip(batch.rows, rewards, advantages.tolist()):
                log[-1]["rows"].append(row | {"reward": reward, "advantage": advantage})
        log_probs = batch.log_probs(policy)
        loss, clipped = objective.loss(batch, log_probs, advantages)
        optimizer.zero_grad()
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(policy.parameters(), 1.0)
        optimizer.step()
        metrics = metrics_of(batch, log_probs, clipped)
        log[-1]["steps"].append({"loss": loss.item(), "grad_norm": norm.item(), "metrics": metrics})
    return {"batches": log, "final": final_log_probs(policy, rows)}


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    program = str(pathlib.Path(sys.argv[1]).resolve())
    torch.set_num_threads(1)
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    make_model()
    make_tokenizer()
    make_rows()
    experiment = yaml.safe_load(EXPERIMENT.read_text())
    batches = sampled_rows(program)
    rows = load_file(FIXTURES / "rows.safetensors")
    for phase in experiment["phases"]:
        result = train(phase, experiment["optimizer"], batches[phase["name"]], rows)
        (FIXTURES / f"{phase['name']}.json").write_text(json.dumps(result) + "\n")


if __name__ == "__main__":
    main()
