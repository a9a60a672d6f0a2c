#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <limits>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "format/gguf.h"
#include "format/json.h"
#include "format/json_to_value.h"
#include "format/sharded.h"
#include "leakprobe/error.h"
#include "leakprobe/host/workbench.h"
#include "leakprobe/tensors.h"
#include "support/gguf_writer.h"
#include "support/run_helpers.h"

namespace leakprobe {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;
using testing_support::file_text;
using testing_support::fixture;
using testing_support::fresh_folder;
using testing_support::write_gguf;

const host::Workbench& workbench() {
  static const host::Workbench bench({{}, LEAKPROBE_PROGRAM});
  return bench;
}

fs::path file(const std::string& name) { return fixture("model_files/" + name); }

struct Scored {
  Value scores;
  std::vector<std::string> warnings;
  std::string error;  ///< "" = none
};

Scored score(const fs::path& model, const fs::path& rows = file("rows.safetensors"),
             const std::string& tensor = "") {
  Scored scored;
  try {
    scored.scores = workbench().score(model.string(), rows, tensor, scored.warnings);
  } catch (const Error& error) {
    scored.error = error.what();
  }
  return scored;
}

void expect_near(const Value& found, const Value& expected) {
  ASSERT_EQ(found.is_list(), expected.is_list());
  if (!expected.is_list()) {
    EXPECT_NEAR(found.as_number(), expected.as_number(), 1e-4);
    return;
  }
  ASSERT_EQ(found.as_list().size(), expected.as_list().size());
  for (size_t i = 0; i < expected.as_list().size(); ++i) {
    expect_near(found.as_list()[i], expected.as_list()[i]);
  }
}

Value json(const fs::path& path) { return to_value(JsonValue::read(path)); }

void write_text(const fs::path& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

/// A folder model that can be changed before it is written.
struct Folder {
  explicit Folder(const fs::path& source) : config(json(source / "config.json")) {
    const WeightFiles weights = WeightFiles::open(source);
    for (const std::string& name : weights.names()) tensors.emplace_back(name, weights.read(name));
  }
  torch::Tensor& at(const std::string& name) {
    for (auto& [known, tensor] : tensors) {
      if (known == name) return tensor;
    }
    throw Error("the fixture has no tensor " + name);
  }
  void erase(const std::string& name) {
    std::erase_if(tensors, [&](const auto& tensor) { return tensor.first == name; });
  }
  fs::path write() const {
    const fs::path folder = fresh_folder("model");
    write_text(folder / "config.json", to_json(config));
    write_safetensors(folder / "model.safetensors", tensors);
    return folder;
  }
  Value config;
  NamedTensors tensors;
};

Folder llama() { return Folder(fixture("models/llama_untied_mha")); }
Folder tied_llama() { return Folder(fixture("models/llama_gqa_tied")); }
Folder neox() { return Folder(fixture("models/gpt_neox_parallel")); }

/// What the unchanged fixture gives.
Scored score(const Folder& model) { return score(model.write(), file("rows.safetensors")); }

/// A GGUF model that can be changed before it is written.
struct Gguf {
  explicit Gguf(const fs::path& source = file("gguf-upper-case-name/MODEL.GGUF")) {
    const GgufFile gguf = GgufFile::open(source);
    metadata = gguf.metadata().entries();
    for (const std::string& name : gguf.names()) tensors.emplace_back(name, gguf.read(name));
  }
  fs::path write(const std::string& name = "model.gguf") const {
    const fs::path path = fresh_folder("model") / name;
    write_gguf(path, metadata, tensors);
    return path;
  }
  std::map<std::string, GgufValue> metadata;
  NamedTensors tensors;
};

class ModelFile : public testing::TestWithParam<const char*> {};

TEST_P(ModelFile, HasTheValuesOfTransformers) {
  const fs::path folder = file(GetParam());
  fs::path model = folder / "model";
  for (const char* name : {"model.gguf", "MODEL.GGUF"}) {
    if (fs::exists(folder / name)) model = folder / name;
  }
  const Scored scored = score(model);
  ASSERT_EQ(scored.error, "");
  expect_near(scored.scores, json(folder / "expected.json"));
}

INSTANTIATE_TEST_SUITE_P(, ModelFile,
                         testing::Values("rope-scaling-carries-theta", "tied-config-other-head",
                                         "tied-only-lm-head", "gguf-upper-case-name",
                                         "gguf-attention-bias"),
                         [](const auto& test) {
                           std::string name = test.param;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

TEST(ModelFiles, RotaryFactorsAsATensorAreRefusedByName) {
  EXPECT_THAT(score(file("gguf-rope-freqs/model.gguf")).error,
              HasSubstr("tensor 'rope_freqs.weight' gives factors of rotary frequencies other than "
                        "the configuration's, which is not covered; take a model without this "
                        "tensor"));
}

TEST(ModelFiles, AScalingFactorWithoutATypeIsRefused) {
  EXPECT_THAT(score(file("gguf-rope-factor-without-type/model.gguf")).error,
              HasSubstr("llama.rope.scaling.factor: 4.0 is not covered; only 0 or 1 is: scaled "
                        "rotary positions; take a model without this setting"));
}

TEST(ModelFiles, APartOfASplitFileSaysSo) {
  EXPECT_THAT(score(file("gguf-split/model.gguf")).error,
              HasSubstr("model.gguf: is part 1 of 2 of a model (split.count)"));
}

TEST(ModelFiles, AGitLfsPointerIsCalledOneWhateverItStandsFor) {
  const std::string words =
      ": is a Git LFS pointer, not the file itself; fetch it with: git lfs pull";
  const fs::path folder = file("lfs-pointer");
  EXPECT_EQ(score(folder / "model").error, (folder / "model/model.safetensors").string() + words);
  EXPECT_EQ(score(folder / "model.gguf").error, (folder / "model.gguf").string() + words);
  try {
    workbench().tokenizer((folder / "model").string(), false);
    ADD_FAILURE() << "the tokenizer is a pointer, too";
  } catch (const Error& error) {
    EXPECT_EQ(error.what(), (folder / "model/tokenizer.json").string() + words);
  }
  const fs::path config = fresh_folder("model");
  fs::copy(folder / "model.gguf", config / "config.json");
  EXPECT_EQ(score(config).error, (config / "config.json").string() + words);
}

TEST(ModelFiles, MetadataMayBeNull) {
  const fs::path folder = file("metadata-null");
  EXPECT_EQ(score(folder / "model", folder / "rows.safetensors").error, "");
}

TEST(ModelFiles, WeightsThatAreNotFiniteAreNamedWhenTheyAreRead) {
  EXPECT_THAT(score(file("non-finite-weights/model")).error,
              AllOf(HasSubstr("model.safetensors: tensor '"),
                    HasSubstr("' holds NaN or infinite numbers")));
  for (const float bad :
       {std::numeric_limits<float>::infinity(), std::numeric_limits<float>::quiet_NaN()}) {
    Gguf gguf;
    gguf.tensors.front().second.flatten()[3] = bad;
    EXPECT_THAT(score(gguf.write()).error,
                HasSubstr("model.gguf: tensor '" + gguf.tensors.front().first + "' holds NaN"));
  }
  Folder folder = neox();
  folder.at("gpt_neox.layers.0.attention.dense.bias")[0] = -INFINITY;
  EXPECT_THAT(score(folder).error, HasSubstr("tensor 'gpt_neox.layers.0.attention.dense.bias'"));
}

TEST(ModelFiles, WeightsTooLargeToComputeWithEndInASentence) {
  Folder folder = llama();
  folder.at("lm_head.weight").fill_(3e38);
  EXPECT_THAT(
      score(folder).error,
      HasSubstr(": gives no finite log-probability for row 0, although all its weights are"));
}

TEST(ModelFiles, NamesWithoutPrefixAreThoseOfAModelWithoutAHead) {
  for (auto& [folder, prefix] :
       {std::pair{llama(), std::string("model.")}, std::pair{tied_llama(), std::string("model.")},
        std::pair{neox(), std::string("gpt_neox.")}}) {
    const Scored expected = score(folder);
    ASSERT_EQ(expected.error, "");
    Folder changed = folder;
    for (auto& [name, tensor] : changed.tensors) {
      if (name.starts_with(prefix)) name.erase(0, prefix.size());
    }
    EXPECT_EQ(score(changed).error, "");
    EXPECT_EQ(score(changed).scores, expected.scores);
  }
}

TEST(ModelFiles, ATiedTensorMayBeStoredUnderEitherNameOrBoth) {
  Folder folder = neox();
  folder.config.set("tie_word_embeddings", true);
  folder.erase("embed_out.weight");
  folder.erase("lm_head.weight");
  const torch::Tensor embedding = folder.at("gpt_neox.embed_in.weight").clone();
  const Scored expected = score(folder);
  ASSERT_EQ(expected.error, "");
  for (const char* name : {"embed_out.weight", "lm_head.weight"}) {
    Folder both = folder;
    both.tensors.emplace_back(name, embedding);
    EXPECT_EQ(score(both).scores, expected.scores) << name;
    both.erase("gpt_neox.embed_in.weight");
    EXPECT_EQ(score(both).scores, expected.scores) << name;
  }
}

TEST(ModelFiles, AnotherHeadUnderATieIsUsedAndSaid) {
  Folder folder = neox();
  const Scored expected = score(folder);
  folder.config.set("tie_word_embeddings", true);
  const Scored found = score(folder);
  EXPECT_EQ(found.scores, expected.scores);
  EXPECT_THAT(found.warnings, ElementsAre(HasSubstr("tie_word_embeddings: true is not used: ")));

  Folder shaped = tied_llama();
  shaped.tensors.emplace_back("lm_head.weight", torch::ones({5, 48}));
  EXPECT_THAT(
      score(shaped).error,
      HasSubstr("tensor 'lm_head.weight' has the shape (5, 48), the configuration asks for"));
}

TEST(ModelFiles, BuffersOfOldFilesChangeNothingAsInTransformers) {
  Folder folder = neox();
  const Scored expected = score(folder);
  folder.tensors.emplace_back("gpt_neox.layers.0.attention.bias", torch::ones({1, 1, 4, 4}));
  folder.tensors.emplace_back("gpt_neox.layers.0.attention.masked_bias", torch::full({}, -1e9));
  folder.tensors.emplace_back("gpt_neox.layers.1.attention.rotary_emb.inv_freq", torch::ones({2}));
  EXPECT_EQ(score(folder).scores, expected.scores);

  Folder other = llama();
  const Scored without = score(other);
  other.tensors.emplace_back("model.layers.0.self_attn.rotary_emb.inv_freq", torch::ones({6}));
  EXPECT_EQ(score(other).scores, without.scores);
}

TEST(ModelFiles, FactorsOfRotaryFrequenciesAreTakenWhereAllAreOne) {
  const Scored expected = score(Gguf().write());
  Gguf gguf(file("gguf-rope-freqs/model.gguf"));
  for (auto& [name, tensor] : gguf.tensors) {
    if (name == "rope_freqs.weight") tensor.fill_(1);
  }
  EXPECT_EQ(score(gguf.write()).scores, expected.scores);
}

TEST(ModelFiles, AGgufFileIsKnownByItsFirstBytes) {
  const Scored expected = score(Gguf().write());
  ASSERT_EQ(expected.error, "");
  for (const char* name : {"sha256-0f3c", "weights.bin", "MODEL.Gguf"}) {
    EXPECT_EQ(score(Gguf().write(name)).scores, expected.scores) << name;
  }
}

TEST(ModelFiles, SettingsOnceALayerAreReadWhereTheyAreEqual) {
  const Scored expected = score(Gguf().write());
  Gguf gguf;
  const auto blocks = static_cast<size_t>(std::get<int64_t>(gguf.metadata.at("llama.block_count")));
  for (const char* key : {"llama.attention.head_count", "llama.attention.head_count_kv",
                          "llama.feed_forward_length"}) {
    const auto value = std::get<int64_t>(gguf.metadata.at(key));
    gguf.metadata[key] = std::vector<int64_t>(blocks, value);
  }
  EXPECT_EQ(score(gguf.write()).scores, expected.scores);
  gguf.metadata["llama.feed_forward_length"] = std::vector<int64_t>(blocks + 1, 24);
  EXPECT_THAT(score(gguf.write()).error,
              HasSubstr("llama.feed_forward_length: is given for 2 layers"));
  gguf.metadata["llama.feed_forward_length"] = std::vector<int64_t>{24, 25};
  EXPECT_THAT(score(gguf.write()).error,
              HasSubstr("llama.feed_forward_length: is not covered: 24 in one layer and 25"));
}

TEST(ModelFiles, ABiasThatGgufLeavesOutIsZero) {
  Gguf gguf(file("gguf-attention-bias/model.gguf"));
  const Gguf whole = gguf;
  for (auto& [name, tensor] : gguf.tensors) {
    if (name.ends_with("attn_output.bias")) tensor.zero_();
  }
  const Scored expected = score(gguf.write());
  ASSERT_EQ(expected.error, "");
  std::erase_if(gguf.tensors,
                [](const auto& tensor) { return tensor.first.ends_with("attn_output.bias"); });
  EXPECT_EQ(score(gguf.write()).scores, expected.scores);
}

TEST(ModelFiles, KeysThatNobodyKnowsAreSaidWhereverAModelIsNamed) {
  Folder folder = llama();
  folder.config.set("novelty", 3);
  const fs::path model = folder.write();
  EXPECT_THAT(score(model).warnings,
              ElementsAre((model / "config.json").string() +
                          ": novelty: 3 is not used: this key is not known here"));
  Gguf gguf;
  gguf.metadata["llama.novelty"] = int64_t{3};
  EXPECT_THAT(score(gguf.write()).warnings, ElementsAre(HasSubstr("llama.novelty: 3 is not used")));
}

/// Numbers of config.json that no model has, and what is said of them.
const std::vector<std::pair<const char*, Value>> kNumbers = {
    {"num_hidden_layers", 3'000'000},
    {"num_hidden_layers", int64_t{4294967295}},
    {"num_hidden_layers", 0},
    {"num_attention_heads", 0},
    {"num_attention_heads", 1'000'000'000},
    {"hidden_size", -1},
    {"hidden_size", 2'000'000'000},
    {"intermediate_size", 2'000'000'000},
    {"vocab_size", 10'000'000},
    {"vocab_size", -5},
    {"max_position_embeddings", -3},
};

TEST(ModelFiles, NumbersThatDoNotFitTheWeightsAreSaidBeforeMemoryIsTaken) {
  for (const Folder& good : {llama(), tied_llama(), neox()}) {
    for (const auto& [key, value] : kNumbers) {
      Folder folder = good;
      folder.config.set(key, value);
      const std::string error = score(folder).error;
      EXPECT_THAT(error, StartsWith("/")) << key << " " << to_json(value) << ": " << error;
      EXPECT_THAT(error, testing::Not(HasSubstr("mistake in"))) << error;
    }
  }
  Folder folder = llama();
  folder.config.set("num_hidden_layers", 3'000'000);
  EXPECT_THAT(score(folder).error, HasSubstr("is not there, and the configuration asks for it"));
  EXPECT_THAT(score(file("heads_0.gguf")).error,
              HasSubstr("heads_0.gguf: llama.attention.head_count: must be from 1"));
  Gguf gguf;
  gguf.metadata["llama.block_count"] = int64_t{4294967295};
  EXPECT_THAT(score(gguf.write()).error, HasSubstr("llama.block_count: must be from 1"));
}

/// What people and tools do to config.json; each is refused in a sentence that says what to do.
TEST(ModelFiles, ASettingThatCannotBeSaysWhatToDo) {
  const std::vector<std::pair<const char*, Value>> changes = {
      {"head_dim", 0},
      {"head_dim", -1},
      {"head_dim", 11},
      {"num_key_value_heads", 0},
      {"num_key_value_heads", 3},
      {"num_attention_heads", 0},
      {"num_attention_heads", "4"},
      {"num_attention_heads", Value::List{4, 4}},
      {"num_attention_heads", Value::List{4, 4, 2, 4}},
      {"intermediate_size", 0},
      {"intermediate_size", nullptr},
      {"hidden_size", 48.0},
      {"hidden_size", true},
      {"vocab_size", 0},
      {"vocab_size", nullptr},
      {"vocab_size", 97},
      {"max_position_embeddings", -1},
      {"rms_norm_eps", 0.0},
      {"rope_parameters", "default"},
      {"rope_scaling", false},
      {"tie_word_embeddings", "yes"},
      {"attention_bias", true},
      {"hidden_act", 3},
      {"model_type", 5},
      {"sliding_window", -1},
      {"bos_token_id", "x"},
      {"bos_token_id", -7},
      {"eos_token_id", Value::List{2, 0.5}},
      {"pad_token_id", int64_t{1} << 40},
      {"quantization_config", Value::map()},
  };
  for (const auto& [key, value] : changes) {
    Folder folder = llama();
    folder.config.set(key, value);
    const std::string error = score(folder).error;
    EXPECT_THAT(error, AllOf(StartsWith("/"), HasSubstr(key == std::string("attention_bias")
                                                            ? "self_attn.q_proj.bias"
                                                        : value == Value(97) ? "(97, 48)"
                                                                             : key)))
        << to_json(value);
    EXPECT_THAT(error, testing::ContainsRegex("; (correct|take|name|config\\.json and)"))
        << key << " " << to_json(value);
  }
  for (const auto& [key, value] : std::vector<std::pair<const char*, Value>>{
           {"head_dim", nullptr}, {"pad_token_id", -1}, {"eos_token_id", Value::List{2, 3}}}) {
    Folder folder = llama();
    folder.config.set(key, value);
    EXPECT_EQ(score(folder).error, "") << key;
  }
}

/// The same of the header of model.safetensors, where `from` stands once.
TEST(ModelFiles, AHeaderThatCannotBeSaysWhatToDo) {
  const std::string name = "model.layers.0.self_attn.q_proj.weight";
  const fs::path good = llama().write();
  const std::string bytes = file_text(good / "model.safetensors");
  uint64_t size = 0;
  std::memcpy(&size, bytes.data(), sizeof size);
  const std::string header = bytes.substr(sizeof size, size);
  const auto refused = [&](const std::string& changed) {
    const uint64_t length = changed.size();
    write_text(good / "model.safetensors",
               std::string(reinterpret_cast<const char*>(&length), sizeof length) + changed +
                   bytes.substr(sizeof size + size));
    return score(good).error;
  };
  const size_t at = header.find('"' + name + '"');
  ASSERT_NE(at, std::string::npos);
  const size_t end = header.find('}', at);
  for (const std::string& entry :
       {std::string(R"({"dtype":"X9","shape":[48,48],"data_offsets":[0,4]})"),
        std::string(R"({"dtype":"F32","shape":[-48,48],"data_offsets":[0,4]})"),
        std::string(R"({"dtype":"F32","shape":"48x48","data_offsets":[0,4]})"),
        std::string(R"({"dtype":"F32","shape":[48,0],"data_offsets":[0,4]})"),
        std::string(R"({"dtype":"F32","shape":[],"data_offsets":[4,0]})"),
        std::string(R"({"dtype":"F32","shape":[],"data_offsets":[0,1,2]})"),
        std::string(R"({"dtype":"F32","shape":[1]})"), std::string("5"), std::string("null")}) {
    const std::string error =
        refused(header.substr(0, at) + '"' + name + "\":" + entry + header.substr(end + 1));
    EXPECT_THAT(error, AllOf(StartsWith(good.string()), HasSubstr(name))) << entry;
    EXPECT_THAT(error, testing::EndsWith("; correct it, or get it again")) << entry;
  }
  std::string renamed = header;
  renamed.replace(at, name.size() + 2, "\"model.layers.0.self_attn.x.weight\"");
  EXPECT_THAT(refused(renamed),
              HasSubstr("belongs to no parameter of this architecture; config.json and the weights "
                        "must be of one model: get both again; take a model without this tensor"));
}

TEST(ModelFiles, WhatIsNoModelSaysWhatItIs) {
  const auto with = [](const std::vector<std::string>& names, bool config) {
    const fs::path folder = fresh_folder("model");
    for (const std::string& name : names) {
      write_text(folder / name, R"({"base_model_name_or_path": "o/base"})");
    }
    if (config) write_text(folder / "config.json", to_json(llama().config));
    return score(folder).error;
  };
  EXPECT_THAT(with({"pytorch_model.bin"}, true), HasSubstr("only as pytorch_model.bin"));
  EXPECT_THAT(with({"model.pt"}, true), HasSubstr("only as model.pt"));
  EXPECT_THAT(with({"tf_model.h5"}, true), HasSubstr("only as tf_model.h5"));
  EXPECT_THAT(with({"x.safetensors"}, true), HasSubstr("but 'x.safetensors': name that file"));
  EXPECT_THAT(with({}, true), HasSubstr("has neither model.safetensors nor"));
  EXPECT_THAT(with({"adapter_config.json", "adapter_model.safetensors"}, false),
              HasSubstr("holds an adapter of 'o/base' (adapter_config.json)"));
  EXPECT_THAT(with({"adapter_config.json", "model.safetensors"}, true),
              HasSubstr("holds an adapter of 'o/base'"));
  EXPECT_THAT(with({"model.Q8_0.gguf"}, false),
              HasSubstr("it holds the GGUF file 'model.Q8_0.gguf': name that file"));
  EXPECT_THAT(with({"params.json", "consolidated.00.pth"}, false), HasSubstr("makers' own format"));

  const fs::path folder = fresh_folder("model");
  write_text(folder / "config.json", to_json(llama().config));
  for (const auto& [beginning, words] :
       {std::pair{"PK\x03\x04 and more", "is a zip archive, as PyTorch writes it"},
        std::pair{"\x80\x02 and more", "is a Python pickle"},
        std::pair{"\x89HDF\r\n and more", "is an HDF5 file"},
        std::pair{"tjgg and more", "is a GGML file, older than GGUF"}}) {
    write_text(folder / "weights", beginning);
    EXPECT_THAT(score(folder / "weights").error, HasSubstr(words));
  }
}

TEST(ModelFiles, ErrorsOfAGgufTokenizerNameTheFile) {
  Gguf gguf;
  gguf.metadata["tokenizer.ggml.model"] = std::string("gpt2");
  gguf.metadata["tokenizer.ggml.pre"] = std::string("nonsense");
  gguf.metadata["tokenizer.ggml.merges"] = std::vector<std::string>{};
  const fs::path model = gguf.write();
  try {
    workbench().tokenizer(model.string(), false);
    ADD_FAILURE() << "there is no such splitting";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), StartsWith(model.string() + ": "));
  }
}

/// What nobody should find in a setting.
Value extreme(std::mt19937& random) {
  static const Value::List kExtremes = {0,
                                        -1,
                                        1,
                                        3,
                                        int64_t{1} << 31,
                                        int64_t{1} << 40,
                                        std::numeric_limits<int64_t>::max(),
                                        std::numeric_limits<int64_t>::min(),
                                        0.0,
                                        -0.5,
                                        1e-300,
                                        1e300,
                                        true,
                                        false,
                                        nullptr,
                                        "",
                                        "x",
                                        std::string(5000, 'y'),
                                        Value::map(),
                                        Value::list(),
                                        Value::List{1, 2},
                                        Value::List{4, 4, 4, 4}};
  return kExtremes[random() % kExtremes.size()];
}

/// Ends in scores or in a sentence that names the file.
void expect_sentence(const fs::path& model, const std::string& what) {
  const Scored scored = score(model);
  if (scored.error.empty()) return;
  EXPECT_THAT(scored.error, HasSubstr(model.parent_path().string())) << what;
  for (const char* raw :
       {"mistake in", "c10", "Exception raised", "std::", "vector::", "INTERNAL"}) {
    EXPECT_THAT(scored.error, testing::Not(HasSubstr(raw))) << what;
  }
}

TEST(ModelFiles, NoChangeOfASettingEndsOtherwiseThanInASentence) {
  std::mt19937 random(1);
  for (const Folder& good : {llama(), tied_llama(), neox()}) {
    for (int i = 0; i < 120; ++i) {
      Folder folder = good;
      auto& entries = folder.config.entries();
      Value::Entry& entry = entries[random() % entries.size()];
      entry.value = extreme(random);
      expect_sentence(folder.write() / "model.safetensors", entry.key + " " + to_json(entry.value));
    }
  }
}

TEST(ModelFiles, NoChangeOfBytesEndsOtherwiseThanInASentence) {
  std::mt19937 random(2);
  const fs::path gguf = file("gguf-attention-bias/model.gguf");
  const fs::path weights = fixture("models/llama_gqa_tied/model.safetensors");
  for (const fs::path& source : {gguf, weights}) {
    const std::string good = file_text(source);
    const fs::path folder = fresh_folder("mutants");
    write_text(folder / "config.json", file_text(weights.parent_path() / "config.json"));
    for (int i = 0; i < 200; ++i) {
      std::string bytes = good;
      const size_t header = std::min<size_t>(bytes.size(), 3000);
      for (size_t change = 0; change < 1 + random() % 3; ++change) {
        bytes[random() % header] = static_cast<char>(random());
      }
      if (i % 10 == 0) bytes.resize(random() % bytes.size());
      const fs::path mutant = folder / ("mutant" + std::to_string(i));
      write_text(mutant, bytes);
      expect_sentence(mutant, "mutant " + std::to_string(i));
      fs::remove(mutant);
    }
  }
}

TEST(ModelFiles, DropoutIsSaidBeforeARunAndKeptInItsCheckpoint) {
  const fs::path folder = file("dropout-in-config");
  const host::ExperimentFile experiment{folder / "run.yaml", {}};
  const std::string words =
      (folder / "model/config.json").string() +
      ": attention_dropout: 0.5 is not applied: leakprobe trains without dropout";
  const std::vector<Diagnostic> found = workbench().validate(experiment);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].severity, Diagnostic::Severity::warning);
  EXPECT_EQ(found[0].message, words);
  EXPECT_THAT(workbench().resolve(experiment).find("warnings")->as_list().at(0).as_string(),
              HasSubstr(words));

  std::vector<Diagnostic> said;
  host::RunOptions options;
  options.out = fresh_folder("dropout") / "run";
  options.observer.warnings = [&](const std::vector<Diagnostic>& warnings) { said = warnings; };
  workbench().run(experiment, options);
  ASSERT_EQ(said.size(), 1u);
  EXPECT_EQ(said[0].message, words);
  EXPECT_EQ(*json(options.out / "checkpoints/a/config.json").find("attention_dropout"), Value(0.5));
}

TEST(ModelFiles, TextThatAGgufFileChangesBeforeItIsSplitIsRefusedByName) {
  const auto error = [](const std::string& key, const GgufValue& value, const std::string& pre) {
    Gguf gguf;
    gguf.metadata["tokenizer.ggml.model"] = std::string("gpt2");
    gguf.metadata["tokenizer.ggml.pre"] = pre;
    gguf.metadata["tokenizer.ggml.merges"] = std::vector<std::string>{};
    gguf.metadata["tokenizer.ggml." + key] = value;
    const fs::path model = gguf.write();
    try {
      workbench().tokenizer(model.string(), false);
    } catch (const Error& refused) {
      return std::string(refused.what());
    }
    return std::string();
  };
  for (const char* key : {"normalizer.lowercase", "normalizer.strip_accents", "add_space_prefix",
                          "remove_extra_whitespaces"}) {
    const std::string name = std::string("tokenizer.ggml.") + key;
    EXPECT_THAT(error(key, true, "gpt-2"),
                HasSubstr(name + ": is not applied here, and changes which tokens a text has; name "
                                 "the model's tokenizer.json with model.tokenizer"));
    EXPECT_THAT(error(key, false, "gpt-2"), Not(HasSubstr(name)));
  }
  EXPECT_THAT(error("normalizer.nfc", true, "gpt-2"), HasSubstr("normalizer.nfc: is not applied"));
  EXPECT_THAT(error("normalizer.nfc", true, "olmo"), Not(HasSubstr("normalizer.nfc")));
  EXPECT_THAT(error("add_bos_token", true, "gpt-2"), Not(HasSubstr("add_bos_token")));
}

}  // namespace
}  // namespace leakprobe
