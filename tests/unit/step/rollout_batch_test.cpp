#include "step/rollout_batch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

#include "by_hand.h"
#include "saved.h"

namespace leakprobe {
namespace {

using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::StartsWith;

/// A batch of two sampled rows, one with an end, and two planted ones, of a set and fresh.
class RolloutBatchTest : public testing::Test {
 protected:
  RolloutBatchTest() {
    sampled_.set = kSampled;
    sampled_.prefix = "good";
    planted_[0].set = "train";
    planted_[1].set = "fresh";
    add({5, 1, 2, 9}, 3, {&sampled_, nullptr, 40}, 0);
    add({5, 3, 4, 4}, 4, {&sampled_, nullptr, 41}, 0);
    add({5, 100}, 2, {&planted_[0], facts_.find("train"), 2}, 0);
    add({6, 6, 7, 8, 9}, 4, {&planted_[1], facts_.find("fresh"), 1234}, 1);
    batch_.sampled = 3;
    batch_.cut = 1;
    batch_.set_rewards({0.1, -0.25, -1, 3});
    batch_.set_advantages({0.5, 1.0 / 3, -2, 0});
    for (size_t i = 0; i < batch_.size(); ++i) batch_.kl[i] = 0.125 * static_cast<double>(i);
  }

  void add(std::vector<int64_t> tokens, int64_t end, RowOrigin origin, int64_t group) {
    Row row;
    row.tokens = std::move(tokens);
    const int64_t begin = row.tokens[0] == 6 ? 2 : 1;
    row.scored.assign(static_cast<size_t>(begin), 0);
    row.scored.resize(row.tokens.size(), 1);
    row.secret = {begin, end};
    const size_t scored = row.tokens.size() - static_cast<size_t>(begin);
    std::vector<float> values(scored, -0.5F * static_cast<float>(batch_.size() + 1));
    batch_.column.old.push_back(values);
    batch_.column.reference.emplace_back(scored, -0.25F * static_cast<float>(batch_.size() + 1));
    if (!origin.is_sampled()) values.clear();
    batch_.add(std::move(row), origin, group, std::move(values));
  }

  NamedTensors tensors() const { return tensors_of(batch_, planted_); }
  RolloutBatch read(const NamedTensors& tensors) const {
    return rollout_batch_of(tensors, planted_, sampled_, facts_);
  }
  /// What is said of a state in which this tensor was changed.
  std::string refusal(const std::string& name,
                      const std::function<torch::Tensor(torch::Tensor)>& change) const {
    NamedTensors changed = tensors();
    for (auto& [known, tensor] : changed) {
      if (known == name) tensor = change(tensor.clone());
    }
    return failure_of([&] { read(changed); });
  }

