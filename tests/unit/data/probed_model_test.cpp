#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "leakprobe/error.h"
#include "leakprobe/probe.h"

namespace leakprobe {
namespace {

/// A double that knows the two functions which probes of log-probabilities need.
class ScoresAlone final : public ProbedModel {
 public:
  std::vector<std::vector<float>> score(const std::vector<const Row*>&) override { return {}; }
  std::vector<torch::Tensor> logits(const std::vector<const Row*>&) override { return {}; }
};

TEST(ProbedModel, NamesWhatADoubleOfItDoesNotHave) {
  ScoresAlone model;
  const auto lacks = [](const std::string& function, const std::function<void()>& call) {
    try {
      call();
      ADD_FAILURE() << function;
    } catch (const Error& error) {
      EXPECT_EQ(error.what(), "the model given to the probe has no " + function +
                                  "; override ProbedModel::" + function + " in it");
    }
  };
  lacks("residuals", [&] { model.residuals({}, 0); });
  lacks("unembed", [&] { model.unembed({}); });
  lacks("generate", [&] { model.generate({}, {}, RandomStream(0, "test")); });
  lacks("blocks", [&] { model.blocks(); });
}

}  // namespace
}  // namespace leakprobe
