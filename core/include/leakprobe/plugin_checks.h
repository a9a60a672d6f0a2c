#pragma once

#include <concepts>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "leakprobe/freezing.h"
#include "leakprobe/model.h"
#include "leakprobe/objective.h"
#include "leakprobe/optimizer.h"
#include "leakprobe/params.h"
#include "leakprobe/phase.h"
#include "leakprobe/probe.h"
#include "leakprobe/reward.h"
#include "leakprobe/schedule.h"
#include "leakprobe/sink.h"
#include "leakprobe/task.h"

/// What must hold of a plugin's class, each said by the compiler in one sentence. The first that
/// does not hold is the only one said.
namespace leakprobe::detail {

/// How many of the kinds a class is derived from.
template <class Plugin>
consteval int count_kinds() {
  return []<class... Interfaces>(std::type_identity<Interfaces>...) {
    return (int{std::is_base_of_v<Interfaces, Plugin>} + ...);
  }(std::type_identity<Model>(), std::type_identity<Task>(), std::type_identity<Objective>(),
         std::type_identity<Freezing>(), std::type_identity<Phase>(), std::type_identity<Probe>(),
         std::type_identity<Optimizer>(), std::type_identity<Schedule>(),
         std::type_identity<Sink>(), std::type_identity<Reward>());
}

template <class Plugin>
consteval bool is_of_one_kind() {
  if constexpr (!requires { sizeof(Plugin); } || !std::is_class_v<Plugin>) {
    static_assert(kNever<Plugin>,
                  "registrar.add<P>(name, doc) takes a class that is defined before it");
    return false;
  } else if constexpr (count_kinds<Plugin>() != 1) {
    static_assert(kNever<Plugin>,
                  "a plugin is derived from the class of its kind, and of one kind only: "
                  "Model, Task, Objective, Freezing, Phase, Probe, Optimizer, Schedule, Sink or "
                  "Reward");
    return false;
  } else if constexpr (!requires { typename Plugin::Interface; }) {
    static_assert(kNever<Plugin>,
                  "a plugin is derived publicly: struct P final : Objective, or "
                  "class P final : public Objective");
    return false;
  } else {
    return true;
  }
}

template <class Plugin>
consteval bool has_options() {
  if constexpr (!requires { typename Plugin::Options; }) {
    static_assert(kNever<Plugin>,
                  "a plugin has a public `struct Options`; without parameters: "
                  "`using Options = NoOptions;`");
    return false;
  } else {
    using Options = typename Plugin::Options;
    if constexpr (!Declared<Options>) {
      static_assert(kNever<Plugin>,
                    "Options declare their parameters in a public "
                    "`static void declare(Schema<Options>& schema)`");
      return false;
    } else if constexpr (!std::is_default_constructible_v<Options> ||
                         !std::is_copy_constructible_v<Options>) {
      static_assert(kNever<Plugin>, "Options can be copied and have a default for each member");
      return false;
    } else {
      return true;
    }
  }
}

template <class Plugin>
concept HasFacts = requires(const typename Plugin::Options& options) {
  { Plugin::facts(options) } -> std::convertible_to<typename Plugin::Interface::Facts>;
};
/// Whether there is something called facts, whatever it is.
template <class Plugin>
concept NamesFacts = requires {
  &Plugin::facts;
};

template <class Plugin>
consteval bool gives_facts() {
  if constexpr (HasFacts<Plugin>) return true;
  constexpr Kind kind = Plugin::Interface::kKind;
  static_assert(HasFacts<Plugin> || kind != Kind::model,
                "a model needs a public `static ModelFacts facts(const Options& options)`");
  static_assert(HasFacts<Plugin> || kind != Kind::task,
                "a task needs a public `static TaskFacts facts(const Options& options)`");
  static_assert(
      HasFacts<Plugin> || kind != Kind::objective,
      "an objective needs a public `static ObjectiveFacts facts(const Options& options)`");
  constexpr bool optional = kind != Kind::model && kind != Kind::task && kind != Kind::objective;
  static_assert(
      HasFacts<Plugin> || !optional || !NamesFacts<Plugin>,
      "facts are a public `static ...Facts facts(const Options& options)` of the plugin's "
      "kind, or left out");
  return optional && !NamesFacts<Plugin>;
}

template <class Plugin>
concept GivesExamples = requires {
  { Plugin::examples() } -> std::convertible_to<std::vector<std::string>>;
};
template <class Plugin>
concept GivesExamplesInFolder = requires(const std::filesystem::path& folder) {
  { Plugin::examples(folder) } -> std::convertible_to<std::vector<std::string>>;
};

/// Whether what is called examples are some.
template <class Plugin>
consteval bool gives_examples() {
  constexpr bool names_some = requires { &Plugin::examples; };
  constexpr bool gives = GivesExamples<Plugin> || GivesExamplesInFolder<Plugin>;
  static_assert(gives || !names_some,
                "examples are a public `static std::vector<std::string> examples()`, one that "
                "takes `const std::filesystem::path& folder`, or left out");
  return gives || !names_some;
}

/// Whether no function of the kind is left without a body.
template <class Plugin>
consteval bool is_whole() {
  constexpr bool whole = !std::is_abstract_v<Plugin>;
  constexpr Kind kind = Plugin::Interface::kKind;
  static_assert(
      whole || kind != Kind::model,
      "a model overrides `torch::Tensor blocks(const ForwardContext&, const torch::Tensor&) "
      "const`, `torch::Tensor final_norm(const ForwardContext&, const torch::Tensor&) const` and "
      "`Head head() const`, exactly so: write override behind each");
  static_assert(whole || kind != Kind::task,
                "a task overrides `Row row(const RowRequest&, Random) const`, exactly so: write "
                "override behind it");
  static_assert(whole || kind != Kind::objective,
                "an objective overrides `Loss evaluate(const Columns&) const`, exactly so: write "
                "override behind it");
  static_assert(whole || kind != Kind::freezing,
                "a freezing policy overrides `std::vector<bool> trainable("
                "std::span<const ParameterInfo>, int64_t) const`, exactly so: write override "
                "behind it");
  static_assert(whole || kind != Kind::phase,
                "a phase overrides `Plan plan(const PlanContext&) const`, exactly so: write "
                "override behind it");
  static_assert(whole || kind != Kind::probe,
                "a probe overrides `std::vector<ProbeValue> measure(ProbedModel&, "
                "const std::vector<ProbeCell>&) const`, exactly so: write override behind it");
  static_assert(whole || kind != Kind::optimizer,
                "an optimizer overrides learning_rate, clip_norm, step, state and restore as "
                "leakprobe/optimizer.h declares them: write override behind each");
  static_assert(whole || kind != Kind::schedule,
                "a schedule overrides `double factor(int64_t step, int64_t steps) const`, exactly "
                "so: write override behind it");
  static_assert(whole || kind != Kind::sink,
                "a sink overrides `std::string write(const Value& record)`, exactly so: write "
                "override behind it");
  static_assert(whole || kind != Kind::reward,
                "a reward overrides `double of(const Completion&) const`, exactly so: write "
                "override behind it");
  return whole;
}

/// Whether nothing hides Objective::count, which would then never be called.
template <class Plugin>
consteval bool counts() {
  if constexpr (std::is_base_of_v<Objective, Plugin>) {
    constexpr bool same = requires {
      static_cast<double (Plugin::*)(const Columns&) const>(&Plugin::count);
    };
    static_assert(same,
                  "an objective's count is `double count(const Columns&) const`, exactly so: write "
                  "override behind it");
    return same;
  } else {
    return true;
  }
}

/// Whether nothing hides Sink::beginning.
template <class Plugin>
consteval bool begins() {
  if constexpr (std::is_base_of_v<Sink, Plugin>) {
    constexpr bool same = requires { static_cast<std::string (Plugin::*)()>(&Plugin::beginning); };
    static_assert(same,
                  "a sink's beginning is `std::string beginning()`, exactly so: write override "
                  "behind it");
    return same;
  } else {
    return true;
  }
}

template <class Plugin>
consteval bool can_be_made() {
  using Options = typename Plugin::Options;
  constexpr Kind kind = Plugin::Interface::kKind;
  if constexpr (!std::is_destructible_v<Plugin>) {
    static_assert(kNever<Plugin>, "a plugin's destructor is public");
    return false;
  } else if constexpr (kind == Kind::model) {
    constexpr bool made = std::is_constructible_v<Plugin, const Options&, ModelBuilder&>;
    static_assert(made, "a model has a public constructor `(const Options&, ModelBuilder&)`");
    return made;
  } else if constexpr (kind == Kind::phase) {
    constexpr bool made = std::is_constructible_v<Plugin, const Options&>;
    static_assert(made, "a phase has a public constructor `explicit P(const Options&)`");
    return made;
  } else {
    constexpr bool made = std::is_constructible_v<Plugin, const Options&, const Context&>;
    static_assert(made, "a plugin has a public constructor `P(const Options&, const Context&)`");
    return made;
  }
}

/// What models have beside the rest; true for the other kinds.
template <class Plugin>
consteval bool reads_models() {
  if constexpr (Plugin::Interface::kKind != Kind::model) {
    return true;
  } else {
    using Options = typename Plugin::Options;
    constexpr bool type = requires {
      { Plugin::kModelType } -> std::convertible_to<std::string_view>;
    };
    static_assert(type,
                  "a model has a public `static constexpr const char* kModelType`, the model_type "
                  "of config.json");
    constexpr bool shapes = requires {
      { Plugin::shapes() } -> std::convertible_to<std::vector<ModelShape<Options>>>;
    };
    static_assert(shapes,
                  "a model has a public `static std::vector<ModelShape<Options>> shapes()`");
    constexpr bool reads = requires {
      { Plugin::config_keys() } -> std::convertible_to<FileKeys>;
    };
    static_assert(reads, "a model has a public `static FileKeys config_keys()`");
    constexpr bool writes = requires(const Options& options) {
      { Plugin::to_config(options) } -> std::same_as<Value>;
    };
    static_assert(writes, "a model has a public `static Value to_config(const Options&)`");
    constexpr bool names_gguf = requires { &Plugin::gguf_keys; }
    || requires { Plugin::kGgufArchitecture; };
    constexpr bool gguf = !names_gguf || requires {
      { Plugin::gguf_keys() } -> std::convertible_to<FileKeys>;
      { Plugin::kGgufArchitecture } -> std::convertible_to<std::string_view>;
    };
    static_assert(gguf,
                  "a model that reads GGUF files has a public `static FileKeys gguf_keys()` and a "
                  "public `static constexpr const char* kGgufArchitecture`");
    return type && shapes && reads && writes && gguf;
  }
}

template <class Plugin>
consteval bool is_plugin() {
  if constexpr (!is_of_one_kind<Plugin>()) {
    return false;
  } else if constexpr (!has_options<Plugin>()) {
    return false;
  } else if constexpr (!gives_facts<Plugin>()) {
    return false;
  } else if constexpr (!gives_examples<Plugin>()) {
    return false;
  } else if constexpr (!is_whole<Plugin>()) {
    return false;
  } else if constexpr (!counts<Plugin>()) {
    return false;
  } else if constexpr (!begins<Plugin>()) {
    return false;
  } else if constexpr (!can_be_made<Plugin>()) {
    return false;
  } else {
    return reads_models<Plugin>();
  }
}

}  // namespace leakprobe::detail
