#include "reference_texts.h"

namespace leakprobe::cli {

const char* const kReferenceIndex = R"md(# Reference

What an experiment's file may say, as the program and its plugins declare it: `leakprobe reference PAGE` prints these
pages, with `--plugin-path` also those of plugins of your own, and `./dev reference` renews them here. To look up one
thing: `leakprobe show phases.optimizer`, `leakprobe show objective/dpo`. To begin with:
[composing an experiment](../composing_experiments.md), [reading results](../reading_results.md),
[troubleshooting](../troubleshooting.md).

[experiment.schema.json](experiment.schema.json) is the same as a JSON Schema (`leakprobe schema`), by which editors
complete and check files as they are written. It is enough that a file says where it lies, seen from itself:

    # yaml-language-server: $schema=../docs/reference/experiment.schema.json

as the examples do; editors with the YAML language server (VS Code with the extension YAML, Neovim, Helix, Emacs) take
it from there. For plugins of your own write `leakprobe schema --plugin-path DIR > experiment.schema.json` beside your
files. [part.schema.json](part.schema.json) is for files that others extend, and
[phase.schema.json](phase.schema.json) for a single phase of these.

)md";

const char* const kReferenceExperiment = R"md(# Experiments

An experiment is one YAML file: a mapping of the keys below. `leakprobe validate FILE` reports every mistake in it,
`leakprobe resolve FILE` prints it with each default and where each value comes from, and both run nothing.

The examples on this page are parts: each stands on top of a whole experiment that it `extends`, such as
[examples/tiny.yaml](../../examples/tiny.yaml). The other pages say what each [kind of plugin](README.md) takes.
)md";