  const TaskFacts facts_ = by_hand::every_role();
  Source sampled_;
  std::vector<Source> planted_ = std::vector<Source>(2);
  RolloutBatch batch_;
};

TEST_F(RolloutBatchTest, IsReadAsItWasSaved) {
  NamedTensors saved = tensors();
  std::reverse(saved.begin(), saved.end());  // a file has an order of its own
  const RolloutBatch found = read(saved);
  ASSERT_EQ(found.size(), batch_.size());
  for (size_t i = 0; i < found.size(); ++i) {
    const Row &row = found.column.rows[i], &expected = batch_.column.rows[i];
    EXPECT_EQ(row.tokens, expected.tokens);
    EXPECT_EQ(row.scored, expected.scored);
    EXPECT_EQ(row.secret.begin, expected.secret.begin);
    EXPECT_EQ(row.secret.end, expected.secret.end);
    EXPECT_EQ(row.numbers, expected.numbers);
    EXPECT_EQ(found.completion(i), batch_.completion(i));
    EXPECT_EQ(found.is_planted(i), batch_.is_planted(i));
    EXPECT_EQ(found.column.origins[i].source, batch_.column.origins[i].source);
    EXPECT_EQ(found.column.origins[i].set, batch_.column.origins[i].set);
    EXPECT_EQ(found.column.origins[i].index, batch_.column.origins[i].index);
  }
  EXPECT_EQ(found.column.old, batch_.column.old);
  EXPECT_EQ(found.column.reference, batch_.column.reference);
  EXPECT_EQ(found.groups, batch_.groups);
  EXPECT_EQ(found.rewards, batch_.rewards);
  EXPECT_EQ(found.kl, batch_.kl);
  EXPECT_EQ(found.sampled_at, batch_.sampled_at);
  EXPECT_EQ(found.sampled, batch_.sampled);
  EXPECT_EQ(found.cut, batch_.cut);
}

TEST_F(RolloutBatchTest, ACompletionIsWhatStandsBetweenPromptAndEnd) {
  EXPECT_EQ(batch_.completion(0), (std::vector<int64_t>{1, 2}));
  EXPECT_EQ(batch_.completion(1), (std::vector<int64_t>{3, 4, 4}));
  EXPECT_EQ(batch_.completion(3), (std::vector<int64_t>{7, 8}));
}

TEST_F(RolloutBatchTest, WithoutAReferenceThereIsNone) {
  batch_.column.reference.clear();
  EXPECT_TRUE(read(tensors()).column.reference.empty());
}

TEST_F(RolloutBatchTest, WithAllRowsPlantedNothingIsSaidOfASampler) {
  RolloutBatch planted;
  planted.add(batch_.column.rows[2], batch_.column.origins[2], 0, {});
  planted.column.old.push_back({-1.0F});
  EXPECT_EQ(read(tensors_of(planted, planted_)).size(), 1u);
}

TEST_F(RolloutBatchTest, WhatCannotBeIsRefused) {
  const auto expect_refused = [](const std::string& said, const std::string& what) {
    EXPECT_THAT(said, AllOf(StartsWith("the saved state holds no whole rollout: "),
                            EndsWith("; start again with --fresh")))
        << what;
  };
  for (const auto& [name, tensor] : tensors()) {
    NamedTensors without;
    for (const auto& each : tensors()) {
      if (each.first != name) without.push_back(each);
    }
    expect_refused(failure_of([&] { read(without); }), "without " + name);
    expect_refused(refusal(name, [](torch::Tensor t) { return t.to(torch::kInt32); }),
                   name + " of another type");
    expect_refused(refusal(name, [](torch::Tensor t) { return t.unsqueeze(0); }),
                   name + " of another shape");
    expect_refused(refusal(name, [](torch::Tensor t) { return t.slice(0, 0, t.numel() - 1); }),
                   "a part of " + name);
    if (name == "counts") continue;  // only its first two are read
    expect_refused(refusal(name,
                           [](torch::Tensor t) {
                             return torch::cat({t, t.slice(0, 0, 1)});
                           }),
                   name + " and more");
  }
  // A row's facts: tokens, where its secret begins and ends, group, source, index.
  struct Case {
    int64_t row, fact, value;
    const char* what;
  };
  for (const Case& one :
       {Case{0, 0, -1, "of no tokens"}, Case{0, 0, int64_t{1} << 62, "longer than any"},
        Case{0, 1, 0, "without a prompt"}, Case{0, 1, 4, "that begins behind its end"},
        Case{0, 2, 5, "that ends behind itself"}, Case{0, 4, 2, "of a source there is not"},
        Case{0, 4, -2, "of none"}, Case{2, 5, 3, "beyond its set"},
        Case{2, 5, -1, "before its set"}, Case{3, 5, -1, "of no number"}}) {
    expect_refused(refusal("facts",
                           [&](torch::Tensor t) {
                             t[6 * one.row + one.fact].fill_(one.value);
                             return t;
                           }),
                   std::string("a row ") + one.what);
  }
}

}  // namespace
}  // namespace leakprobe
