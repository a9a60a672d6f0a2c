#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <tuple>

#include "format/json.h"
#include "leakprobe/error.h"
#include "leakprobe/tensors.h"
#include "model/checkpoint.h"
#include "model/forward_context.h"
#include "model/head.h"
#include "model/loaded_model.h"
#include "model/model_files.h"
#include "support/run_helpers.h"

/// Models against values that transformers computed for the same weights and tokens.
namespace leakprobe {
namespace {

namespace fs = std::filesystem;
using testing_support::fixture;
using testing_support::fresh_folder;
using testing_support::registry;

LoadedModel load(const fs::path& folder, torch::Device device = torch::kCPU) {
  const ModelFiles files(folder, registry());
  ModelDesign design{&files.architecture(), files.options(), files.vocab_size()};
  design.special_tokens = files.special_tokens();
  return LoadedModel::read(std::move(design), *files.weights(), files.is_gguf(), device);
}

double largest_difference(const torch::Tensor& a, const torch::Tensor& b) {
  const auto exact = [](const torch::Tensor& x) { return x.to(torch::kCPU, torch::kFloat64); };
  return (exact(a) - exact(b)).abs().max().item<double>();
}

/// Log-probabilities (rows, tokens - 1) of all tokens but the first.
torch::Tensor token_logprobs(const LoadedModel& model, const ForwardContext& forward,
                             const torch::Tensor& ids) {
  const torch::Tensor inputs = ids.narrow(1, 0, ids.size(1) - 1).contiguous();
  const torch::Tensor targets = ids.narrow(1, 1, ids.size(1) - 1).reshape({-1});
  return target_logprobs(forward, model.model().hidden(forward, inputs).flatten(0, 1),
                         model.model().head(), targets)
      .view(inputs.sizes());
}

/// A fixture's name and a device.
class Models : public ::testing::TestWithParam<std::tuple<std::string, std::string>> {
 protected:
  Models()
      : folder_(fixture("models") / std::get<0>(GetParam())),
        device_(std::get<1>(GetParam())),
        expected_(TensorFile::open(folder_ / "expected.safetensors")),
        ids_(expected_.read("input_ids").to(device_)),
        model_(load(folder_, device_)) {}

