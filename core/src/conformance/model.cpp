#include <ATen/ATen.h>

#include <algorithm>
#include <set>

#include "conformance/inputs.h"
#include "conformance/laws.h"
#include "leakprobe/error.h"
#include "model/forward_context.h"
#include "model/key_value_cache.h"
#include "plugin/contract.h"
#include "text/counted.h"
#include "text/quote.h"

namespace leakprobe {
namespace {
namespace model_laws {

constexpr const char* kHeader = "leakprobe/model.h";
constexpr int64_t kVocabulary = 32;
constexpr int64_t kRows = 2;
constexpr int64_t kTokens = 5;

class IrregularBuilder final : public ModelBuilder {
 public:
  torch::Tensor parameter(const ParameterSpec& spec) override {
    int64_t own = 1;
    for (const int64_t size : spec.info.shape) {
      if (size > kMostNumbers) throw_too_large();
      own *= size;
      if (numbers_ + own > kMostNumbers) throw_too_large();
    }
    numbers_ += own;
    specs.push_back(spec);
    parameters.push_back(irregular(spec.info.shape, specs.size(), -0.05, 0.05) + spec.init.mean);
    return parameters.back();
  }
  int64_t vocab_size() const override { return kVocabulary; }

  std::vector<ParameterSpec> specs;
  std::vector<torch::Tensor> parameters;

 private:
  /// A whole model, made and asked a hundred times, would take hours.
  static constexpr int64_t kMostNumbers = int64_t{1} << 20;
  [[noreturn]] static void throw_too_large() {
    throw Error(
        "it has too many parameters to be tried out: give it examples() of small dimensions");
  }
  int64_t numbers_ = 0;
};

/// A model and what it is asked with.
struct Made {
  explicit Made(const Subject& subject)
      : facts(subject.facts_as<ModelFacts>()),
        model(subject.registration.model->make(subject.options, builder)) {}
  const ModelFacts& facts;
  IrregularBuilder builder;
  const std::shared_ptr<Model> model;
  const ForwardContext forward{Compute::float32};

