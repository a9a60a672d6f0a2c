#include "run/stub_engine.h"

#include <unistd.h>

#include <filesystem>

#include "compose/compose.h"
#include "config/yaml_document.h"
#include "leakprobe/host/workbench.h"
#include "leakprobe/ops.h"
#include "plugin/registry.h"
#include "plugin/staging.h"
#include "run/runner.h"

namespace leakprobe::run_test {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kTokens = 5;

SetFacts set(const std::string& name, std::optional<int64_t> size,
             Role::Kind role = Role::Kind::ordinary) {
  SetFacts facts;
  facts.name = name;
  facts.size = size;
  facts.role.kind = role;
  facts.distribution = "words";
  return facts;
}

class Words final : public Task {
 public:
  struct Options {
    std::vector<std::string> protect;
    static void declare(Schema<Options>& schema) {
      schema.field("protect", &Options::protect, kAny, "Sets that are never positive targets.");
    }
  };
  static TaskFacts facts(const Options& options) {
    TaskFacts facts;
    facts.sets = {set("fresh", std::nullopt), set("taught", 6),
                  set("secret", 4, Role::Kind::never_positive),
                  set("control", std::nullopt, Role::Kind::control)};
    for (SetFacts& each : facts.sets) {
      for (const std::string& name : options.protect) {
        if (each.name == name) each.role.kind = Role::Kind::never_positive;
      }
    }
    facts.prefixes = {"near", "far"};
    facts.chance = -2.3;
    facts.longest_row = kTokens;
    facts.token_limit = 10;
    return facts;
  }
  Words(const Options&, const Context&) { script().made(Kind::task); }
  Row row(const RowRequest& request, Random random) const override {
    Row row = script().row(request);
    for (int64_t& token : row.tokens) {
      if (token == 0) token = static_cast<int64_t>(random.below(10));
    }
    return row;
  }
};

class Scripted final : public Objective {
 public:
  using Options = NoOptions;
  static ObjectiveFacts facts(const Options&) { return script().facts; }
  Scripted(const Options&, const Context&) { script().made(Kind::objective); }
  Loss evaluate(const Columns& columns) const override { return script().evaluate(columns); }
  double count(const Columns& columns) const override {
    return script().count ? script().count(columns) : Objective::count(columns);
  }
};

class Judged final : public Reward {
 public:
  using Options = NoOptions;
  static RewardFacts facts(const Options&) { return script().reward_facts; }
  Judged(const Options&, const Context&) { script().made(Kind::reward); }
  double of(const Completion& completion) const override { return script().reward(completion); }
};

class Up final : public Objective {
 public:
  using Options = NoOptions;
  static ObjectiveFacts facts(const Options&) {
    ObjectiveFacts facts;
    facts.columns = {{"rows", Sign::positive}};
    return facts;
  }
  Up(const Options&, const Context&) {}
  Loss evaluate(const Columns& columns) const override {
    return {-columns.at("rows").policy_sum().sum(), {}};
  }
};

class Train final : public Phase {
 public:
  struct TermOptions {
    Slot<Objective> objective{"scripted"};
    Stream rows;
    double weight = 1.0;
    static void declare(Schema<TermOptions>& schema) {
      schema.field("objective", &TermOptions::objective, kAny, "What is minimised.");
      schema.required("rows", &TermOptions::rows, kAny, "What is trained on.");
      schema.field("weight", &TermOptions::weight, kAny, "Factor.");
    }
  };
  struct Options {
    Named<TermOptions> terms;
    static void declare(Schema<Options>& schema) {
      schema.required("terms", &Options::terms, kAny, "The terms.");
    }
  };
  explicit Train(const Options& options) : options_(options) { script().made(Kind::phase); }
  Plan plan(const PlanContext&) const override {
    Plan plan;
    for (const auto& [name, term] : options_.terms) {
      plan.terms.push_back({name, term.objective, term.rows, {}, term.weight, {}});
    }
    script().gates(plan.gates);
    return plan;
  }

