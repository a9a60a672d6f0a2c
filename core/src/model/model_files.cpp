#include "model/model_files.h"

#include <optional>
#include <utility>
#include <variant>

#include "format/gguf.h"
#include "format/json.h"
#include "format/json_to_value.h"
#include "format/sharded.h"
#include "leakprobe/error.h"
#include "tokenizer/gguf_tokenizer.h"
#include "tokenizer/load.h"

namespace leakprobe {
namespace {

namespace fs = std::filesystem;

/// Names of all architectures, for messages.
std::string known_architectures(const Registry& registry) {
  std::string text;
  for (const std::string& name : registry.names(Kind::model)) {
    text += (text.empty() ? "" : ", ") + registry.find(Kind::model, name)->model->model_type;
  }
  return text.empty() ? "none: no model plugin was loaded" : text;
}

fs::path folder_of(const fs::path& path) {
  return fs::is_directory(path) ? path : path.parent_path();
}

/// Metadata without the long lists of the tokenizer.
Value scalars(const GgufMetadata& metadata) {
  Value values = Value::map();
  for (const auto& [key, value] : metadata.entries()) {
    std::visit(
        [&](const auto& content) {
          if constexpr (std::is_constructible_v<Value, decltype(content)>) {
            values.set(key, Value(content));
          }
        },
        value);
  }
  return values;
}

}  // namespace

ModelFiles::ModelFiles(const fs::path& path, const Registry& registry) : path_(path) {
  gguf_ = !fs::is_directory(path) && path.extension() == ".gguf";
  if (gguf_) {
    read_gguf(registry);
  } else {
    read_folder(registry);
  }
}

void ModelFiles::read_folder(const Registry& registry) {
  const fs::path file = folder_of(path_) / "config.json";
  if (!fs::exists(file)) {
    throw Error(
        path_.string() +
        ": this is no model: there is no config.json; name a Hugging Face model folder or a "
        ".gguf file");
  }
  const JsonValue json = JsonValue::read(file);
  const ConfigReader config(to_value(json), file.string());
  const std::string type = config.text("model_type");
  for (const std::string& name : registry.names(Kind::model)) {
    const Registration* candidate = registry.find(Kind::model, name);
    if (candidate->model->model_type == type) architecture_ = candidate;
  }
  if (!architecture_) {
    throw Error(file.string() + ": model_type '" + type + "' is not supported; supported are " +
                known_architectures(registry));
  }
  if (config.has("quantization_config")) {
    throw Error(file.string() +
                ": quantization_config: quantized folders are not supported; name the model's "
                "float weights or a .gguf file");
  }
  for (const char* key : {"bos_token_id", "eos_token_id", "pad_token_id"}) {
    if (const Value* id = config.find(key)) special_tokens_.set(key, *id);
  }
  vocab_size_ = json.get_int("vocab_size", 1, int64_t{1} << 31);
  options_ = architecture_->model->from_config(config);
}

void ModelFiles::read_gguf(const Registry& registry) {
  const GgufFile file = GgufFile::open(path_);
  Value values = scalars(file.metadata());
  values.set(kGgufHasHead, file.has("output.weight"));
  const ConfigReader metadata(std::move(values), path_.string());
  for (const std::string& name : registry.names(Kind::model)) {
    const Registration* candidate = registry.find(Kind::model, name);
    if (auto options = candidate->model->from_gguf(metadata)) {
      architecture_ = candidate;
      options_ = std::move(options);
      break;
    }
  }
  if (!architecture_) {
    throw Error(path_.string() + ": architecture '" +
                metadata.text("general.architecture", "unknown") +
                "' is not supported in GGUF files; name a Hugging Face model folder instead");
  }
  for (const auto& [key, gguf_key] :
       {std::pair{"bos_token_id", "tokenizer.ggml.bos_token_id"},
        std::pair{"eos_token_id", "tokenizer.ggml.eos_token_id"},
        std::pair{"pad_token_id", "tokenizer.ggml.padding_token_id"}}) {
    if (const auto id = file.metadata().find_int(gguf_key)) special_tokens_.set(key, *id);
  }
  vocab_size_ = static_cast<int64_t>(file.metadata().get_strings("tokenizer.ggml.tokens").size());
}

std::unique_ptr<TensorSource> ModelFiles::weights() const {
  if (gguf_) return std::make_unique<GgufFile>(GgufFile::open(path_));
  return std::make_unique<WeightFiles>(WeightFiles::open(path_));
}

std::shared_ptr<const Tokenizer> ModelFiles::tokenizer() const {
  if (!gguf_) {
    const fs::path folder = folder_of(path_);
    return fs::exists(folder / "tokenizer.json") ? load_tokenizer(folder) : nullptr;
  }
  const GgufFile file = GgufFile::open(path_);
  const GgufMetadata& metadata = file.metadata();
  const std::string& model = metadata.get_string("tokenizer.ggml.model");
  if (model != "gpt2") {
    throw Error(path_.string() + ": tokenizer.ggml.model: '" + model +
                "' is not supported, only byte-level BPE ('gpt2'); name a tokenizer.json with "
                "model.tokenizer");
  }
  std::vector<int32_t> types;
  if (metadata.has("tokenizer.ggml.token_type")) {
    for (const int64_t type : metadata.get_ints("tokenizer.ggml.token_type")) {
      types.push_back(static_cast<int32_t>(type));
    }
  }
  return make_gpt2_tokenizer(metadata.get_strings("tokenizer.ggml.tokens"),
                             metadata.get_strings("tokenizer.ggml.merges"), std::move(types),
                             metadata.find_string("tokenizer.ggml.pre").value_or(""));
}

}  // namespace leakprobe
