#include "compose/stub_plugins.h"

#include "config/yaml_document.h"
#include "plugin/staging.h"

namespace leakprobe::compose_test {
namespace {

SetFacts set(const std::string& name, std::optional<int64_t> size,
             Role::Kind role = Role::Kind::ordinary) {
  SetFacts facts;
  facts.name = name;
  facts.size = size;
  facts.role.kind = role;
  return facts;
}

class Words final : public Task {
 public:
  struct Options {
    bool control = true;
    bool broken = false;
    bool sets = true;
    std::vector<std::string> forbidden;
    std::map<std::string, std::vector<std::filesystem::path>> files;
    std::filesystem::path folder;
    bool names = false;
    int64_t taught = 4;
    static void declare(Schema<Options>& schema) {
      schema.field("control", &Options::control, kAny, "Whether there is a control set.");
      schema.field("broken", &Options::broken, kAny, "Whether asking for facts fails.");
      schema.field("sets", &Options::sets, kAny, "Whether its facts name its sets.");
      schema.field("forbidden", &Options::forbidden, kAny, "Prefixes forbidden to secret.");
      schema.field("files", &Options::files, kAny, "Files by any name.");
      schema.field("folder", &Options::folder, kAny, "A folder of files.");
      schema.field("names", &Options::names, kAny, "Whether the facts name a.txt in the folder.");
      schema.field("taught", &Options::taught, kAny, "Rows of taught.");
    }
  };
  static TaskFacts facts(const Options& options) {
    if (options.broken) throw Error("words.txt: there is no such file");
    TaskFacts facts;
    facts.sets = {set("fresh", std::nullopt), set("taught", options.taught),
                  set("secret", 4, Role::Kind::never_positive), set("pairs", 6)};
    facts.sets[2].role.prefixes = options.forbidden;
    facts.sets[3].columns = {"chosen", "rejected"};
    if (options.control) facts.sets.push_back(set("control", std::nullopt, Role::Kind::control));
    facts.prefixes = {"near", "far"};
    if (!options.sets) facts.sets.clear();
    facts.longest_row = 8;
    facts.token_limit = 10;
    if (options.names) facts.files = {options.folder / "a.txt"};
    return facts;
  }
  Words(const Options&, const Context&) {}
  Row row(const RowRequest&, Random) const override { return {}; }
};

template <Sign sign>
class OneColumn final : public Objective {
 public:
  using Options = NoOptions;
  static ObjectiveFacts facts(const Options&) {
    ObjectiveFacts facts;
    facts.columns = {{"text", sign}};
    facts.metrics = {"mass"};
    return facts;
  }
  OneColumn(const Options&, const Context&) {}
  Loss evaluate(const Columns&) const override { return {}; }
};

class Prefer final : public Objective {
 public:
  struct Options {
    double beta = 0.5;
    static void declare(Schema<Options>& schema) {
      schema.field("beta", &Options::beta, above(0.0), "Strength.");
    }
  };
  static ObjectiveFacts facts(const Options&) {
    ObjectiveFacts facts;
    facts.columns = {{"chosen", Sign::positive}, {"rejected", Sign::negative}};
    facts.needs_reference = true;
    return facts;
  }
  Prefer(const Options&, const Context&) {}
  Loss evaluate(const Columns&) const override { return {}; }
};

class Gain final : public Objective {
 public:
  struct Options {
    Advantages::Baseline baseline = Advantages::Baseline::leave_one_out;
    Advantages::Scale scale = Advantages::Scale::none;
    static void declare(Schema<Options>& schema) {
      schema.field("baseline", &Options::baseline, kAny, "What is taken off.");
      schema.field("scale", &Options::scale, kAny, "What is divided by.");
    }
  };
  static ObjectiveFacts facts(const Options& options) {
    ObjectiveFacts facts;
    facts.columns = {{"rows", Sign::both}};
    facts.advantages = Advantages{options.baseline, options.scale};
    return facts;
  }
  Gain(const Options&, const Context&) {}
  Loss evaluate(const Columns&) const override { return {}; }
};

class Train final : public Phase {
 public:
  struct TermOptions {
    Slot<Objective> objective{"up"};
    Stream rows;
    WeightsRef reference;
    double weight = 1.0;
    std::optional<int64_t> batch;
    static void declare(Schema<TermOptions>& schema) {
      schema.field("objective", &TermOptions::objective, kAny, "What is minimised.");
      schema.required("rows", &TermOptions::rows, kAny, "What is trained on.");
      schema.field("reference", &TermOptions::reference, kAny, "What is compared with.");
      schema.field("weight", &TermOptions::weight, kAny, "Factor.");
      schema.field("batch", &TermOptions::batch, at_least(int64_t{1}), "Items a step.");
    }
  };
  struct Options {
    Named<TermOptions> terms;
    bool broken = false;
    static void declare(Schema<Options>& schema) {
      schema.required("terms", &Options::terms, kAny, "The terms.");
      schema.field("broken", &Options::broken, kAny, "Whether planning fails.");
    }
  };
  explicit Train(const Options& options) : options_(options) {}
  Plan plan(const PlanContext&) const override {
    if (options_.broken) throw std::runtime_error("no plan today");
    Plan plan;
    for (const auto& [name, term] : options_.terms) {
      plan.terms.push_back(
          {name, term.objective, term.rows, term.reference, term.weight, term.batch});
    }
    Measurement low;
    low.name = "low";
    low.measure = "size";
    low.cells = {{"taught", "far"}};
    low.minus.kind = Minus::Kind::control;
    low.bound = Bound{Bound::Kind::below, -1};
    Measurement chance = low;
    chance.name = "agreed";
    chance.minus.kind = Minus::Kind::chance;
    plan.gates = {low, chance};
    return plan;
  }

