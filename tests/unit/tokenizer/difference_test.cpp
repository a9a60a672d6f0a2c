#include "tokenizer/difference.h"

#include <gtest/gtest.h>

#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "tokenizer/byte_alphabet.h"
#include "tokenizer/tiny_tokenizer.h"
#include "tokenizer/tokenizer_json.h"
#include "tokenizer/word_vocabulary.h"

namespace leakprobe {
namespace {

using nlohmann::json;

std::string words_differ(const std::vector<std::string>& there,
                         const std::vector<std::string>& here) {
  return difference_between(make_word_vocabulary(there).get(), make_word_vocabulary(here).get());
}

/// Between the tiny tokenizer and itself with a change.
std::string changed(const std::function<void(json&)>& change) {
  json other = tiny_tokenizer();
  change(other);
  const auto there = make_tokenizer_from_json(tiny_tokenizer().dump(), "there", {});
  const auto here = make_tokenizer_from_json(other.dump(2), "here", {});
  return difference_between(there.get(), here.get());
}

TEST(TokenizerDifference, OfEqualOnesIsNone) {
  EXPECT_EQ(words_differ({"a", "b"}, {"a", "b"}), "");
  EXPECT_EQ(changed([](json&) {}), "") << "blanks in the file do not count";
  EXPECT_EQ(difference_between(nullptr, nullptr), "");
}

TEST(TokenizerDifference, NamesTheFirstOtherTokenWithBothTexts) {
  EXPECT_EQ(words_differ({" a", " regular", " reverse"}, {" a", " reverse", " regular"}),
            "token 1 is ' regular' there and ' reverse' here");
  EXPECT_EQ(changed([](json& other) {
              other["model"]["vocab"]["\u0120a"] = 257;
              other["model"]["vocab"]["ab"] = 256;
            }),
            "token 256 is ' a' there and 'ab' here");
  EXPECT_EQ(changed([](json& other) { other["added_tokens"][0]["content"] = "<stop>"; }),
            "token 258 is '<end>' there and '<stop>' here");
}

TEST(TokenizerDifference, OfBytesThatAreNoTextNamesHowTheFilesWriteThem) {
  EXPECT_EQ(changed([](json& other) {
              std::swap(other["model"]["vocab"][to_byte_alphabet("\xFE")],
                        other["model"]["vocab"][to_byte_alphabet("\xFF")]);
            }),
            "token 254 is '" + to_byte_alphabet("\xFE") + "' there and '" +
                to_byte_alphabet("\xFF") + "' here");
}

TEST(TokenizerDifference, NamesATokenThatOneDoesNotKnow) {
  EXPECT_EQ(words_differ({"a"}, {"a", "b"}), "token 1, here 'b', is not known there");
  EXPECT_EQ(words_differ({"a", "b"}, {"a"}), "token 1, there 'b', is not known here");
}

TEST(TokenizerDifference, NamesWhatElseDividesTexts) {
  const std::string same =
      "the tokens are the same, and texts are divided into them in another way";
  EXPECT_EQ(changed([](json& other) {
              std::swap(other["model"]["merges"][0], other["model"]["merges"][1]);
            }),
            same + " (merges)");
  EXPECT_EQ(changed([](json& other) {
              other["normalizer"] = {{"type", "NFC"}};
            }),
            same + " (normalizer)");
  EXPECT_EQ(changed([](json& other) { other["added_tokens"][0]["lstrip"] = true; }),
            same + " (added_tokens)");
  EXPECT_EQ(changed([](json& other) {
              other["model"]["merges"] = {"\u0120 a", "a b"};
              other["model"]["ignore_merges"] = false;
            }),
            "")
      << "only written in another way";
}

TEST(TokenizerDifference, IsThatOneHasNone) {
  const auto words = make_word_vocabulary({"a"});
  EXPECT_EQ(difference_between(nullptr, words.get()),
            "there token ids stand for no text, and here there is a tokenizer");
  EXPECT_EQ(difference_between(words.get(), nullptr),
            "there is a tokenizer there, and here token ids stand for no text");
}

}  // namespace
}  // namespace leakprobe