  torch::Tensor hidden(const torch::Tensor& tokens) const { return model->hidden(forward, tokens); }
  /// Whether states have the shape that the laws on their values take.
  bool has_states(const torch::Tensor& hidden, int64_t rows, int64_t tokens) const {
    return fault_of_states("hidden", hidden, rows, tokens, facts.hidden_size).empty();
  }
};

torch::Tensor two_rows() { return torch::arange(kRows * kTokens).reshape({kRows, kTokens}); }

bool near(const torch::Tensor& a, const torch::Tensor& b) {
  return a.sizes() == b.sizes() && torch::allclose(a, b, 1e-4, 1e-5);
}

void ask(Model& model, Answers& answers) {
  const at::NoGradGuard no_gradients;
  const ForwardContext forward(Compute::float32);
  answers.add("hidden", model.hidden(forward, two_rows()));
  const Head head = model.head();
  answers.add("head: the weight", head.weight);
  answers.add("head: the bias", head.bias);
}

void parameters(const Subject& subject, Findings& findings) {
  const at::NoGradGuard no_gradients;
  const Made made(subject);
  std::set<std::string> names;
  for (const ParameterSpec& spec : made.builder.specs) {
    const ParameterInfo& info = spec.info;
    findings.expect(names.insert(info.name).second,
                    "parameter " + info.name + " is declared twice");
    findings.expect(-1 <= info.block && info.block < made.facts.blocks,
                    "parameter " + info.name + " is of a block that is not there");
  }
}

void shapes(const Subject& subject, Findings& findings) {
  const at::NoGradGuard no_gradients;
  findings.expect(subject.facts_as<ModelFacts>().max_positions > 0,
                  "facts: the number of positions is not above 0");
  std::set<std::string> names;
  for (const auto& shape : subject.registration.model->shapes) {
    findings.expect(names.insert(shape.name).second, "shape " + shape.name + " is there twice");
    findings.expect(shape.vocab_size > 0, "shape " + shape.name + " has no vocabulary");
  }
  const Made made(subject);
  findings.expect_none(fault_of(made.model->head(), kVocabulary, made.facts.hidden_size));
  const torch::Tensor hidden = made.hidden(two_rows());
  if (!findings.expect_none(
          fault_of_states("hidden", hidden, kRows, kTokens, made.facts.hidden_size))) {
    return;
  }
  findings.expect(hidden.isfinite().all().item<bool>(), "hidden: not finite");
}

constexpr const char* kNoStates = "hidden gives no states to look at";

void causal(const Subject& subject, Findings& findings) {
  const at::NoGradGuard no_gradients;
  const Made made(subject);
  const torch::Tensor tokens = two_rows();
  const torch::Tensor hidden = made.hidden(tokens);
  if (!made.has_states(hidden, kRows, kTokens)) return findings.pass_over(kNoStates);
  torch::Tensor changed = tokens.clone();
  changed.select(1, kTokens - 1).fill_(kVocabulary - 1);
  const torch::Tensor other = made.hidden(changed);
  findings.expect(near(hidden.slice(1, 0, kTokens - 1), other.slice(1, 0, kTokens - 1)),
                  "hidden: a token changes what stands before it");
}

/// The second row has its first three tokens from the first.
void packs(const Subject& subject, Findings& findings) {
  const at::NoGradGuard no_gradients;
  const Made made(subject);
  const auto layout = c10::make_intrusive<RowLayout>(
      std::vector<RowPath>{{0, kTokens, 0}, {3, kTokens, kTokens}}, 2);
  const torch::Tensor apart = torch::tensor({{0, 1, 2, 3, 4}, {0, 1, 2, 8, 9}}, torch::kInt64);
  const torch::Tensor places = layout->places(torch::kCPU);
  const torch::Tensor packed = made.model->hidden(
      ForwardContext(made.forward, layout), apart.flatten().index_select(0, places).unsqueeze(0));
  const torch::Tensor whole = made.hidden(apart);
  if (!made.has_states(whole, kRows, kTokens)) return findings.pass_over(kNoStates);
  findings.expect(made.has_states(packed, 1, layout->nodes()) &&
                      near(packed.squeeze(0), whole.flatten(0, 1).index_select(0, places)),
                  "hidden: takes something from the shape of tokens, but the engine packs rows");
}

void caches(const Subject& subject, Findings& findings) {
  const at::NoGradGuard no_gradients;
  const Made made(subject);
  const torch::Tensor tokens = two_rows();
  const torch::Tensor whole = made.hidden(tokens);
  if (!made.has_states(whole, kRows, kTokens)) return findings.pass_over(kNoStates);
  KeyValueCache cache(kRows, kTokens);
  const ForwardContext forward(made.forward, cache);
  for (int64_t t = 0; t < kTokens; ++t) {
    cache.begin({0, 1}, {t, t});
    const torch::Tensor one = made.model->hidden(forward, tokens.select(1, t).unsqueeze(0));
    if (!findings.expect(made.has_states(one, 1, kRows) && near(one.squeeze(0), whole.select(1, t)),
                         "hidden: rows that are continued token by token get other states, from "
                         "token " +
                             std::to_string(t) + " on")) {
      return;
    }
  }
}

void marks_blocks(const Subject& subject, Findings& findings) {
  const at::NoGradGuard no_gradients;
  const Made made(subject);
  std::string marked, expected;
  const ForwardContext forward(made.forward, RowLayout::separate(kRows, kTokens),
                               [&](int64_t block, const torch::Tensor& x) {
                                 marked += " " + std::to_string(block);
                                 return x;
                               });
  made.model->blocks(forward, two_rows().reshape({1, kRows * kTokens}));
  for (int64_t i = 0; i < made.facts.blocks; ++i) expected += " " + std::to_string(i);
  findings.expect(marked == expected, "blocks: marks the ends of" +
                                          (marked.empty() ? " no block" : " blocks" + marked) +
                                          " where the model has" + expected);
}

/// A number that depends on all that a model gives.
torch::Tensor total(const Made& made) {
  const torch::Tensor hidden = made.hidden(two_rows());
  const Head head = made.model->head();
  torch::Tensor logits = hidden.flatten(0, 1).matmul(head.weight.t());
  if (head.bias.defined()) logits = logits + head.bias;
  return (logits * irregular(logits.sizes(), 11, -1, 1)).sum();
}

bool can_be_summed(const Made& made) {
  const at::NoGradGuard no_gradients;
  return made.has_states(made.hidden(two_rows()), kRows, kTokens) &&
         fault_of(made.model->head(), kVocabulary, made.facts.hidden_size).empty();
}

void uses_parameters(const Subject& subject, Findings& findings) {
  const Made made(subject);
  if (!can_be_summed(made)) return findings.pass_over(kNoStates);
  for (const torch::Tensor& parameter : made.builder.parameters) parameter.set_requires_grad(true);
  const torch::Tensor sum = total(made);
  if (sum.requires_grad()) sum.backward();
  for (size_t i = 0; i < made.builder.specs.size(); ++i) {
    findings.expect(made.builder.parameters[i].grad().defined(),
                    "parameter " + made.builder.specs[i].info.name +
                        " has no effect: what the builder gave is to be used itself, not a copy");
  }
}

void nothing_frozen_moves(const Subject& subject, Findings& findings) {
  const Made made(subject);
  if (!can_be_summed(made)) return findings.pass_over(kNoStates);
  std::vector<torch::Tensor> before;
  for (size_t i = 0; i < made.builder.parameters.size(); ++i) {
    const torch::Tensor& parameter = made.builder.parameters[i];
    before.push_back(parameter.clone());
    parameter.set_requires_grad(i % 2 == 0);
  }
  const torch::Tensor sum = total(made);
  if (sum.requires_grad()) sum.backward();
  for (size_t i = 0; i < before.size(); ++i) {
    const torch::Tensor& parameter = made.builder.parameters[i];
    const std::string& name = made.builder.specs[i].info.name;
    findings.expect(at::equal(parameter, before[i]), "a pass changes parameter " + name);
    findings.expect(i % 2 == 0 || !parameter.grad().defined(),
                    "parameter " + name + " has a gradient although it is frozen");
  }
}

/// config.json may hold what the options leave to be derived, so it is the fixed point.
void config(const Subject& subject, Findings& findings) {
  const ModelRegistration& model = *subject.registration.model;
  const Value written = model.to_config(subject.options);
  Value config = written;
  config.set("vocab_size", kVocabulary);
  try {
    const FileOptions again =
        read_options(model.config_keys, *subject.registration.parameters, config, "config.json");
    findings.expect(to_json(model.to_config(again.options.get())) == to_json(written),
                    "config_keys: what to_config wrote becomes another config.json");
    for (const std::string& warning : again.warnings) {
      findings.expect(false, "config_keys: of what to_config wrote, " + warning);
    }
  } catch (const Error& error) {
    findings.expect(false,
                    std::string("config_keys: refuses what to_config wrote: ") + error.what());
  }
}

}  // namespace model_laws
}  // namespace

KindKit model_kit() {
  using namespace model_laws;
  return {
      {{{"parameters", "A model declares each parameter once, with the block that it is in.",
         kHeader},
        model_laws::parameters},
       {{"shapes",
         "Hidden states are finite numbers (rows, tokens, width) and the head has a line for each "
         "token; shapes have names of their own and vocabularies.",
         kHeader},
        shapes},
       {{"causal", "What a token gets depends on no token behind it.", "leakprobe/ops.h"}, causal},
       {{"packs",
         "Only the operations of ops.h know how rows lie: rows that share beginnings get the same "
         "states.",
         kHeader},
        packs},
       {{"caches", "Rows that are continued token by token get the states of whole rows.", kHeader},
        caches},
       {{"marks_blocks", "The end of each block is marked by ops::residual, once and in order.",
         kHeader},
        marks_blocks},
       {{"uses_parameters",
         "What the builder gives is the parameter itself, and each has an effect.", kHeader},
        uses_parameters},
       {{"nothing_frozen_moves", "A pass changes no parameter, and a frozen one gets no gradient.",
         "leakprobe/ops.h"},
        model_laws::nothing_frozen_moves},
       {{"config", "Options survive config.json: config_keys reads what to_config writes.",
         kHeader},
        config}},
      [](const Subject& subject) {
        Interview talk;
        talk.make = [&subject](const Context&) -> std::shared_ptr<void> {
          const at::NoGradGuard no_gradients;
          IrregularBuilder builder;
          return subject.registration.model->make(subject.options, builder);
        };
        talk.ask = [](void* instance, Answers& answers) {
          model_laws::ask(*static_cast<Model*>(instance), answers);
        };
        return talk;
      }};
}

}  // namespace leakprobe