 private:
  Options options_;
};

class Look final : public Phase {
 public:
  using Options = NoOptions;
  explicit Look(const Options&) {}
  Plan plan(const PlanContext&) const override { return {}; }
};

class Size final : public Probe {
 public:
  static constexpr bool kIsDefault = true;
  using Options = NoOptions;
  static ProbeFacts facts(const Options&) { return {}; }
  Size(const Options&, const Context&) {}
  std::vector<ProbeValue> measure(ProbedModel&, const std::vector<ProbeCell>&) const override {
    return {};
  }
};

/// Compares with the control.
class Beside final : public Probe {
 public:
  using Options = NoOptions;
  static ProbeFacts facts(const Options&) {
    return {.log_probability = false, .needs_control = true};
  }
  Beside(const Options&, const Context&) {}
  std::vector<ProbeValue> measure(ProbedModel&, const std::vector<ProbeCell>&) const override {
    return {};
  }
};

class Nothing final : public Freezing {
 public:
  static constexpr bool kIsDefault = true;
  using Options = NoOptions;
  Nothing(const Options&, const Context&) {}
  std::vector<bool> trainable(std::span<const ParameterInfo> parameters, int64_t) const override {
    return std::vector<bool>(parameters.size(), true);
  }
};

template <bool is_default>
class Descent final : public Optimizer {
 public:
  static constexpr bool kIsDefault = is_default;
  struct Options {
    double lr = 0.1;
    double decay = 0.0;
    static void declare(Schema<Options>& schema) {
      schema.field("lr", &Options::lr, above(0.0), "Learning rate.");
      schema.field("decay", &Options::decay, at_least(0.0), "Weight decay.");
    }
  };
  Descent(const Options&, const Context&) {}
  double learning_rate() const override { return 0; }
  double clip_norm() const override { return 0; }
  void step(std::vector<Trained>&, double, double) override {}
  std::vector<std::pair<std::string, torch::Tensor>> state() const override { return {}; }
  void restore(const std::vector<std::pair<std::string, torch::Tensor>>&) override {}
};

class Flat final : public Schedule {
 public:
  static constexpr bool kIsDefault = true;
  using Options = NoOptions;
  Flat(const Options&, const Context&) {}
  double factor(int64_t, int64_t) const override { return 1; }
};

class Drain final : public Sink {
 public:
  static constexpr bool kIsDefault = true;
  using Options = NoOptions;
  Drain(const Options&, const Context&) {}
  std::string write(const Value&) override { return ""; }
};

class Worth final : public Reward {
 public:
  struct Options {
    std::vector<std::string> rows = {"secret"};
    double hit = -1;
    static void declare(Schema<Options>& schema) {
      schema.field("rows", &Options::rows, kAny, "Whose secrets.");
      schema.field("hit", &Options::hit, kAny,
                   "What they are worth, at 0 nobody knows; other text is worth 0.");
    }
  };
  static RewardFacts facts(const Options& options) {
    RewardFacts facts;
    const Sign sign = options.hit < 0   ? Sign::negative
                      : options.hit > 0 ? Sign::positive
                                        : Sign::both;
    for (const std::string& name : options.rows) facts.rows.push_back({name, sign});
    return facts;
  }
  Worth(const Options&, const Context&) {}
  double of(const Completion&) const override { return 0; }
};

class Liked final : public Reward {
 public:
  struct Options {
    WeightsRef by;
    static void declare(Schema<Options>& schema) {
      schema.required("by", &Options::by, kAny, "Whose model judges.");
    }
  };
  static RewardFacts facts(const Options& options) {
    RewardFacts facts;
    facts.model = options.by;
    return facts;
  }
  Liked(const Options&, const Context&) {}
  double of(const Completion&) const override { return 0; }
};

class Net final : public Model {
 public:
  struct Options {
    int64_t width = 4;
    int64_t positions = 8;
    static void declare(Schema<Options>& schema) {
      schema.field("width", &Options::width, at_least(int64_t{1}), "Width.");
      schema.field("positions", &Options::positions, at_least(int64_t{1}), "Longest row.");
    }
  };
  static constexpr const char* kModelType = "net";
  static ModelFacts facts(const Options& options) { return {options.width, 1, options.positions}; }
  static std::vector<ModelShape<Options>> shapes() { return {{"net-wide", {64, 32}, 100}}; }
  static FileKeys config_keys() { return FileKeys::config(); }
  static Value to_config(const Options&) { return Value::map(); }
  Net(const Options&, ModelBuilder&) {}
  torch::Tensor blocks(const ForwardContext&, const torch::Tensor&) const override { return {}; }
  torch::Tensor final_norm(const ForwardContext&, const torch::Tensor&) const override {
    return {};
  }
  Head head() const override { return {}; }
};

void register_stubs(Registrar& registrar) {
  registrar.add<Net>("net", "A model.");
  registrar.add<Words>("words", "A task.");
  registrar.add<OneColumn<Sign::positive>>("up", "Up.");
  registrar.add<OneColumn<Sign::negative>>("down", "Down.");
  registrar.add<OneColumn<Sign::both>>("either", "Either.");
  registrar.add<OneColumn<Sign::none>>("look", "Looks.");
  registrar.add<Prefer>("prefer", "A preference.");
  registrar.add<Gain>("gain", "On rollouts.");
  registrar.add<Train>("train", "Training.");
  registrar.add<Look>("look", "Looking.");
  registrar.add<Size>("size", "A probe.");
  registrar.add<Beside>("beside", "A probe that compares with the control.");
  registrar.add<Nothing>("none", "Freezes nothing.");
  registrar.add<Descent<true>>("descent", "An optimizer.");
  registrar.add<Descent<false>>("other", "Another optimizer.");
  registrar.add<Flat>("flat", "A schedule.");
  registrar.add<Drain>("drain", "A sink.");
  registrar.add<Worth>("worth", "A reward.");
  registrar.add<Liked>("liked", "A reward by a model.");
}

}  // namespace

const Registry& stub_registry() {
  static const Registry registry = [] {
    StagingRegistrar registrar;
    register_stubs(registrar);
    Registry made;
    made.add(std::move(registrar).take());
    return made;
  }();
  return registry;
}

std::optional<Composition> composed(const std::string& text, Diagnostics& diagnostics) {
  YamlBudget budget;
  const std::optional<Value> document = parse_yaml(text, "e.yaml", diagnostics, budget);
  if (!document) return std::nullopt;
  return compose(*document, stub_registry(), diagnostics);
}

std::string errors_of(const std::string& text) {
  Diagnostics diagnostics;
  const auto composition = composed(text, diagnostics);
  std::string errors;
  for (Diagnostic diagnostic : diagnostics.sorted()) {
    diagnostic.hint.clear();
    errors += diagnostic.text() + "\n";
  }
  if (errors.empty() != composition.has_value()) errors += "but there is a composition\n";
  return errors;
}

std::string experiment(const std::string& phases, const std::string& more) {
  return "model: {type: net}\ntask: {type: words}\n" + more + "phases:\n" + phases;
}

}  // namespace leakprobe::compose_test
