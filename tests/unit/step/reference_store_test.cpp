#include "step/reference_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "saved.h"
#include "step/phase_at_work.h"

namespace leakprobe::run_test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// Models at `first`, `second` and in another run, of which each is another one.
class ReferenceStoreTest : public Engine {
 protected:
  ReferenceStoreTest()
      : composition_(composed(learn())), model_(load_model(composition_, registry(), torch::kCPU)) {
    row_.tokens = {1, 2, 3};
    row_.scored = {0, 1, 1};
    row_.secret = {1, 3};
    other_row_ = row_;
    other_row_.tokens[2] = 4;
  }

  ReferenceStore store() {
    return ReferenceStore(origins_, [this](const WeightsRef& origin) {
      made_.push_back(origin.run + origin.phase);
      WeightSnapshot weights = model_.snapshot();
      for (torch::Tensor& weight : weights) weight = weight * factor(origin);
      return std::make_unique<Policy>(model_.with_weights(weights), Compute::float32);
    });
  }
  double factor(const WeightsRef& origin) const {
    return static_cast<double>(std::find(origins_.begin(), origins_.end(), origin) -
                               origins_.begin() + 1);
  }
  /// What the model at `origin` gives a row, by LibTorch.
  double expected(const WeightsRef& origin, const Row& row) const {
    WeightSnapshot weights = model_.snapshot();
    for (torch::Tensor& weight : weights) weight = weight * factor(origin);
    return ByTorch(weights).sum(row).item<double>();
  }
  static double sum(ReferenceStore& store, const WeightsRef& origin, const Row& row,
                    bool repeated = true) {
    return store.at(origin)->log_probs({&row}, {repeated}, 1).sum().item<double>();
  }
  static SavedState state(const NamedTensors& tensors) { return {tensors, saved(Value::map())}; }

  const Composition composition_;
  const LoadedModel model_;
  const std::vector<WeightsRef> origins_ = {{"first", ""}, {"second", ""}, {"first", "/run"}};
  std::vector<std::string> made_;
  Row row_, other_row_;
};

TEST_F(ReferenceStoreTest, EachOriginHasItsOwnModelMadeWhenItIsFirstNeeded) {
  ReferenceStore store = this->store();
  for (const WeightsRef& origin : origins_) store.at(origin);
  EXPECT_THAT(made_, IsEmpty());
  for (const WeightsRef& origin : {origins_[2], origins_[0], origins_[1]}) {
    EXPECT_NEAR(sum(store, origin, row_), expected(origin, row_), 1e-5);
  }
  EXPECT_THAT(made_, ElementsAre("/runfirst", "first", "second"));
}

TEST_F(ReferenceStoreTest, TermsThatNameOneOriginShareItsValues) {
  ReferenceStore store = this->store();
  EXPECT_EQ(store.at(origins_[0]), store.at({"first", ""}));
  EXPECT_NE(store.at(origins_[0]), store.at(origins_[2])) << "a phase of that name of another run";
}

TEST_F(ReferenceStoreTest, AModelThatWasLetGoIsMadeAgainOnlyForWhatIsNotKept) {
  ReferenceStore store = this->store();
  const double kept = sum(store, origins_[1], row_);
  sum(store, origins_[1], other_row_, false);
  store.release_models();
  EXPECT_EQ(sum(store, origins_[1], row_), kept);
  EXPECT_THAT(made_, ElementsAre("second"));
  EXPECT_NEAR(sum(store, origins_[1], other_row_), expected(origins_[1], other_row_), 1e-5);
  EXPECT_THAT(made_, ElementsAre("second", "second"));
}

TEST_F(ReferenceStoreTest, RestoredItHasTheSavedBitsOfEachOriginWithoutAModel) {
  ReferenceStore before = this->store();
  // Not the first, and the third asked for before the second.
  const double third = sum(before, origins_[2], row_), second = sum(before, origins_[1], row_);
  NamedTensors tensors;
  const std::vector<int64_t> numbers = before.save(tensors);
  made_.clear();
  ReferenceStore after = this->store();
  after.restore(numbers, state(tensors));
  EXPECT_EQ(sum(after, origins_[2], row_), third);
  EXPECT_EQ(sum(after, origins_[1], row_), second);
  EXPECT_THAT(made_, IsEmpty());
  sum(after, origins_[0], row_);
  EXPECT_THAT(made_, ElementsAre("first")) << "of this one nothing was kept";
}

TEST_F(ReferenceStoreTest, DamageIsRefused) {
  ReferenceStore before = this->store();
  sum(before, origins_[1], row_);
  NamedTensors tensors;
  const std::vector<int64_t> numbers = before.save(tensors);
  const auto said = [&](const std::vector<int64_t>& of, const NamedTensors& kept) {
    ReferenceStore after = this->store();
    return failure_of([&] { after.restore(of, state(kept)); });
  };
  EXPECT_EQ(said(numbers, tensors), "");
  EXPECT_THAT(said(numbers, {}), HasSubstr("has no values"));
  EXPECT_THAT(said(numbers, {tensors[0]}), HasSubstr("has no values"));
  EXPECT_NE(said({3}, tensors), "") << "there are three origins";
  EXPECT_NE(said({-1}, tensors), "");
  const auto with = [&](size_t which, const torch::Tensor& tensor) {
    NamedTensors changed = tensors;
    changed[which].second = tensor;
    return said(numbers, changed);
  };
  const std::string damaged = "the saved state's reference values are damaged";
  const torch::Tensor keys = tensors[0].second, values = tensors[1].second;
  EXPECT_EQ(with(0, keys.slice(1, 0, 3).contiguous()), damaged);
  EXPECT_EQ(with(0, keys.to(torch::kFloat32)), damaged);
  EXPECT_EQ(with(1, values.to(torch::kFloat64)), damaged);
  EXPECT_EQ(with(1, values.slice(0, 0, 1).contiguous()), damaged) << "fewer than the keys count";
  torch::Tensor before_all = keys.clone();
  before_all[0][2] = -1;
  EXPECT_EQ(with(0, before_all), damaged);
}

TEST_F(ReferenceStoreTest, AKeptRowOfAnotherLengthIsRefusedWhereItIsUsed) {
  ReferenceStore before = this->store();
  sum(before, origins_[1], row_);
  NamedTensors tensors;
  const std::vector<int64_t> numbers = before.save(tensors);
  torch::Tensor keys = tensors[0].second.clone();
  keys[0][3] = 1;
  tensors[0].second = keys;
  ReferenceStore after = this->store();
  after.restore(numbers, state(tensors));
  EXPECT_THAT(failure_of([&] { sum(after, origins_[1], row_); }), HasSubstr("damaged"));
}

}  // namespace
}  // namespace leakprobe::run_test