  fs::path folder_;
  torch::Device device_;
  TensorFile expected_;
  torch::Tensor ids_;
  LoadedModel model_;
};

TEST_P(Models, LogitsAreThoseOfTransformers) {
  const at::NoGradGuard no_gradients;
  const ForwardContext forward(Compute::float32);
  const torch::Tensor inputs = ids_.narrow(1, 0, ids_.size(1) - 1).contiguous();
  const torch::Tensor hidden = model_.model().hidden(forward, inputs);
  EXPECT_LT(largest_difference(head_logits(forward, hidden.flatten(0, 1), model_.model().head()),
                               expected_.read("logits").flatten(0, 1)),
            2e-5);
}

TEST_P(Models, LogProbabilitiesLossAndEveryGradientAreThoseOfTransformers) {
  for (const ModelParameter& parameter : model_.parameters()) {
    torch::Tensor value = parameter.value;
    value.set_requires_grad(true);
  }
  const ForwardContext forward(Compute::float32);
  const torch::Tensor values = token_logprobs(model_, forward, ids_);
  EXPECT_LT(largest_difference(values.detach(), expected_.read("token_logprobs")), 2e-5);
  const torch::Tensor loss = -values.mean();
  EXPECT_NEAR(loss.item<double>(), expected_.read("loss").item<double>(), 1e-5);
  loss.backward();
  size_t gradients = 0;
  for (const ModelParameter& parameter : model_.parameters()) {
    const std::string name =
        parameter.info.name == "embed_out.weight" ? "lm_head.weight" : parameter.info.name;
    const torch::Tensor expected = expected_.read("grad." + name);
    ASSERT_TRUE(parameter.value.grad().defined()) << name;
    EXPECT_LT(largest_difference(parameter.value.grad(), expected), 1e-5) << name;
    ++gradients;
  }
  size_t known = 0;
  for (const std::string& name : expected_.names()) known += name.starts_with("grad.") ? 1 : 0;
  EXPECT_EQ(gradients, known);
}

TEST_P(Models, Bfloat16StaysNear) {
  const at::NoGradGuard no_gradients;
  const ForwardContext forward(Compute::bfloat16);
  const torch::Tensor values = token_logprobs(model_, forward, ids_);
  EXPECT_EQ(values.scalar_type(), torch::kFloat32);
  const double difference = largest_difference(values, expected_.read("token_logprobs"));
  EXPECT_LT(difference, 0.3);
  EXPECT_GT(difference, 0.0);
}

TEST_P(Models, CheckpointReadsBackBitForBit) {
  const fs::path folder = fresh_folder("checkpoint") / "model";
  write_checkpoint(model_, folder);
  write_checkpoint(model_, folder);  // replaces what is there
  const LoadedModel again = load(folder, device_);
  ASSERT_EQ(again.parameters().size(), model_.parameters().size());
  for (size_t i = 0; i < again.parameters().size(); ++i) {
    EXPECT_EQ(again.parameters()[i].info.name, model_.parameters()[i].info.name);
    EXPECT_TRUE(at::equal(again.parameters()[i].value, model_.parameters()[i].value));
  }
  EXPECT_TRUE(at::equal(token_logprobs(again, ForwardContext(Compute::float32), ids_),
                        token_logprobs(model_, ForwardContext(Compute::float32), ids_)));
  // Names and keys by which transformers knows what it is.
  const TensorFile written = TensorFile::open(folder / "model.safetensors");
  EXPECT_EQ(written.names(), TensorFile::open(folder_ / "model.safetensors").names());
  EXPECT_EQ(written.metadata().at("format"), "pt");
  const JsonValue config = JsonValue::read(folder / "config.json");
  const JsonValue original = JsonValue::read(folder_ / "config.json");
  for (const char* key : {"model_type", "dtype", "hidden_act"}) {
    EXPECT_EQ(config.get_string(key), original.get_string(key)) << key;
  }
  for (const char* key :
       {"vocab_size", "hidden_size", "intermediate_size", "num_hidden_layers", "eos_token_id"}) {
    EXPECT_EQ(config.get_int(key), original.get_int(key)) << key;
  }
}

TEST_P(Models, SnapshotsBringWeightsBackAndShareNothing) {
  const WeightSnapshot before = model_.snapshot();
  const LoadedModel copy = model_.with_weights(before);
  for (const ModelParameter& parameter : model_.parameters()) {
    torch::Tensor value = parameter.value;
    value.mul_(2);
  }
  const ForwardContext forward(Compute::float32);
  EXPECT_LT(
      largest_difference(token_logprobs(copy, forward, ids_), expected_.read("token_logprobs")),
      2e-5);
  EXPECT_GT(
      largest_difference(token_logprobs(model_, forward, ids_), expected_.read("token_logprobs")),
      1e-2);
  model_.restore(before);
  EXPECT_TRUE(
      at::equal(token_logprobs(model_, forward, ids_), token_logprobs(copy, forward, ids_)));
}

INSTANTIATE_TEST_SUITE_P(
    Fixtures, Models,
    ::testing::Combine(::testing::Values("gpt_neox_parallel", "gpt_neox_sequential",
                                         "llama_gqa_tied", "llama_untied_mha"),
                       ::testing::ValuesIn(testing_support::devices())),
    [](const auto& test) { return std::get<0>(test.param) + "_" + std::get<1>(test.param); });

TEST(ModelFolders, OldDialectF16WeightsAndBuffersOfTheHubAreRead) {
  // As Pythia's folders on the hub: rotary_pct and rotary_emb_base, f16, buffers beside weights.
  const fs::path from = fixture("models") / "gpt_neox_parallel";
  const fs::path folder = fresh_folder("old-dialect");
  std::string config = testing_support::file_text(from / "config.json");
  const size_t begin = config.find("  \"rope_parameters\"");
  const size_t end = config.find("},", begin) + 2;
  config.replace(begin, end - begin, "  \"rotary_pct\": 0.25,\n  \"rotary_emb_base\": 10000,");
  std::ofstream(folder / "config.json") << config;
  const TensorFile weights = TensorFile::open(from / "model.safetensors");
  NamedTensors halves;
  for (const std::string& name : weights.names()) {
    halves.emplace_back(name, weights.read(name).to(torch::kFloat16));
  }
  halves.emplace_back("gpt_neox.layers.0.attention.bias", at::ones({1, 1, 64, 64}, torch::kBool));
  halves.emplace_back("gpt_neox.layers.0.attention.masked_bias", at::zeros({}));
  halves.emplace_back("gpt_neox.layers.0.attention.rotary_emb.inv_freq", at::zeros({2}));
  write_safetensors(folder / "model.safetensors", halves);

  const TensorFile expected = TensorFile::open(from / "expected.safetensors");
  const torch::Tensor values =
      token_logprobs(load(folder), ForwardContext(Compute::float32), expected.read("input_ids"));
  EXPECT_LT(largest_difference(values, expected.read("token_logprobs")), 0.02);
}

TEST(ModelFolders, ATiedHeadMayBeStoredTwice) {
  const fs::path from = fixture("models") / "llama_gqa_tied";
  const fs::path folder = fresh_folder("tied-twice");
  fs::copy(from / "config.json", folder / "config.json");
  const TensorFile weights = TensorFile::open(from / "model.safetensors");
  NamedTensors tensors;
  for (const std::string& name : weights.names()) tensors.emplace_back(name, weights.read(name));
  tensors.emplace_back("lm_head.weight", weights.read("model.embed_tokens.weight"));
  write_safetensors(folder / "model.safetensors", tensors);
  EXPECT_NO_THROW(load(folder));
}

TEST(ModelFolders, AllMisfitsAreToldAtOnce) {
  const fs::path from = fixture("models") / "llama_untied_mha";
  const fs::path folder = fresh_folder("misfits");
  fs::copy(from / "config.json", folder / "config.json");
  const TensorFile weights = TensorFile::open(from / "model.safetensors");
  NamedTensors tensors;
  for (const std::string& name : weights.names()) {
    if (name == "lm_head.weight") continue;
    const torch::Tensor value = weights.read(name);
    tensors.emplace_back(name, name == "model.norm.weight" ? value.narrow(0, 0, 40) : value);
  }
  tensors.emplace_back("model.layers.9.stranger", at::zeros({1}));
  write_safetensors(folder / "model.safetensors", tensors);
  try {
    load(folder);
    FAIL();
  } catch (const Error& error) {
    const std::string text = error.what();
    EXPECT_NE(text.find("model.safetensors"), std::string::npos) << text;
    EXPECT_NE(text.find("'lm_head.weight' is missing"), std::string::npos) << text;
    EXPECT_NE(text.find("'model.norm.weight' has the shape (40), the configuration asks for (48)"),
              std::string::npos)
        << text;
    EXPECT_NE(text.find("'model.layers.9.stranger' belongs to no parameter"), std::string::npos)
        << text;
  }
}

TEST(ModelFolders, UnknownArchitecturesAreNamed) {
  const fs::path folder = fresh_folder("mamba");
  std::ofstream(folder / "config.json") << R"({"model_type": "mamba", "vocab_size": 5})";
  try {
    load(folder);
    FAIL();
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("model_type 'mamba' is not supported"),
              std::string::npos)
        << error.what();
  }
}

TEST(SmolLm2, LogProbabilitiesOfTheGgufFileAreThoseOfTransformers) {
  const fs::path file =
      testing_support::source_folder() / ".deps/models/smollm2/SmolLM2-135M-Instruct.Q4_1.gguf";
  if (!fs::exists(file)) GTEST_SKIP() << "`./dev smollm2` fetches the model";
  const at::NoGradGuard no_gradients;
  const LoadedModel model = load(file);
  const JsonValue golden = JsonValue::read(fixture("smollm2_logprobs.json"));
  for (size_t c = 0; c < golden.at("cases").size(); ++c) {
    const JsonValue one = golden.at("cases")[c];
    const auto ids = one.at("ids").raw().get<std::vector<int64_t>>();
    const auto expected = one.at("token_logprobs").raw().get<std::vector<double>>();
    const torch::Tensor found = token_logprobs(model, ForwardContext(Compute::float32),
                                               at::tensor(ids, torch::kInt64).unsqueeze(0));
    EXPECT_LT(largest_difference(found[0], at::tensor(expected, torch::kFloat64)), 1e-3)
        << one.get_string("text");
  }
}

TEST(SeededModels, SameSeedSameBitsOtherSeedOtherWeights) {
  const ModelFiles files(fixture("models") / "gpt_neox_parallel", registry());
  const ModelDesign design{&files.architecture(), files.options(), files.vocab_size()};
  const LoadedModel first = LoadedModel::seeded(design, 3, torch::kCPU);
  const LoadedModel again = LoadedModel::seeded(design, 3, torch::kCPU);
  const LoadedModel other = LoadedModel::seeded(design, 4, torch::kCPU);
  for (size_t i = 0; i < first.parameters().size(); ++i) {
    const auto& [info, value] = first.parameters()[i];
    EXPECT_TRUE(at::equal(value, again.parameters()[i].value)) << info.name;
    if (info.shape.size() != 2) continue;
    EXPECT_FALSE(at::equal(value, other.parameters()[i].value)) << info.name;
    EXPECT_NEAR(value.std().item<double>(), 0.2, 0.02) << info.name;  // initializer_range
    EXPECT_NEAR(value.mean().item<double>(), 0.0, 0.02) << info.name;
  }
}

}  // namespace
}  // namespace leakprobe
