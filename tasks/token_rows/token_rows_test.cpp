#include "token_rows.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <limits>

#include "leakprobe/error.h"
#include "leakprobe/kit/test_context.h"
#include "leakprobe/stream.h"
#include "leakprobe/tensors.h"

namespace leakprobe {
namespace {

using kit::TestContext;
using ::testing::HasSubstr;

class TokenRowsTest : public ::testing::Test {
 protected:
  TokenRowsTest() {
    std::string pattern = (std::filesystem::temp_directory_path() / "rowsXXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
    options_.path = folder_ / "rows.safetensors";
  }
  ~TokenRowsTest() override { std::filesystem::remove_all(folder_); }

  /// a: 3 rows of 4 tokens; b: 2 steps of 2 rows of 5.
  void write() {
    write_safetensors(options_.path, {{"a", torch::arange(12).reshape({3, 4})},
                                      {"b", torch::arange(20).reshape({2, 2, 5})}});
  }
  Row row(const std::string& set, const std::string& prefix, int64_t index) {
    return TokenRows(options_, TestContext())
        .row({set, "", prefix, index}, RandomStream(0, "x").at(0));
  }
  std::string failure(const NamedTensors& tensors) {
    write_safetensors(options_.path, tensors);
    try {
      TokenRows::facts(options_);
      TokenRows(options_, TestContext());
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  }

  std::filesystem::path folder_;
  TokenRows::Options options_;
};

TEST_F(TokenRowsTest, ASetIsATensor) {
  write();
  options_.alphabet = 26;
  options_.roles = {{"a", {Role::Kind::never_positive, {}}}, {"b", {Role::Kind::control, {}}}};
  const TaskFacts facts = TokenRows::facts(options_);
  EXPECT_EQ(facts.find("a")->size, 3);
  EXPECT_EQ(facts.find("b")->size, 4) << "steps and batch flattened";
  EXPECT_EQ(facts.longest_row, 5);
  EXPECT_EQ(facts.prefixes, std::vector<std::string>({"given"}));
  EXPECT_NEAR(*facts.chance, -3.258097, 1e-6);
  EXPECT_TRUE(facts.find("a")->role.forbids_positive("given"));
  EXPECT_EQ(facts.control()->name, "b");
  EXPECT_FALSE(facts.needs_tokenizer);
}

TEST_F(TokenRowsTest, WithoutAlphabetChanceIsUnknown) {
  write();
  EXPECT_FALSE(TokenRows::facts(options_).chance);
}

TEST_F(TokenRowsTest, RowsOfStepsComeInOrder) {
  write();
  EXPECT_EQ(row("b", "given", 2).tokens, std::vector<int64_t>({10, 11, 12, 13, 14}));
}

TEST_F(TokenRowsTest, TheFirstTokenIsNotScoredAndThePrefixIsNoSecret) {
  write();
  const Row given = row("a", "given", 1);
  EXPECT_EQ(given.tokens, std::vector<int64_t>({4, 5, 6, 7}));
  EXPECT_EQ(given.scored, std::vector<uint8_t>({0, 1, 1, 1}));
  EXPECT_EQ(given.secret.begin, 1);
  EXPECT_EQ(given.secret.end, 4);
}

TEST_F(TokenRowsTest, NoneStripsThePrefix) {
  write();
  const Row none = row("a", kNoPrefix, 1);
  EXPECT_EQ(none.tokens, std::vector<int64_t>({5, 6, 7}));
  EXPECT_EQ(none.scored, std::vector<uint8_t>({0, 1, 1}));
  EXPECT_EQ(none.id(), row("a", "given", 1).id());
}

TEST_F(TokenRowsTest, LongerPrefixesAreNotScored) {
  write();
  options_.prefix_length = 2;
  EXPECT_EQ(row("a", "given", 0).scored, std::vector<uint8_t>({0, 0, 1, 1}));
  EXPECT_EQ(row("a", kNoPrefix, 0).tokens, std::vector<int64_t>({2, 3}));
}

TEST_F(TokenRowsTest, WithoutPrefixTheWholeRowIsSecret) {
  write();
  options_.prefix_length = 0;
  const Row given = row("a", "given", 0);
  EXPECT_EQ(given.secret.begin, 0);
  EXPECT_EQ(given.scored, std::vector<uint8_t>({0, 1, 1, 1}));
}

TEST_F(TokenRowsTest, ReadsOtherIntegers) {
  write_safetensors(options_.path, {{"a", torch::arange(8, torch::kInt32).reshape({2, 4})}});
  EXPECT_EQ(row("a", "given", 1).tokens, std::vector<int64_t>({4, 5, 6, 7}));
  for (const auto type : {torch::kUInt16, torch::kUInt32, torch::kUInt64}) {
    write_safetensors(options_.path, {{"a", torch::arange(8).reshape({2, 4}).to(type)}});
    EXPECT_EQ(row("a", "given", 1).tokens, std::vector<int64_t>({4, 5, 6, 7}));
    EXPECT_EQ(TokenRows::facts(options_).token_limit, 8);
  }
}

TEST_F(TokenRowsTest, RefusesWhatAreNoRows) {
  EXPECT_THAT(failure({{"a", torch::zeros({3, 0}, torch::kInt64)}}), HasSubstr("rows of 0 tokens"));
  EXPECT_THAT(failure({{"a", torch::zeros({2, 4})}}), HasSubstr("tensor 'a': holds F32"));
  EXPECT_THAT(failure({{"a", torch::arange(8)}}), HasSubstr("has 1 dimension;"));
  EXPECT_THAT(failure({{"a", torch::arange(4).reshape({2, 2})}}), HasSubstr("rows of 2 tokens"));
  EXPECT_THAT(failure({{"a", torch::zeros({0, 4}, torch::kInt64)}}), HasSubstr("has no rows"));
  EXPECT_THAT(failure({{"a", torch::full({2, 4}, -1, torch::kInt64)}}),
              HasSubstr("negative id -1"));
}

TEST_F(TokenRowsTest, RefusesAnIdBehindWhichThereIsNone) {
  EXPECT_THAT(failure({{"a", torch::full({1, 4}, std::numeric_limits<int64_t>::max())}}),
              HasSubstr("tensor 'a': holds the id 9223372036854775807, which no model can know"));
}

TEST_F(TokenRowsTest, FactsKnowTheLargestId) {
  write();
  EXPECT_EQ(TokenRows::facts(options_).token_limit, 20);
}

TEST_F(TokenRowsTest, OfALargeFileFactsReadTheHeaderAlone) {
  write_safetensors(options_.path, {{"a", torch::full({1 << 19, 5}, 7, torch::kInt64)}});
  EXPECT_EQ(TokenRows::facts(options_).token_limit, 0);
}

TEST_F(TokenRowsTest, RefusesAFileThatIsNotThere) {
  EXPECT_THROW(TokenRows::facts(options_), Error);
}

}  // namespace
}  // namespace leakprobe
