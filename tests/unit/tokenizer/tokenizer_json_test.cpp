#include "tokenizer/tokenizer_json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "format/support.h"
#include "tokenizer/sample_text.h"
#include "tokenizer/tiny_tokenizer.h"

namespace leakprobe {
namespace {

using Ids = std::vector<std::int64_t>;
using nlohmann::json;
using testing::AllOf;
using testing::EndsWith;
using testing::StartsWith;

std::shared_ptr<const Tokenizer> make(const json& document) {
  return make_tokenizer_from_json(document.dump(), "t.json");
}

// The error of the tiny tokenizer after a JSON patch (RFC 6902).
std::string error_after(const char* patch) {
  return error_of([&] { make(tiny_tokenizer().patch(json::parse(patch))); });
}

TEST(TokenizerJson, EncodesAndDecodes) {
  const auto tokenizer = make(tiny_tokenizer());
  EXPECT_EQ(tokenizer->size(), 259);
  EXPECT_EQ(tokenizer->encode("ab a<end>b"), (Ids{257, 256, 258, 'b'}));
  EXPECT_EQ(tokenizer->encode(""), Ids{});
  EXPECT_EQ(tokenizer->decode({257, 256, 258, 'b'}), "ab a<end>b");
  EXPECT_EQ(tokenizer->decode({0xC3, 0xA9, 0xC3, 'x'}), "\u00E9\uFFFDx");
  EXPECT_EQ(tokenizer->decode({}), "");
}

TEST(TokenizerJson, EverythingComesBackFromTheIds) {
  const auto tokenizer = make(tiny_tokenizer());
  std::mt19937_64 generator(4);
  for (int i = 0; i < 300; ++i) {
    const std::string text = random_text(generator, 50);
    EXPECT_EQ(tokenizer->decode(tokenizer->encode(text)), text);
  }
}

TEST(TokenizerJson, TextThatIsNotUtf8AndIdsOutsideAreErrors) {
  const auto tokenizer = make(tiny_tokenizer());
  EXPECT_EQ(error_of([&] { tokenizer->encode("abc\xC3("); }),
            "text to encode: byte 3 is not valid UTF-8: convert the text to UTF-8");
  EXPECT_EQ(error_of([&] {
              tokenizer->decode({1, 259});
            }),
            "ids to decode: id 259 at position 1 is outside the vocabulary of 259 tokens: use ids "
            "of this tokenizer");
  EXPECT_NE(error_of([&] { tokenizer->decode({-1}); }), "no error");
}

TEST(TokenizerJson, FilesCarryItWithAConfiguration) {
  const std::string text = tiny_tokenizer().dump();
  const auto plain = make_tokenizer_from_json(text, "t")->files();
  ASSERT_EQ(plain.size(), 2u);
  EXPECT_EQ(plain[0], std::pair(std::string("tokenizer.json"), text));
  EXPECT_EQ(plain[1].first, "tokenizer_config.json");
  const auto given =
      make_tokenizer_from_json(text, "t", {{"tokenizer_config.json", "{}"}})->files();
  ASSERT_EQ(given.size(), 2u);
  EXPECT_EQ(given[1].second, "{}");
}

TEST(TokenizerJson, NormalizedAddedTokensAreFoundInNormalizedText) {
  json document = tiny_tokenizer();
  document["normalizer"] = json::parse(R"({"type": "Sequence", "normalizers": [{"type": "NFC"}]})");
  json token = document["added_tokens"][0];
  token["id"] = 259;
  token["content"] = "e\u0301";
  token["normalized"] = true;
  document["added_tokens"].push_back(token);
  EXPECT_EQ(make(document)->encode("\u00E9e\u0301<end>"), (Ids{259, 259, 258}));
  document["added_tokens"][1]["normalized"] = false;
  EXPECT_EQ(make(document)->encode("\u00E9e\u0301"), (Ids{0xC3, 0xA9, 259}));
}

TEST(TokenizerJson, AcceptsWhatChangesNothing) {
  json document = tiny_tokenizer();
  document["truncation"] = json::parse(R"({"max_length": 3, "strategy": "LongestFirst"})");
  document["post_processor"] = json::parse(R"({"type": "Sequence", "processors":
      [{"type": "ByteLevel"}, {"type": "TemplateProcessing", "single": [], "pair": []}]})");
  document["decoder"] = json::parse(R"({"type": "Sequence", "decoders": [{"type": "ByteLevel"}]})");
  document["model"].update(json::parse(R"({"dropout": 0.0, "unk_token": "", "fuse_unk": true,
      "byte_fallback": false, "continuing_subword_prefix": "", "end_of_word_suffix": null})"));
  document["model"].erase("type");
  EXPECT_EQ(make(document)->encode("abababab"), (Ids{257, 257, 257, 257}));
}

TEST(TokenizerJson, RefusesByNameWhatIsNotCovered) {
  EXPECT_EQ(error_after(R"([{"op": "add", "path": "/model/type", "value": "Unigram"}])"),
            "t.json: model: the type 'Unigram' is not supported: use a tokenizer with BPE");
  EXPECT_EQ(error_after(R"([{"op": "add", "path": "/model/byte_fallback", "value": true}])"),
            "t.json: model: byte_fallback true is not supported: use a tokenizer with "
            "byte_fallback false");
  EXPECT_EQ(error_after(R"([{"op": "add", "path": "/model/dropout", "value": 0.1}])"),
            "t.json: model: dropout other than 0 is not supported: use a tokenizer with dropout "
            "null");
  EXPECT_EQ(
      error_after(R"([{"op": "add", "path": "/model/continuing_subword_prefix", "value": "##"}])"),
      "t.json: model: continuing_subword_prefix '##' is not supported: use a tokenizer with none");
  EXPECT_EQ(error_after(R"([{"op": "add", "path": "/model/end_of_word_suffix", "value": "</w>"}])"),
            "t.json: model: end_of_word_suffix '</w>' is not supported: use a tokenizer with none");
  EXPECT_EQ(error_after(R"([{"op": "add", "path": "/model/sampling", "value": 1}])"),
            "t.json: model: the member 'sampling' is not known: use a tokenizer that works without "
            "it");
  EXPECT_EQ(error_after(R"([{"op": "add", "path": "/normalizer", "value": {"type": "NFKC"}}])"),
            "t.json: normalizer: the type 'NFKC' is not supported: use a tokenizer with NFC or no "
            "normalizer");
  EXPECT_EQ(error_after(R"([{"op": "add", "path": "/pre_tokenizer", "value": {"type": "Sequence",
                "pretokenizers": [{"type": "Metaspace"}]}}])"),
            "t.json: pre_tokenizer.pretokenizers[0]: the type 'Metaspace' is not supported: use a "
            "tokenizer with Split, Digits and ByteLevel");
  EXPECT_EQ(error_after(R"([{"op": "add", "path": "/pre_tokenizer", "value": null}])"),
            "t.json: a pre_tokenizer without ByteLevel is not supported: use a tokenizer with "
            "byte-level BPE");
  EXPECT_EQ(error_after(R"([{"op": "add", "path": "/pre_tokenizer", "value": {"type": "Sequence",
                "pretokenizers": [{"type": "ByteLevel"}, {"type": "Digits"}]}}])"),
            "t.json: pre_tokenizer.pretokenizers[1]: 'Digits' after ByteLevel is not supported: "
            "use a tokenizer with ByteLevel as last step");
  EXPECT_EQ(error_after(R"([{"op": "add", "path": "/pre_tokenizer", "value": {"type": "Split",
                "pattern": {"String": "a"}, "behavior": "Mirrored", "invert": false}}])"),
            "t.json: pre_tokenizer.behavior: 'Mirrored' is not supported: use a tokenizer with "
            "Isolated, Removed, MergedWithPrevious, MergedWithNext or Contiguous");
  EXPECT_EQ(error_after(R"([{"op": "add", "path": "/pre_tokenizer", "value": {"type": "Split",
                "pattern": {}, "behavior": "Isolated", "invert": false}}])"),
            "t.json: pre_tokenizer.pattern: expected either \"String\" or \"Regex\"; correct it, "
            "or get it again");
  EXPECT_EQ(error_after(R"([{"op": "add", "path": "/pre_tokenizer", "value": {"type": "Split",
                "pattern": {"Regex": "\\b+"}, "behavior": "Isolated", "invert": false}}])"),
            "t.json: pre_tokenizer.pattern.Regex: '\\b' at byte 0 of the regular expression is not "
            "supported: use a tokenizer without it");
  EXPECT_EQ(error_after(R"([{"op": "add", "path": "/decoder", "value": null}])"),
            "t.json: a decoder of other than one step is not supported: use a tokenizer with "
            "ByteLevel");
  EXPECT_EQ(error_after(R"([{"op": "add", "path": "/decoder", "value": {"type": "WordPiece"}}])"),
            "t.json: decoder: the type 'WordPiece' is not supported: use a tokenizer with "
            "ByteLevel");
  EXPECT_EQ(
      error_after(R"([{"op": "add", "path": "/post_processor", "value": {"type": "Other"}}])"),
      "t.json: post_processor: the type 'Other' is not supported: use a tokenizer with ByteLevel "
      "or TemplateProcessing");
  EXPECT_EQ(error_after(R"([{"op": "add", "path": "/version", "value": "2.0"}])"),
            "t.json: version '2.0' is not supported: use a tokenizer with version 1.0");
  EXPECT_EQ(error_after(R"([{"op": "add", "path": "/extension", "value": 1}])"),
            "t.json: the member 'extension' is not known: use a tokenizer that works without it");
  EXPECT_EQ(error_after(R"([{"op": "add", "path": "/model/type", "value": "WordLevel"}])"),
            "t.json: the model type 'WordLevel' is only supported for vocabularies as they "
            "are written into checkpoints: use a byte-level BPE tokenizer");
}

