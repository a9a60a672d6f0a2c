#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <random>
#include <thread>

#include "tokenizer/load.h"
#include "tokenizer/normalizer.h"
#include "tokenizer/sample_text.h"

namespace leakprobe {
namespace {

using Ids = std::vector<std::int64_t>;

std::filesystem::path fixture(const std::string& name) {
  return std::filesystem::path(LEAKPROBE_TEST_FIXTURES) / "tokenizers" / name;
}

class TokenizerFixture : public testing::TestWithParam<std::string> {};

TEST_P(TokenizerFixture, EveryCaseIsEqual) {
  const auto tokenizer = load_tokenizer(fixture(GetParam()));
  std::ifstream cases(fixture(GetParam()) / "cases.jsonl");
  int count = 0;
  for (std::string line; std::getline(cases, line); ++count) {
    const auto expected = nlohmann::json::parse(line);
    const auto ids = expected.at("ids").get<Ids>();
    EXPECT_EQ(tokenizer->encode(expected.at("text").get<std::string>()), ids) << line;
    EXPECT_EQ(tokenizer->decode(ids), expected.at("decoded").get<std::string>()) << line;
  }
  EXPECT_EQ(count, 400);
}

// U+3001 is of the script Common, though Chinese and Japanese alone use it.
TEST(TokenizerThatSplitsByScripts, TakesScriptsAndNotTheirExtensions) {
  const auto tokenizer = load_tokenizer(fixture("scripts.json"));
  std::ifstream cases(fixture("scripts.jsonl"));
  int count = 0;
  for (std::string line; std::getline(cases, line); ++count) {
    const auto expected = nlohmann::json::parse(line);
    EXPECT_EQ(tokenizer->encode(expected.at("text").get<std::string>()),
              expected.at("ids").get<Ids>())
        << line;
  }
  EXPECT_EQ(count, 4);
}

TEST_P(TokenizerFixture, LettersAndPrefixesAreSingleTokens) {
  const auto tokenizer = load_tokenizer(fixture(GetParam()));
  for (char letter = 'a'; letter <= 'z'; ++letter) {
    EXPECT_EQ(tokenizer->encode(std::string(" ") + letter).size(), 1u) << letter;
  }
  EXPECT_EQ(tokenizer->encode(" regular").size(), 1u);
  EXPECT_EQ(tokenizer->encode(" reverse").size(), 1u);
}

TEST_P(TokenizerFixture, SeveralThreadsMayEncode) {
  const auto tokenizer = load_tokenizer(fixture(GetParam()));
  std::mt19937_64 generator(5);
  const std::string text = random_text(generator, 2000);
  const Ids expected = tokenizer->encode(text);
  std::vector<Ids> results(4);
  std::vector<std::thread> threads;
  for (Ids& result : results) {
    threads.emplace_back([&] { result = tokenizer->encode(text); });
  }
  for (std::thread& thread : threads) thread.join();
  for (const Ids& result : results) EXPECT_EQ(result, expected);
}

INSTANTIATE_TEST_SUITE_P(All, TokenizerFixture, testing::Values("pythia", "smollm2"),
                         [](const auto& name) { return name.param; });

TEST(PythiaTokenizer, GivesBackTheNormalizedText) {
  const auto tokenizer = load_tokenizer(fixture("pythia"));
  std::mt19937_64 generator(6);
  for (int i = 0; i < 300; ++i) {
    const std::string text = random_text(generator, 80);
    EXPECT_EQ(tokenizer->decode(tokenizer->encode(text)), to_nfc(text));
  }
}

TEST(PythiaTokenizer, AMegabyteWithoutSpacesIsEncodedSoon) {
  const auto tokenizer = load_tokenizer(fixture("pythia"));
  std::mt19937_64 generator(7);
  std::string word;
  while (word.size() < 1 << 20) word.push_back(static_cast<char>('a' + generator() % 26));
  const auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(tokenizer->decode(tokenizer->encode(word)), word);
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(10));
}

}  // namespace
}  // namespace leakprobe