 private:
  Options options_;
};

class Look final : public Probe {
 public:
  using Options = NoOptions;
  static constexpr bool kIsDefault = true;
  Look(const Options&, const Context&) { script().made(Kind::probe); }
  std::vector<ProbeValue> measure(ProbedModel& model,
                                  const std::vector<ProbeCell>& cells) const override {
    return script().measure(model, cells);
  }
};

class Choosing final : public Freezing {
 public:
  using Options = NoOptions;
  static constexpr bool kIsDefault = true;
  Choosing(const Options&, const Context&) { script().made(Kind::freezing); }
  std::vector<bool> trainable(std::span<const ParameterInfo> parameters, int64_t) const override {
    return script().trainable(parameters.size());
  }
};

class Descent final : public Optimizer {
 public:
  using Options = NoOptions;
  static constexpr bool kIsDefault = true;
  Descent(const Options&, const Context&) { script().made(Kind::optimizer); }
  double learning_rate() const override { return script().rate(); }
  double clip_norm() const override { return script().clip_norm(); }
  void step(std::vector<Trained>& parameters, double rate, double gradient_scale) override {
    script().update(parameters, rate, gradient_scale);
  }
  TensorsByName state() const override { return script().state(); }
  void restore(const TensorsByName& state) override { script().restore(state); }
};

class Flat final : public Schedule {
 public:
  using Options = NoOptions;
  static constexpr bool kIsDefault = true;
  Flat(const Options&, const Context&) { script().made(Kind::schedule); }
  double factor(int64_t step, int64_t) const override { return script().factor(step); }
};

/// Hands its records to the test.
std::vector<Value>& records() {
  static std::vector<Value> records;
  return records;
}

class Drain final : public Sink {
 public:
  using Options = NoOptions;
  static constexpr bool kIsDefault = true;
  static SinkFacts facts(const Options&) { return {script().file}; }
  Drain(const Options&, const Context&) { script().made(Kind::sink); }
  std::string beginning() override { return script().beginning(); }
  std::string write(const Value& record) override {
    script().write(record);
    records().push_back(record);
    return script().bytes;
  }
};

class Tiny final : public Model {
 public:
  struct Options {
    int64_t width = 4;
    static void declare(Schema<Options>& schema) {
      schema.field("width", &Options::width, at_least(1), "Width.");
    }
  };
  static constexpr const char* kModelType = "tiny";
  static ModelFacts facts(const Options& options) { return {options.width, 1, 64}; }
  static std::vector<ModelShape<Options>> shapes() { return {}; }
  static FileKeys config_keys() {
    return FileKeys().only_where<Options>(
        {"strict"},
        [](const Value&, const Options&) {
          script().converts();
          return true;
        },
        "true");
  }
  static Value to_config(const Options&) {
    script().converts();
    return Value::map();
  }
  Tiny(const Options& options, ModelBuilder& builder) {
    script().made(Kind::model);
    const int64_t vocabulary = builder.vocab_size();
    const auto matrix = [&](const char* name, Part part) {
      return builder.parameter({{name, {vocabulary, options.width}, -1, part, ""}, {0.5, 0}});
    };
    embedding_ = matrix("embedding", Part::embedding);
    head_ = matrix("head", Part::head);
  }
  torch::Tensor blocks(const ForwardContext& forward, const torch::Tensor& tokens) const override {
    const torch::Tensor states = ops::embedding(forward, tokens, embedding_);
    return script().hidden ? script().hidden(states) : states;
  }
  torch::Tensor final_norm(const ForwardContext&, const torch::Tensor& x) const override {
    return x;
  }
  Head head() const override { return script().head({head_, {}}); }

 private:
  torch::Tensor embedding_, head_;
};

}  // namespace

const Registry& registry() {
  static const Registry registry = [] {
    StagingRegistrar staging;
    Registrar& registrar = staging;
    registrar.add<Tiny>("tiny", "A model.");
    registrar.add<Words>("words", "A task.");
    registrar.add<Scripted>("scripted", "What the test says.");
    registrar.add<Up>("up", "More likely.");
    registrar.add<Judged>("judged", "A reward.");
    registrar.add<Train>("train", "Training.");
    registrar.add<Look>("look", "A probe.");
    registrar.add<Choosing>("none", "A policy.");
    registrar.add<Descent>("adamw", "An optimizer.");
    registrar.add<Flat>("warmup_cosine", "A schedule.");
    registrar.add<Drain>("jsonl", "A sink.");
    Registry made;
    made.add(std::move(staging).take());
    return made;
  }();
  return registry;
}