const std::vector<ReferenceTopic>& reference_topics() {
  static const std::vector<ReferenceTopic> topics = {
      {"Values and names",
       {},
       R"md(Files are UTF-8 and at most 1 MiB. They are read strictly, so that nothing means something else than it says:

- Only `true` and `false` are yes and no. `yes`, `on`, `010`, `0x10`, `1_000`, `.inf` and `.nan` are text, and a
  mistake where a number is wanted. Integers are decimal digits without leading zeros; a number has a point or an
  exponent: `0.1`, `1e-4`. What stands in quotes is text.
- A number that is no integer is 0, or from 1e-30 to 1e15 in size: training computes in float32.
- `null` means everywhere: as if the key were not written. Where a file extends another it takes the key away.
- A key stands once in a mapping. Tags, merge keys (`<<`) and further documents are refused; anchors and aliases work.
- A relative path starts from the folder of the file in which it is written; on the command line, from the present one.
- Names (of phases, probes, terms, streams, cases and all else that is called something) become parts of file names:
  1 to 200 bytes that can be seen, without `/`, without a dot or blank at the beginning and a blank at the end. `none`
  stands for rows without a prefix, `initial` for the model before the first phase.
)md"},
      {"Files that extend others",
       {"extends"},
       R"md(`extends:` takes over a file, or several, each on top of those before it, and puts what stands beside it on top of
all. It may stand in any mapping: the file then holds what belongs at that place, such as one phase.

```yaml
extends: paper.yaml
name: my-ablation
optimizer: {lr: 5e-4}
phases:
  - {name: suppress, freeze: {type: none}}
  - {name: elicit, steps: 20, terms: {random: null}}
```

| what lies below | what stands on top | becomes |
|---|---|---|
| a mapping | a mapping | both, key by key |
| a mapping with a `type` | one of another `type` | the upper one: options of the former type are dropped. A phase keeps `name`, `from`, `skip`, `steps`, `batch`, `freeze`, `optimizer` and `schedule`, a probe `name`, `every`, `phases`, `rows`, `sets` and `prefixes` |
| a list whose entries all have a `name`, or a `type` | another such list | both, entry by entry: entries of one name (or type, where there is no name) merge, and a new name is added as the last |
| anything | `null` | nothing: the key is taken away |
| anything else | anything else | the upper one |

So a list of phases, probes, sinks or claims is changed and never replaced: to leave a phase out write `skip: true`
for it, and for phases in another order write a file that extends none. Lists of plain values, such as `sets:`,
`waive:` or `prefix:`, are replaced as a whole. Files may extend files that extend others; a circle is a mistake.
)md"},
      {"The command line",
       {},
       R"md(`run`, `sweep`, `validate`, `resolve` and `rows` take `key=value` behind the file. The key is a path through the
experiment, in which entries of lists go by their names (or by their numbers, from 0, where they have none); the value
is YAML on one line, and is put on top of what is there as `extends` does:

```
leakprobe resolve examples/tiny.yaml seed=1 optimizer.lr=1e-4
leakprobe resolve examples/tiny.yaml phases.suppress.freeze.type=none probes.likelihood.every=4
leakprobe resolve examples/tiny.yaml 'phases=[{name: elicit, steps: 4}]'
leakprobe resolve examples/tiny.yaml phases.elicit.terms.random=null
leakprobe resolve examples/tiny.yaml 'sweep={seed: {range: [0, 1]}}'
```

The third changes one phase and removes none; the fourth takes a term away, as `null` does with every key. A key is
set once: two overrides, or an override and an axis of the sweep, that give it other values are a mistake.
)md"},
      {"A run",
       {"name", "seed", "compute", "device", "threads", "rows_per_pass", "sinks", "checkpoints",
        "plugins"},
       R"md(Results go to `runs/<name>/<digest>-s<seed>`. All random numbers follow from `seed`; the name, threads, sinks and
which checkpoints are kept are no part of what a run is known by. `metrics.jsonl` is written whatever `sinks` says.
`plugins` names libraries of your own, or folders of them, as `--plugin-path` does for one command.

{{checkpoints}}

Sinks:
{{plugins sinks}}

```yaml
seed: 3
compute: bfloat16
sinks: [{type: console, evaluations: all}, {type: csv}]
checkpoints: {keep: phases}
```
)md"},
      {"The model",
       {"model"},
       R"md(`type` is the architecture; its options are dimensions, named as in Hugging Face's config.json.

| form | the model |
|---|---|
| `{type: gpt_neox, path: EleutherAI/pythia-160m}` | pretrained, from the local Hugging Face cache, never from the network; also a folder or a `.gguf` or `.safetensors` file. Dimensions are the files': none may stand beside it |
| `{type: gpt_neox, shape: pythia-14m}` | random weights, dimensions of a well-known model; single ones may be given beside it |
| `{type: gpt_neox, hidden_size: 64, ...}` | random weights, dimensions as written |

Without `path` the model knows the words of the task and nothing else. `tokenizer` gives it a real tokenizer, which
texts of your own need where the task has no vocabulary.

{{model}}

Types:
{{plugins model}}

```yaml
model: {type: gpt_neox, hidden_size: 64, num_hidden_layers: 3, num_attention_heads: 4, intermediate_size: 256}
```
)md"},
      {"The task",
       {"task"},
       R"md(The task makes the rows: it has *sets* of them, *prefixes* that may stand before each row, and a [role](task.md#roles)
for each set. `leakprobe rows FILE` shows rows as the model sees them, with the scored tokens marked.

Types:
{{plugins task}}

```yaml
task: {type: password, length: 8, negatives: 16, held_out: 0.25}
```
)md"},
      {"Plugins in place and by name",
       {"optimizer", "schedule", "objectives", "freezings", "optimizers", "schedules", "rewards"},
       R"md(A mapping with `type:` chooses a plugin, with its options beside it. What several places share has a name under
`objectives:`, `freezings:`, `optimizers:`, `schedules:` or `rewards:`, and text in such a place is that name, so that
one path changes every use. `optimizer:` and `schedule:` need no `type` where the default one is meant.

```yaml
optimizer: {lr: 2e-3}
objectives:
  against: {type: npo, beta: 0.2}
freezings:
  upper: {type: upper_layers, fraction: 0.5}
phases:
  - name: suppress
    objective: against
    pairs: null
    rows: {set: [useful, held_out], prefix: regular, repeat: 4}
    freeze: upper
  - {name: elicit, terms: {dpo: {objective: {type: dpo, beta: 0.1}}}}
```

| under | plugins |
|---|---|
| `objectives` | [objective](objective.md) |
| `freezings` | [freezing](freezing.md) |
| `optimizers`, `optimizer` | [optimizer](optimizer.md) |
| `schedules`, `schedule` | [schedule](schedule.md) |
| `rewards` | [reward](reward.md) |
)md"},
      {"Streams",
       {"streams"},
       R"md(A stream says which rows a term trains on. It stands where it is used (`rows:`, `pairs:`), or under `streams:` with a
name; phases that name one stream see the same rows, each in its own order. Its forms:

| form | what it is |
|---|---|
| `pairs` | text: the name of one under `streams:` |
| `{set: useful, prefix: regular, repeat: 4}` | a *source*: rows of a set of the task behind a prefix |
| `{set: [useful, held_out], prefix: [regular, none]}` | the same of several sets, the rows once behind each prefix |
| `[{set: random, count: 32}, {set: useful, repeat: 4}]` | a list of sources, one after the other |
| `{chosen: {...}, rejected: {...}}` | *columns* for an objective on pairs, each a source or a list of them |
| `{set: train}` | a set of pairs: brings all its columns. `{set: train.rejected}` is one of these, as rows |
| `{sample: {...}, plant: {...}, reward: avoid}` | a *rollout*: rows that the policy makes, beside planted rows of the task |

```yaml
streams:
  one: {set: useful, prefix: regular, repeat: 4}
  some_items: {set: useful, items: [0, 3], prefix: [regular, none], order: given}
  a_list: [{set: random, count: 32}, {set: [useful, held_out], repeat: 4}]
  pairs:
    chosen: {set: random, prefix: regular}
    rejected: {set: [useful, held_out], prefix: regular, repeat: 4}
```

- `repeat` (copies of each row of the set) and `count` (rows in all) give a source an end; without either it goes on
  for as long as the phase. In a list all sources have one of them, or none. Of columns one has an end, and the others
  fill up to it.
- Sets without a size, such as fresh random rows, take `count` and no `repeat` or `items`.
- Rows are shuffled anew for each phase, unless `order: given`.
- The control set is in no stream.

The keys of a source, and of a rollout (`sample`, `reward`, `plant`):

{{streams}}

A rollout needs an objective with `advantages` among its [facts](objective.md#facts). Here `suppress` trains on groups
of eight rows, seven of the policy and one planted:

```yaml
objectives: {against: {type: rloo, kl: 0.02}}
rewards: {avoid: {type: matches, set: [useful, held_out], hit: -1, miss: 0}}
streams:
  rollouts:
    sample: {prefix: regular, tokens: 16, temperature: 1, group: 8, reuse: 1}
    plant: {set: [useful, held_out], repeat: 100, per_group: 1}
    reward: avoid
phases:
  - {name: suppress, type: suppress, objective: against, rows: rollouts, reference: calibrate, batch: 64}
```
)md"},
      {"Phases",
       {"phases", "batch"},
       R"md(Phases run one after the other. Each has a type, the options of that type, and these keys:

{{phases}}

Types:
{{plugins phases}}

A phase is as long as its longest stream that has an end, once through, unless `steps` says otherwise; `batch` counts
the items that each of its terms takes a step, pairs as one. What a phase says under `optimizer:` and `schedule:`
changes single options of the experiment's, or names another type:

```yaml
phases:
  - {name: elicit, steps: 12, batch: 8, optimizer: {lr: 1e-4}, schedule: {type: constant}}
```

### Whose weights

`from:` says from which weights a phase starts, `reference:` with which model an objective compares:

- the name of a phase before it: as that phase left them;
- `initial`: as they were before the first phase;
- `{run: DIR, phase: NAME}`: those of a finished run, which has to have kept them (`checkpoints: {keep: phases}`, or
  `last` for its last phase). What that run did to held-out rows counts here, too.

Without `from` it is the phase before it, without `reference` the weights that the phase itself starts from.

```yaml
phases:
  - {name: benign, type: finetune, from: suppress, rows: {set: random, prefix: regular}, steps: 4}
  - {name: untouched, type: evaluate, from: initial}
```

### Gates

A phase brings gates: what has to hold for its outcome to mean anything. The [types](phase.md) say which, and
`leakprobe resolve` lists those of an experiment. `gates:` gives a gate another bound in one of three forms, and
`waive:` names gates that are measured and reported, but do not decide whether the run is VALID:

```yaml
phases:
  - {name: calibrate, gates: {at_chance: {within: 0.5}}}
  - {name: suppress, gates: {suppressed: {below: -2}}, waive: [control_holds]}
  - {name: elicit, gates: {recovered: {above: 0.5}, margin: {above: -1}}, waive: [margin]}
```

The gate `never_pushed_up` is the engine's: it has no bound to move, and cannot be waived.
)md"},
      {"Probes",
       {"probes"},
       R"md(Probes measure and change nothing. Each measures every set in `sets` behind every prefix in `prefixes`: before the first
phase, after the last step of each, and with `every` in between. What a claim or gate needs beyond that is measured, too.

{{probes}}

Types:
{{plugins probes}}

A part of a set stands as `{set: NAME, items: [from, to]}`, the second number not included, wherever a probe or a claim
names a set:

```yaml
probes:
  - {name: curves, type: likelihood, every: 4, sets: [useful, {set: useful, items: [0, 3]}, control], prefixes: [reverse, none]}
  - {type: exposure, rows: 64, sets: [held_out], phases: [elicit]}
```
)md"},
      {"Claims",
       {"claim", "claims"},
       R"md(A claim is what a run is to find out: a measurement, less something. `claim:` makes one; `claims:` makes several in its
place, each with a `name`, and the first decides how the run ends. The keys of either:

{{claim}}

`measure` is the name or the type of a probe, and `PROBE/NUMBER` one of its further numbers, such as `exposure/low`;
the [probes](probe.md) list theirs under `aggregates`.

| `minus` | what is found out |
|---|---|
| `control` | the set, less the control set behind the same prefix. The default |
| `start` | the set, less the same at the phase's start |
| `chance` | the set, less the level of chance |
| `nothing` | the set as it is measured |
| `{phase: other}` | the set, less the same measurement with other keys: `measure`, `set`, `prefix`, `phase`, `at`, one or several of them |
| `[control, {phase: other}]` | a difference of differences: (set - control) here, less (set - control) there |

With `at: maximum` each side is taken at its own maximum, since a maximum over time is biased upward. In a list no two
entries may change the same key, and neither `chance` nor `nothing` stands in one.

```yaml
claim: {set: held_out, prefix: reverse, phase: elicit, at: end, minus: [control, {phase: suppress}]}
```

```yaml
claim: null
claims:
  - {name: leaks, set: held_out, prefix: reverse, phase: elicit, at: maximum}
  - {name: since, set: held_out, prefix: reverse, phase: elicit, minus: start}
  - {name: half, set: {set: useful, items: [0, 3]}, prefix: reverse, phase: elicit, minus: {set: held_out}}
```
)md"},
      {"Sweeps",
       {"sweep"},
       R"md(`sweep:` varies an experiment: `leakprobe sweep FILE` runs every combination of its axes. An axis has one of three forms:

| axis | cases |
|---|---|
| `optimizer.lr: [1e-3, 2e-3]` | a path as on the [command line](#the-command-line), and its values; `null` is one, too |
| `seed: {range: [0, 4], step: 2}` | integers from the first to the last, both included |
| `arm: {with: {}, without: {...}}` | a name, and named cases, each a part of an experiment that is put on top as `extends` does; it may say `extends` itself |

```yaml
sweep:
  optimizer.lr: [1e-3, 2e-3]
  arm:
    with: {}
    without: {phases: [{name: suppress, freeze: {type: none}}]}
    shorter: {phases: [{name: elicit, steps: 4}]}
  seed: {range: [0, 4], step: 2}
```

These are 18 runs. No two axes may set one key, or a part of what the other sets. `sweep=null` on the command line takes
the sweep away, so that `run` runs the experiment itself; `leakprobe sweep --list` shows all combinations and runs none.
)md"},
  };
  return topics;
}

const std::vector<ReferenceKind>& reference_kinds() {
  static const std::vector<ReferenceKind> kinds = {
      {Kind::model,
       "Models",
       "architectures: hidden states for tokens, from files or from dimensions",
       R"md(`model:` says what is trained; [experiment](experiment.md#the-model) has its forms. These keys are the engine's, in every
model:

{{model}}

All others are dimensions, named as in Hugging Face's config.json. They are for models with random weights; with `path`
they are the files'.
)md",
       {{"hidden_size", "the width of the residual stream"},
        {"blocks", "the number of transformer blocks"},
        {"max_positions", "the longest row, in tokens"}},
       "../../plugins/models/{}/README.md"},
      {Kind::task,
       "Tasks",
       "where rows come from: sets, prefixes, secrets, and the roles of sets",
       R"md(`task:` says where rows come from. A row is tokens of which some are scored; where it holds a secret, it says which part
that is.

## Roles

What training may do with the rows of a set. A task gives its sets roles, and takes others as its option `roles`:

| role | meaning |
|---|---|
| `ordinary` | anything may be done with the rows |
| `never_positive` | no loss may push the rows up, in any phase and behind any prefix |
| `{never_positive: [regular]}` | the same behind these prefixes alone |
| `{never_positive: {prefixes: [regular], from: suppress}}` | from a phase on, in the file's order; each of the two keys may be left out |
| `control` | in no loss at all: what everything is compared with. One set of a task |

```yaml
task: {roles: {held_out: {never_positive: {from: suppress}}, useful: ordinary}}
```

A column of a set of pairs may have a role of its own (`held_out.rejected: never_positive`).
)md",
       {{"sets",
         "its sets by name: how many items each has (fresh: as many as asked for), its role, and "
         "its "
         "columns where an item is several rows"},
        {"prefixes", "what may stand before a row, besides none"},
        {"chance",
         "the mean log-probability of a scored token for a model that memorised nothing, in nats"},
        {"needs_tokenizer", "whether rows are made of text"},
        {"longest_row", "the longest row in tokens; none where the tokenizer decides"}},
       "../../tasks/{}/README.md"},
      {Kind::objective,
       "Objectives",
       "losses: what pushes rows up or down",
       R"md(An objective is a loss, a function of the log-probabilities of rows. It stands at `objective:` of a phase or of one of
its terms, in place or by a name under `objectives:`.

```yaml
objectives:
  against: {type: npo, beta: 0.2}
phases:
  - {name: suppress, objective: against, pairs: null, rows: {set: [useful, held_out], prefix: regular, repeat: 4}}
```

An objective with one column takes plain rows, whatever the column is called; one with several takes a
[stream](experiment.md#streams) with these columns, such as pairs.
)md",
       {{"columns",
         "the columns that its rows have, and which way it pushes each: positive (more likely), "
         "negative, both, or none, which is looked at alone"},
        {"numbers", "numbers that the rows of a column have to have"},
        {"needs_reference", "whether it compares with another model, `reference:`"},
        {"scope",
         "row: a sum over items, which parts of a batch add up to; batch: it needs a step's items "
         "all at once"},
        {"detaches", "whether it takes something of the policy as a constant"},
        {"metrics", "the numbers that it reports at each step"},
        {"advantages",
         "it trains on rollouts: the baseline that is taken off each reward, what it is divided "
         "by, and the weight of the divergence from the reference within the reward"}},
       "../../objectives/{}/README.md"},
      {Kind::freezing,
       "Freezings",
       "which parameters a phase leaves as they are",
       R"md(A freezing says which parameters a phase does not train, at `freeze:` of a phase, in place or by a name under
`freezings:`. What is frozen gets no gradient and no weight decay.

```yaml
phases:
  - {name: suppress, freeze: {type: upper_layers, fraction: 0.5}}
  - {name: elicit, freeze: {type: none}}
```
)md",
       {},
       "../../plugins/freezing/{}/README.md"},
      {Kind::phase,
       "Phases",
       "what is done to the model: terms that are trained, and gates",
       R"md(`phases:` is a list of these, run in the file's order; [experiment](experiment.md#phases) has what they have in common
and how gates are moved and waived. These keys are the engine's, in every phase:

{{phases}}
)md",
       {},
       "../../plugins/phases/{}/README.md"},
      {Kind::probe,
       "Probes",
       "what is measured, and which way more leak lies",
       R"md(`probes:` is a list of these; [experiment](experiment.md#probes) has what they have in common. These keys are the
engine's, in every probe:

{{probes}}
)md",
       {{"unit", "what its values are counted in"},
        {"direction", "which way more leak lies: larger, smaller, or either side of chance"},
        {"log_probability",
         "whether its values are mean log-probabilities, whose differences are also told as a "
         "relative increase"},
        {"chance", "its value where nothing leaks; none where there is no such value"},
        {"axis", "along what each value is measured as well, such as layers"},
        {"needs_control",
         "whether it compares rows with the control's, which the task then has to have"},
        {"aggregates",
         "further numbers, which claims and gates read as `probe/number`; with `is_leak: no` they "
         "tell "
         "of no leak and are in no claim, with `by_rows: yes` they depend on how many rows there "
         "are"}},
       "../../plugins/probes/{}/README.md"},
      {Kind::optimizer,
       "Optimizers",
       "how parameters are changed by their gradients",
       R"md(`optimizer:` of the experiment, and of a phase that changes it, in place or by a name under `optimizers:`.

```yaml
optimizer: {lr: 5e-4, weight_decay: 0}
phases:
  - {name: elicit, optimizer: {lr: 1e-4}}
```
)md",
       {{"state_per_parameter", "numbers that it keeps for each trained one, which take memory"}},
       "../../plugins/optimizers/{}/README.md"},
      {Kind::schedule,
       "Schedules",
       "the learning rate over a phase",
       R"md(`schedule:` of the experiment, and of a phase that changes it, in place or by a name under `schedules:`: a factor of
the optimizer's `lr`, from the first step of each phase to its last.

```yaml
schedule: {warmup: 10}
phases:
  - {name: elicit, schedule: {type: constant}}
```
)md",
       {},
       "../../plugins/schedules/README.md"},
      {Kind::sink,
       "Sinks",
       "where records go besides metrics.jsonl",
       R"md(`sinks:` is a list of these. `metrics.jsonl` is written whatever it says.

```yaml
sinks: [{type: console, evaluations: all}, {type: tensorboard}]
```
)md",
       {{"file", "the file that it keeps in the run's folder"}},
       "../../plugins/sinks/README.md"},
      {Kind::reward,
       "Rewards",
       "what a completion that the policy makes is worth",
       R"md(A reward says what a completion is worth, at `reward:` of a [rollout](experiment.md#streams), in place or by a name under
`rewards:`.

```yaml
rewards:
  avoid: {type: matches, set: [useful, held_out], hit: -1, miss: 0}
```
)md",
       {{"rows",
         "the sets by whose secrets it goes, and whether it gives them more (positive) than other "
         "text or less"},
        {"first_tokens",
         "how many tokens at its beginning make a completion a secret; without it, all"},
        {"needs_text", "whether it reads completions as text, which needs a tokenizer"},
        {"model", "the phase whose weights judge"},
        {"least", "the least that it gives; none where there is no such bound"},
        {"most", "the most that it gives"}},
       "../../rewards/{}/README.md"},
  };
  return kinds;
}

}  // namespace leakprobe::cli