TEST(TokenizerJson, WhatNoToolWritesSaysWhatToDo) {
  for (const auto& [patch, said] : {
           std::pair{R"([{"op": "replace", "path": "/model", "value": null}])",
                     "model: expected an object, found null"},
           {R"([{"op": "remove", "path": "/model"}])", "has no member 'model'"},
           {R"([{"op": "replace", "path": "/model/vocab", "value": []}])",
            "model.vocab: expected an object from tokens to ids, found an array"},
           {R"([{"op": "replace", "path": "/model/merges", "value": 5}])",
            "model.merges: expected an array, found 5"},
           {R"([{"op": "replace", "path": "/added_tokens", "value": {}}])",
            "added_tokens: expected an array, found an object"},
           {R"([{"op": "replace", "path": "/pre_tokenizer", "value": {}}])",
            "pre_tokenizer: has no member 'type'"},
           {R"([{"op": "replace", "path": "/decoder", "value": 5}])",
            "decoder: expected an object, found 5"},
       }) {
    EXPECT_EQ(error_after(patch), "t.json: " + std::string(said) + "; correct it, or get it again");
  }
  EXPECT_THAT(error_of([] { make_tokenizer_from_json("<html>", "t.json"); }),
              AllOf(StartsWith("t.json:1:1 (byte 0): is not valid JSON"),
                    EndsWith("; correct it, or get it again")));
}