namespace {

/// A folder for the runs of this process, deleted at its end.
const fs::path& folder() {
  struct Folder {
    fs::path path = fs::temp_directory_path() / ("stub-engine-" + std::to_string(::getpid()));
    ~Folder() {
      std::error_code ignored;
      fs::remove_all(path, ignored);
    }
  };
  static const Folder folder;
  return folder.path;
}

// The answers of good plugins.

Row good_row(const RowRequest&) {
  Row row;
  row.tokens.assign(kTokens, 0);  // drawn by the task
  row.scored = {0, 1, 1, 1, 1};
  row.secret = {1, kTokens};
  return row;
}

double first_token(const Completion& completion) {
  return static_cast<double>(completion.tokens.front());
}

Loss preference(const Columns& columns) {
  const torch::Tensor gap = columns.at("a").policy_sum() - columns.at("b").policy_sum();
  return {-at::log_sigmoid(gap).sum(), {{"gap", gap.detach().sum()}}};
}

std::vector<ProbeValue> first_tokens(ProbedModel& model, const std::vector<ProbeCell>& cells) {
  std::vector<ProbeValue> values;
  for (const ProbeCell& cell : cells) {
    ProbeValue value{cell.cell, 0, {}};
    for (const Row& row : cell.rows) {
      value.items.push_back(model.score({&row}).front().front());
      value.value += value.items.back() / static_cast<double>(cell.rows.size());
    }
    values.push_back(std::move(value));
  }
  return values;
}

void descend(std::vector<Trained>& parameters, double rate, double gradient_scale) {
  const at::NoGradGuard no_gradients;
  for (Trained& parameter : parameters) {
    parameter.value.sub_(parameter.gradient, rate * gradient_scale);
  }
}

}  // namespace

Script::Script()
    : row(good_row),
      evaluate(preference),
      reward(first_token),
      measure(first_tokens),
      trainable([](size_t parameters) { return std::vector<bool>(parameters, true); }),
      update(descend),
      state([] { return TensorsByName(); }) {
  facts.columns = {{"a", Sign::positive}, {"b", Sign::negative}};
  facts.metrics = {"gap"};
}

Script& script() {
  static Script script;
  return script;
}

std::vector<double> Ran::metric(const std::string& term, const std::string& name) const {
  std::vector<double> values;
  for (const Value& record : records) {
    if (record.find("record")->as_string() != "step") continue;
    const Value* value = record.find("terms")->find(term)->find(name);
    if (value != nullptr) values.push_back(value->as_number());
  }
  return values;
}

Composition composed(const std::string& phases, const std::string& more) {
  std::string text;
  for (const std::string line :
       {"name: stubs\n", "threads: 1\n", "batch: 4\n", "model: {type: tiny}\n",
        "task: {type: words}\n", "sinks: [{type: jsonl}]\n"}) {
    const std::string key = line.substr(0, line.find(':') + 1);
    if (("\n" + more).find("\n" + key) == std::string::npos) text += line;
  }
  text += more + "phases:\n" + phases;
  Diagnostics diagnostics;
  YamlBudget budget;
  const auto document = parse_yaml(text, "e.yaml", diagnostics, budget);
  std::optional<Composition> composition;
  if (document) composition = compose(*document, registry(), diagnostics);
  if (!composition) throw host::InvalidExperiment(diagnostics.sorted());
  return *std::move(composition);
}

namespace {

/// What becomes of a run of what `compose` gives.
Ran run(const std::function<Composition()>& compose, const fs::path& out, bool resume) {
  Ran ran;
  records().clear();
  try {
    const Composition composition = compose();
    host::RunOptions options;
    options.out = out;
    options.resume = resume;
    options.fresh = !resume;
    const host::RunOutcome outcome = run_experiment(composition, registry(), options);
    ran.result = outcome.result;
  } catch (const std::exception& failure) {
    ran.failure = failure.what();
  } catch (...) {
    ran.failure = "what no guard caught";
  }
  ran.records = records();
  return ran;
}

}  // namespace

Ran run(const std::string& phases, const std::string& more, bool resume) {
  return run([&] { return composed(phases, more); }, run_folder(), resume);
}

Ran run(const Composition& composition, const std::string& folder, bool resume) {
  return run([&] { return composition; }, run_folder(folder), resume);
}

fs::path run_folder(const std::string& name) { return folder() / name; }

std::string learn(int64_t steps) {
  return "  - name: learn\n    type: train\n    steps: " + std::to_string(steps) +
         "\n    terms: {pairs: {rows: {a: {set: taught, prefix: near, repeat: 4}, b: {set: fresh, "
         "prefix: far}, order: given}}}\n";
}

}  // namespace leakprobe::run_test
