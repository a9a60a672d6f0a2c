#include "tokenizer/word_vocabulary.h"

#include <gtest/gtest.h>

#include "format/support.h"
#include "tokenizer/tokenizer_json.h"

namespace leakprobe {
namespace {

using Ids = std::vector<std::int64_t>;

TEST(WordVocabulary, TokensHaveTheirOrderAsIds) {
  const auto vocabulary = make_word_vocabulary({" a", " z", " regular", " reverse"});
  EXPECT_EQ(vocabulary->size(), 4);
  EXPECT_EQ(vocabulary->encode(" a z reverse regular"), (Ids{0, 1, 3, 2}));
  EXPECT_EQ(vocabulary->encode(""), Ids{});
  EXPECT_EQ(vocabulary->decode({0, 1, 3, 2}), " a z reverse regular");
}

TEST(WordVocabulary, TheLongestTokenIsTaken) {
  const auto vocabulary = make_word_vocabulary({" a", " ab", " abc", "c"});
  EXPECT_EQ(vocabulary->encode(" a ab abc abcc"), (Ids{0, 1, 2, 2, 3}));
}

TEST(WordVocabulary, ErrorsShowThePlace) {
  const auto vocabulary = make_word_vocabulary({" a", " b", " c"});
  EXPECT_EQ(error_of([&] { vocabulary->encode(" a b7 c"); }),
            "text to encode: no token of the task's vocabulary begins at byte 4, where '7 c' "
            "stands: give the model another tokenizer with model.tokenizer or model.path");
  EXPECT_NE(error_of([&] { vocabulary->encode(" "); }), "no error");
  EXPECT_NE(error_of([&] { vocabulary->encode("\xFF"); }), "no error");
  EXPECT_NE(error_of([&] { vocabulary->decode({3}); }), "no error");
  EXPECT_EQ(error_of([] { make_word_vocabulary({""}); }),
            "word vocabulary: a token is empty: give it a text");
  EXPECT_EQ(error_of([] {
              make_word_vocabulary({" a", " a"});
            }),
            "word vocabulary: the token ' a' comes twice: remove one");
  EXPECT_NE(error_of([] { make_word_vocabulary({"\xC3"}); }), "no error");
  EXPECT_EQ(error_of([] { make_word_vocabulary({}); }),
            "word vocabulary: it has no token: give it some");
}

TEST(WordVocabulary, ComesBackFromItsFile) {
  const auto vocabulary =
      make_word_vocabulary({" q", " regular", "\n", " a.b*[x]", "\"", "\u00E9"});
  const auto files = vocabulary->files();
  ASSERT_EQ(files.size(), 2u);
  EXPECT_EQ(files[0].first, "tokenizer.json");
  EXPECT_EQ(files[1].first, "tokenizer_config.json");
  const auto again = make_tokenizer_from_json(files[0].second, "t.json");
  EXPECT_EQ(again->files(), files);
  EXPECT_EQ(again->encode(" a.b*[x] q\n\u00E9"), (Ids{3, 0, 2, 5}));
}

TEST(WordVocabulary, AnotherWordLevelModelIsRefused) {
  auto document =
      nlohmann::json::parse(make_word_vocabulary({" a", " regular"})->files()[0].second);
  const auto error = [&] {
    return error_of([&] { make_tokenizer_from_json(document.dump(), "t.json"); });
  };
  EXPECT_EQ(error(), "no error");
  document["model"]["unk_token"] = " a";
  EXPECT_NE(error(), "no error");
  document["model"]["unk_token"] = "";
  document["model"]["vocab"][" regular"] = 2;
  EXPECT_NE(error(), "no error");
  document["model"]["vocab"][" regular"] = 0;
  EXPECT_NE(error(), "no error");
}

}  // namespace
}  // namespace leakprobe