TEST(TokenizerJson, ErrorsInIdsSayWhere) {
  EXPECT_EQ(error_after(R"([{"op": "add", "path": "/model/vocab/a", "value": 98}])"),
            "t.json: model.vocab.b: the id 98 belongs to the token 'a' as well: give each token "
            "its own");
  EXPECT_EQ(error_after(R"([{"op": "remove", "path": "/model/vocab/a"}])"),
            "t.json: added_tokens[0]: the id 258 is too large for 258 tokens: number the tokens "
            "without holes");
  EXPECT_EQ(error_after(R"([{"op": "add", "path": "/added_tokens/0/content", "value": "ab"},
                            {"op": "add", "path": "/added_tokens/0/id", "value": 257},
                            {"op": "add", "path": "/model/vocab/ab", "value": 257},
                            {"op": "remove", "path": "/model/vocab/a"}])"),
            "t.json: model.vocab: no token has the id 97, but larger ids exist: number the tokens "
            "without holes");
  EXPECT_EQ(error_after(R"([{"op": "add", "path": "/model/vocab/a", "value": 5000000000}])"),
            "t.json: model.vocab.a: expected an integer from 0 to 2147483646, found 5000000000; "
            "correct it, or get it again");
  EXPECT_EQ(error_after(R"([{"op": "add", "path": "/model/vocab/a", "value": -1}])"),
            "t.json: model.vocab.a: expected an integer from 0 to 2147483646, found -1; correct "
            "it, or get it again");
  EXPECT_EQ(error_after(R"([{"op": "add", "path": "/model/vocab/a", "value": "1"}])"),
            "t.json: model.vocab.a: expected an integer from 0 to 2147483646, found a string; "
            "correct it, or get it again");
  EXPECT_EQ(error_after(R"([{"op": "add", "path": "/added_tokens/0/id", "value": 5}])"),
            "t.json: added_tokens[0]: the id 5 belongs to the token '\u0105' as well: give each "
            "token its own");
  EXPECT_EQ(error_after(R"([{"op": "add", "path": "/added_tokens/0/content", "value": "ab"}])"),
            "t.json: added_tokens[0]: has the id 258, but the model's vocabulary gives 'ab' the id "
            "257: make them equal");
  EXPECT_EQ(
      error_after(R"([{"op": "copy", "from": "/added_tokens/0", "path": "/added_tokens/1"}])"),
      "t.json: added_tokens[1]: the added token '<end>' comes twice: remove one");
  EXPECT_EQ(error_after(R"([{"op": "add", "path": "/added_tokens/0/content", "value": ""}])"),
            "t.json: added_tokens[0]: its content is empty: remove this added token");
  EXPECT_EQ(error_after(R"([{"op": "add", "path": "/model/vocab", "value": {}},
                            {"op": "add", "path": "/added_tokens", "value": []}])"),
            "t.json: model.vocab: has no token: use a complete tokenizer");
}

