#include <ATen/ATen.h>

#include "leakprobe/model_config.h"
#include "leakprobe/ops.h"
#include "leakprobe/plugin.h"

namespace {

using namespace leakprobe;

enum class Fault {
  none,
  parameter_twice,
  head_turned,
  looks_ahead,
  counts_columns,
  one_cache,
  marks_nothing,
  copies,
  moves,
  other_config,
};

/// Two blocks of attention, with one fault.
template <Fault fault>
class Small final : public Model {
 public:
  struct Options {
    int64_t hidden_size = 16;
    static void declare(Schema<Options>& schema) {
      schema.field("hidden_size", &Options::hidden_size, between(int64_t{1}, kLargestDimension),
                   "Width of the residual stream.");
    }
  };
  static constexpr const char* kModelType = "test_small";
  static constexpr int64_t kBlocks = 2;
  static ModelFacts facts(const Options& options) { return {options.hidden_size, kBlocks, 64}; }
  static std::vector<ModelShape<Options>> shapes() { return {}; }
  static FileKeys config_keys() {
    FileKeys keys = FileKeys::config();
    keys.required("hidden_size");
    return keys;
  }
  static Value to_config(const Options& options) {
    Value config = Value::map();
    config.set("model_type", kModelType);
    config.set("hidden_size",
               fault == Fault::other_config ? 2 * options.hidden_size : options.hidden_size);
    return config;
  }

  Small(const Options& options, ModelBuilder& builder) : width_(options.hidden_size) {
    const auto parameter = [&](const std::string& name, std::vector<int64_t> shape, int64_t block,
                               Part part) {
      const torch::Tensor own =
          builder.parameter({{name, std::move(shape), block, part, ""}, {0.02, 0.0}});
      return fault == Fault::copies ? own.clone() : own;
    };
    embedding_ = parameter("embed.weight", {builder.vocab_size(), width_}, -1, Part::embedding);
    for (int64_t i = 0; i < kBlocks; ++i) {
      const std::string name =
          "blocks." + std::to_string(fault == Fault::parameter_twice ? 0 : i) + ".weight";
      blocks_.push_back(parameter(name, {3 * width_, width_}, i, Part::attention));
    }
    norm_ = parameter("norm.weight", {width_}, -1, Part::final_norm);
    head_ = parameter("head.weight", {builder.vocab_size(), width_}, -1, Part::head);
  }

  torch::Tensor blocks(const ForwardContext& forward, const torch::Tensor& tokens) const override {
    torch::Tensor x = ops::embedding(forward, tokens, embedding_);
    if (fault == Fault::counts_columns) {
      x = x + at::arange(tokens.size(1)).reshape({1, -1, 1}) * 0.01;
    }
    if (fault == Fault::moves) {
      const at::NoGradGuard no_gradients;
      embedding_.add_(1e-3);
    }
    for (int64_t i = 0; i < kBlocks; ++i) {
      const torch::Tensor seen =
          ops::rotary_attention(forward, fault == Fault::one_cache ? 0 : i,
                                ops::linear(forward, x, blocks_[static_cast<size_t>(i)]),
                                {2, 2, width_ / 2}, {width_ / 2});
      x = ops::add(forward, x, seen);
      if (fault == Fault::looks_ahead) x = x + x.mean(1, true);
      if (fault != Fault::marks_nothing) x = ops::residual(forward, i, x);
    }
    return x;
  }
  torch::Tensor final_norm(const ForwardContext& forward, const torch::Tensor& x) const override {
    return ops::rms_norm(forward, x, norm_, 1e-5, ops::Norm::final);
  }
  Head head() const override { return {fault == Fault::head_turned ? head_.t() : head_, {}}; }

 private:
  const int64_t width_;
  torch::Tensor embedding_;
  std::vector<torch::Tensor> blocks_;
  torch::Tensor norm_;
  torch::Tensor head_;
};

}  // namespace

LEAKPROBE_PLUGIN(registrar) {
  registrar.add<Small<Fault::none>>("test.small", "It keeps to all laws.");
  registrar.add<Small<Fault::parameter_twice>>("test.parameter_twice", "Two parameters, one name.");
  registrar.add<Small<Fault::head_turned>>("test.head_turned", "Its head is turned round.");
  registrar.add<Small<Fault::looks_ahead>>("test.looks_ahead", "It looks ahead.");
  registrar.add<Small<Fault::counts_columns>>("test.counts_columns", "It counts tokens itself.");
  registrar.add<Small<Fault::one_cache>>("test.one_cache", "Its blocks have one number.");
  registrar.add<Small<Fault::marks_nothing>>("test.marks_nothing", "It marks no block.");
  registrar.add<Small<Fault::copies>>("test.copies", "It copies its parameters.");
  registrar.add<Small<Fault::moves>>("test.moves", "Its passes change it.");
  registrar.add<Small<Fault::other_config>>("test.other_config", "It writes another width.");
}
