#include "tokenizer/gguf_tokenizer.h"

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <random>

#include "format/support.h"
#include "tokenizer/byte_alphabet.h"
#include "tokenizer/load.h"
#include "tokenizer/sample_text.h"
#include "tokenizer/tokenizer_json.h"

namespace leakprobe {
namespace {

using Ids = std::vector<std::int64_t>;
using Types = std::vector<std::int32_t>;

struct Metadata {
  std::vector<std::string> tokens;
  std::vector<std::string> merges;
  Types types;

  std::shared_ptr<const Tokenizer> make(const std::string& pre) const {
    return make_gpt2_tokenizer(tokens, merges, types, pre, "m.gguf");
  }
};

// 0 to 255 are the bytes, then "<end>" (control), "<mine>" (user-defined), "12" and an unused one.
Metadata tiny() {
  Metadata metadata;
  for (int byte = 0; byte < 256; ++byte) {
    metadata.tokens.push_back(to_byte_alphabet(std::string(1, static_cast<char>(byte))));
  }
  metadata.tokens.insert(metadata.tokens.end(), {"<end>", "<mine>", "12", "[PAD259]"});
  metadata.merges = {"1 2"};
  metadata.types = Types(256, 1);
  metadata.types.insert(metadata.types.end(), {3, 4, 1, 5});
  return metadata;
}

TEST(GgufTokenizer, SplitsAsItsPreTokenizerSays) {
  for (const char* pre : {"gpt-2", "olmo", "gpt-neox", "llama-bpe", "llama3"}) {
    EXPECT_EQ(tiny().make(pre)->encode("12<end><mine>"), (Ids{258, 256, 257})) << pre;
  }
  for (const char* pre : {"smollm", "qwen2"}) {
    EXPECT_EQ(tiny().make(pre)->encode("12<end>"), (Ids{'1', '2', 256})) << pre;
  }
  for (const char* pre : {"olmo", "gpt-neox", "qwen2"}) {
    EXPECT_EQ(tiny().make(pre)->encode("e\u0301"), (Ids{0xC3, 0xA9})) << pre;
  }
  EXPECT_EQ(tiny().make("gpt-2")->encode("e\u0301"), (Ids{'e', 0xCC, 0x81}));
  EXPECT_EQ(tiny().make("gpt-2")->encode("[PAD259]").size(), 8u);
  EXPECT_EQ(tiny().make("gpt-2")->size(), 260);
  EXPECT_EQ(tiny().make("gpt-2")->decode({258, 259, 256}), "12[PAD259]<end>");
}

TEST(GgufTokenizer, ItsFileGivesTheSameIds) {
  std::mt19937_64 generator(8);
  for (const char* pre : {"smollm", "gpt-2", "olmo", "llama-bpe", "qwen2"}) {
    const auto tokenizer = tiny().make(pre);
    const auto again = make_tokenizer_from_json(tokenizer->files().at(0).second, "t.json");
    for (int i = 0; i < 50; ++i) {
      const std::string text = random_text(generator, 60);
      EXPECT_EQ(again->encode(text), tokenizer->encode(text));
    }
  }
}

// The GGUF file of SmolLM2 has the same tokens in the same order as its tokenizer.json.
TEST(GgufTokenizer, EqualsTheTokenizerOfTheSameModel) {
  const std::filesystem::path folder =
      std::filesystem::path(LEAKPROBE_TEST_FIXTURES) / "tokenizers" / "smollm2";
  const auto document = nlohmann::json::parse(std::ifstream(folder / "tokenizer.json"));
  Metadata metadata;
  metadata.tokens.resize(document["model"]["vocab"].size());
  for (const auto& [token, id] : document["model"]["vocab"].items()) {
    metadata.tokens[id.get<std::size_t>()] = token;
  }
  for (const auto& merge : document["model"]["merges"]) {
    metadata.merges.push_back(merge[0].get<std::string>() + " " + merge[1].get<std::string>());
  }
  metadata.types = Types(metadata.tokens.size(), 1);
  for (const auto& token : document["added_tokens"]) {
    metadata.types[token["id"].get<std::size_t>()] = 3;
  }
  const auto tokenizer = metadata.make("smollm");
  std::ifstream cases(folder / "cases.jsonl");
  for (std::string line; std::getline(cases, line);) {
    const auto expected = nlohmann::json::parse(line);
    EXPECT_EQ(tokenizer->encode(expected["text"].get<std::string>()), expected["ids"].get<Ids>());
  }
}

TEST(GgufTokenizer, IsRefusedWhereTheFileDoesNotSayHowItSplits) {
  EXPECT_EQ(error_of([] { tiny().make(""); }),
            "m.gguf: tokenizer.ggml.pre is absent, so the file does not say how its tokenizer "
            "splits text: name the model's tokenizer.json with model.tokenizer");
  EXPECT_EQ(error_of([] { tiny().make("default"); }).substr(0, 48),
            "m.gguf: tokenizer.ggml.pre is 'default', so the ");
}

TEST(GgufTokenizer, ErrorsNameTheMetadata) {
  EXPECT_EQ(error_of([] { tiny().make("tekken"); }),
            "m.gguf: tokenizer.ggml.pre 'tekken' is not supported: use a file with one of "
            "gpt-2, gpt-neox, llama-bpe, llama-v3, llama3, olmo, qwen2, smollm");
  Metadata metadata = tiny();
  metadata.types.pop_back();
  EXPECT_EQ(error_of([&] { metadata.make("gpt-2"); }),
            "m.gguf: tokenizer.ggml.token_type has 259 elements for 260 tokens: use a "
            "complete file");
  metadata = tiny();
  metadata.types[7] = 9;
  EXPECT_EQ(error_of([&] { metadata.make("gpt-2"); }),
            "m.gguf: tokenizer.ggml.token_type[7]: the type 9 is not one of 1 to 6: use a "
            "valid file");
  metadata = tiny();
  metadata.tokens[258] = "a";
  EXPECT_EQ(error_of([&] { metadata.make("gpt-2"); }),
            "m.gguf: tokenizer.ggml.tokens[258]: the token 'a' has the id 97 as well: use a "
            "file with distinct tokens");
  metadata = tiny();
  metadata.tokens[3] = "\xFF";
  EXPECT_EQ(error_of([&] { metadata.make("gpt-2"); }).substr(0, 29),
            "m.gguf: tokenizer.ggml.tokens");
  metadata = tiny();
  metadata.merges.push_back("1 \xFF");
  EXPECT_EQ(error_of([&] { metadata.make("gpt-2"); }).substr(0, 32),
            "m.gguf: tokenizer.ggml.merges[1]");
  metadata = tiny();
  metadata.merges.push_back("1 3");
  EXPECT_EQ(error_of([&] { metadata.make("gpt-2"); }),
            "m.gguf: metadata as tokenizer.json: model.merges[1]: the token '13' is not in the "
            "model's vocabulary: use the vocabulary and the merges of one and the same tokenizer");
}

TEST(GgufTokenizer, WithoutTypesEveryTokenIsNormal) {
  Metadata metadata = tiny();
  metadata.types.clear();
  EXPECT_EQ(metadata.make("gpt-2")->encode("<end>").size(), 5u);
}

}  // namespace
}  // namespace leakprobe