TEST(TokenizerJson, ErrorsInMergesSayWhere) {
  EXPECT_EQ(error_after(R"([{"op": "add", "path": "/model/merges/1", "value": "a xyz"}])"),
            "t.json: model.merges[1]: the token 'xyz' is not in the model's vocabulary: use the "
            "vocabulary and the merges of one and the same tokenizer");
  EXPECT_EQ(error_after(R"([{"op": "add", "path": "/model/merges/0", "value": ["b", "c"]}])"),
            "t.json: model.merges[0]: the token 'bc' is not in the model's vocabulary: use the "
            "vocabulary and the merges of one and the same tokenizer");
  // An added token is no part of the model.
  EXPECT_EQ(error_after(R"([{"op": "add", "path": "/model/merges/0", "value": ["<end>", "a"]}])"),
            "t.json: model.merges[0]: the token '<end>' is not in the model's vocabulary: use the "
            "vocabulary and the merges of one and the same tokenizer");
  for (const char* merge :
       {R"("ab")", R"("a b c")", R"(["a"])", R"(["a", "b", "c"])", "7", R"(["a", 1])"}) {
    json document = tiny_tokenizer();
    document["model"]["merges"][1] = json::parse(merge);
    EXPECT_THAT(error_of([&] { make(document); }),
                AllOf(StartsWith("t.json: model.merges[1]: expected two tokens, as \"a b\" or as "
                                 "[\"a\", \"b\"], found "),
                      EndsWith("; correct it, or get it again")));
  }
}

TEST(TokenizerJson, AnUnknownTokenMustExistWhereItIsNeeded) {
  EXPECT_EQ(error_after(R"([{"op": "add", "path": "/model/unk_token", "value": "?!"},
                            {"op": "remove", "path": "/model/vocab/a"},
                            {"op": "add", "path": "/model/vocab/a-gone", "value": 97},
                            {"op": "add", "path": "/model/merges", "value": []}])"),
            "t.json: model: unk_token '?!' is not in the vocabulary, but the vocabulary has no "
            "token for the byte 97: add one of them");
}

TEST(TokenizerJson, MalformedDocumentsAreErrors) {
  for (const char* text : {"", "{", "[]", "null", "{}", R"({"model": 3})", R"({"model": {}})",
                           R"({"model": {"type": "BPE", "vocab": [], "merges": []}})",
                           R"({"model": {"type": "WordLevel"}})",
                           R"({"model": {"type": "WordLevel", "vocab": {"a": 9}}})"}) {
    EXPECT_EQ(error_of([&] { make_tokenizer_from_json(text, "t.json"); }).substr(0, 6), "t.json")
        << text;
  }
  std::string deep = R"({"pre_tokenizer": )";
  for (int i = 0; i < 100000; ++i) deep += R"({"type": "Sequence", "pretokenizers": [)";
  EXPECT_EQ(error_of([&] { make_tokenizer_from_json(deep, "t.json"); }).substr(0, 6), "t.json");
  const std::string whole = tiny_tokenizer().dump();
  for (std::size_t length = 0; length < whole.size(); length += 13) {
    EXPECT_NE(error_of([&] { make_tokenizer_from_json(whole.substr(0, length), "t.json"); }),
              "no error");
  }
}

}  // namespace
}  // namespace leakprobe
