#include "tokenizer/letter_vocabulary.h"

#include <gtest/gtest.h>

#include "format/support.h"
#include "tokenizer/tokenizer_json.h"

namespace leakprobe {
namespace {

using Ids = std::vector<std::int64_t>;

TEST(LetterVocabulary, LettersComeFirstThenTheExtraTokens) {
  const auto vocabulary = make_letter_vocabulary({" regular", " reverse"});
  EXPECT_EQ(vocabulary->size(), 28);
  EXPECT_EQ(vocabulary->encode(" a z reverse regular b"), (Ids{0, 25, 27, 26, 1}));
  EXPECT_EQ(vocabulary->encode(""), Ids{});
  EXPECT_EQ(vocabulary->decode({0, 25, 27, 26, 1}), " a z reverse regular b");
  EXPECT_EQ(make_letter_vocabulary({})->size(), 26);
}

TEST(LetterVocabulary, TheLongestTokenIsTaken) {
  const auto vocabulary = make_letter_vocabulary({" ab", " abc", "c"});
  EXPECT_EQ(vocabulary->encode(" a ab abc abcc"), (Ids{0, 26, 27, 27, 28}));
}

TEST(LetterVocabulary, ErrorsShowThePlace) {
  const auto vocabulary = make_letter_vocabulary({});
  EXPECT_EQ(error_of([&] { vocabulary->encode(" a b7 c"); }),
            "text to encode: no token of the letter vocabulary begins at byte 4, where '7 c' "
            "stands: use \" a\" to \" z\" and the declared tokens only");
  EXPECT_NE(error_of([&] { vocabulary->encode(" "); }), "no error");
  EXPECT_NE(error_of([&] { vocabulary->encode("\xFF"); }), "no error");
  EXPECT_NE(error_of([&] { vocabulary->decode({26}); }), "no error");
  EXPECT_EQ(error_of([] { make_letter_vocabulary({""}); }),
            "letter vocabulary: a token is empty: give it a text");
  EXPECT_EQ(error_of([] { make_letter_vocabulary({" a"}); }),
            "letter vocabulary: the token ' a' comes twice: remove one");
  EXPECT_NE(error_of([] { make_letter_vocabulary({"\xC3"}); }), "no error");
}

TEST(LetterVocabulary, ComesBackFromItsFile) {
  const auto vocabulary = make_letter_vocabulary({" regular", "\n", " a.b*[x]", "\"", "\u00E9"});
  const auto files = vocabulary->files();
  ASSERT_EQ(files.size(), 2u);
  EXPECT_EQ(files[0].first, "tokenizer.json");
  EXPECT_EQ(files[1].first, "tokenizer_config.json");
  const auto again = make_tokenizer_from_json(files[0].second, "t.json");
  EXPECT_EQ(again->files(), files);
  EXPECT_EQ(again->encode(" a.b*[x] q\n\u00E9"), (Ids{28, 16, 27, 30}));
}

TEST(LetterVocabulary, AnotherWordLevelModelIsRefused) {
  auto document = nlohmann::json::parse(make_letter_vocabulary({" regular"})->files()[0].second);
  const auto error = [&] {
    return error_of([&] { make_tokenizer_from_json(document.dump(), "t.json"); });
  };
  EXPECT_EQ(error(), "no error");
  document["model"]["unk_token"] = " a";
  EXPECT_NE(error(), "no error");
  document["model"]["unk_token"] = "";
  document["model"]["vocab"][" regular"] = 3;
  EXPECT_NE(error(), "no error");
  document["model"]["vocab"][" regular"] = 27;
  EXPECT_NE(error(), "no error");
}

}  // namespace
}  // namespace leakprobe
