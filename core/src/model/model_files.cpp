#include "model/model_files.h"

#include <algorithm>
#include <any>
#include <array>
#include <cmath>
#include <optional>
#include <set>
#include <utility>
#include <variant>

#include "format/file_kind.h"
#include "format/files.h"
#include "format/gguf.h"
#include "format/json.h"
#include "format/json_to_value.h"
#include "format/sharded.h"
#include "leakprobe/error.h"
#include "model/model_folder.h"
#include "model/survey.h"
#include "model/weight_match.h"
#include "plugin/guard.h"
#include "text/counted.h"
#include "text/quote.h"
#include "tokenizer/gguf_tokenizer.h"
#include "tokenizer/load.h"

namespace leakprobe {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMostConfigBytes = size_t{1} << 26;
/// Metadata lists that are longer hold no settings.
constexpr size_t kMostElements = 100'000;
constexpr int64_t kMostTokens = int64_t{1} << 31;
/// What configurations say of a token that there is none.
constexpr int64_t kNoToken = -1;
constexpr int64_t kMostParts = 65535;  // llama.cpp keeps them in 16 bits

/// Names of all architectures, for messages.
std::string known_architectures(const Registry& registry) {
  std::string text;
  for (const std::string& name : registry.names(Kind::model)) {
    text += (text.empty() ? "" : ", ") + registry.at(Kind::model, name).model->model_type;
  }
  return text.empty() ? "none: no model plugin was loaded" : text;
}

fs::path folder_of(const fs::path& path) {
  std::error_code ignored;
  return fs::is_directory(path, ignored) ? path : path.parent_path();
}

Value finite(double number) {
  return std::isfinite(number) ? Value(number) : Value(std::isnan(number) ? "NaN" : "infinity");
}

/// Metadata as settings, without the long lists of the tokenizer.
Value settings_of(const GgufMetadata& metadata) {
  Value values = Value::map();
  for (const auto& [key, value] : metadata.entries()) {
    Value setting = std::visit(
        []<class Content>(const Content& content) -> Value {
          if constexpr (std::is_same_v<Content, double>) {
            return finite(content);
          } else if constexpr (std::is_constructible_v<Value, Content> &&
                               !std::is_same_v<Content, std::vector<bool>>) {
            return Value(content);
          } else {
            Value list = Value::list();
            if (content.size() > kMostElements) return list;
            for (const auto& element : content) {
              if constexpr (std::is_same_v<Content, std::vector<double>>) {
                list.push_back(finite(element));
              } else {
                list.push_back(typename Content::value_type(element));
              }
            }
            return list;
          }
        },
        value);
    Value::Entry entry;
    entry.key = key;
    entry.value = std::move(setting);
    values.entries().push_back(std::move(entry));  // the keys are unique already
  }
  return values;
}

/// What one key of config.json makes of another, as transformers 5 has it.
void apply_precedence(Value& config, const std::string& source,
                      std::vector<std::string>& warnings) {
  const Value* scaling = config.find("rope_scaling");
  const Value* rope = config.find("rope_parameters");
  if (scaling != nullptr && scaling->is_map() && !scaling->entries().empty() && rope != nullptr &&
      !rope->is_null()) {
    if (*scaling != *rope) {
      warnings.push_back(source + ": rope_parameters is not used: rope_scaling stands beside it");
    }
    config.erase("rope_parameters");
  }
  const Value* windows = config.find("use_sliding_window");
  if (windows != nullptr && *windows == Value(false)) config.erase("sliding_window");
}

const Registration* find_model_type(const Registry& registry, const std::string& type) {
  const Registration* found = nullptr;
  for (const std::string& name : registry.names(Kind::model)) {
    const Registration* candidate = registry.find(Kind::model, name);
    if (candidate->model->model_type == type) found = candidate;
  }
  return found;
}

const Registration* find_gguf_architecture(const Registry& registry, const std::string& name) {
  if (name.empty()) return nullptr;
  for (const std::string& plugin : registry.names(Kind::model)) {
    const Registration* candidate = registry.find(Kind::model, plugin);
    if (candidate->model->gguf_architecture == name) return candidate;
  }
  return nullptr;
}

/// Part files carry the metadata of the whole in the first, and a part of the tensors each.
void refuse_parts(const GgufMetadata& metadata, const std::string& source) {
  const int64_t parts = metadata.find_int("split.count", 0, kMostParts).value_or(0);
  if (parts <= 1) return;
  const int64_t part = metadata.find_int("split.no", 0, kMostParts).value_or(0) + 1;
  throw Error(source + ": is part " + std::to_string(part) + " of " + std::to_string(parts) +
              " of a model (split.count); join them with llama.cpp: llama-gguf-split --merge "
              "FIRST_PART OUT.gguf");
}

/// Refuses what a byte-level tokenizer would do to text before it splits it, and ours does not: it
/// gives other ids. Tokens before and after a text (add_bos_token, ...) are no matter of rows.
void refuse_changed_text(const GgufMetadata& metadata, const std::string& pre,
                         const std::string& source) {
  const std::string ggml = "tokenizer.ggml.";
  for (const auto& [key, value] : metadata.entries()) {
    const bool changes = key.starts_with(ggml + "normalizer") || key == ggml + "add_space_prefix" ||
                         key == ggml + "remove_extra_whitespaces" ||
                         key == ggml + "precompiled_charsmap";
    const bool* is_on = std::get_if<bool>(&value);
    if (!changes || (is_on != nullptr && !*is_on)) continue;
    if (key == ggml + "normalizer.nfc" && gguf_applies_nfc(pre)) continue;
    throw Error(source + ": " + printable(key) +
                ": is not applied here, and changes which tokens a text has; name the model's "
                "tokenizer.json with model.tokenizer");
  }
}

/// Tokens that a GGUF file's model knows.
int64_t vocabulary_of(const GgufMetadata& metadata, const std::string& architecture,
                      const std::string& source) {
  const std::string key = architecture + ".vocab_size";
  if (metadata.has(key)) return metadata.get_int(key, 1, kMostTokens);
  const auto tokens = static_cast<int64_t>(metadata.get_strings("tokenizer.ggml.tokens").size());
  if (tokens == 0) {
    throw Error(source + ": tokenizer.ggml.tokens: is empty; convert the model again");
  }
  return tokens;
}

}  // namespace

ModelFiles::ModelFiles(const fs::path& path, const Registry& registry) : path_(path) {
  std::error_code ignored;
  gguf_ = !fs::is_directory(path, ignored) && is_gguf_file(path);
  if (gguf_) {
    read_gguf(registry);
  } else {
    read_folder(registry);
  }
}

void ModelFiles::take(FileOptions read, const std::string& source) {
  const auto facts =
      std::any_cast<ModelFacts>(guarded(plugin_text(Kind::model, architecture_->name),
                                        [&] { return architecture_->facts(read.options.get()); }));
  for (const auto& [key, layers] : read.layers) {
    if (layers == facts.blocks) continue;
    throw Error(source + ": " + key + ": is given for " + counted(layers, "layer") +
                ", and the model has " + std::to_string(facts.blocks) + "; " + kGetAgain);
  }
  options_ = std::move(read.options);
  kept_ = std::move(read.kept);
  warnings_.insert(warnings_.end(), read.warnings.begin(), read.warnings.end());
}

FileOptions ModelFiles::read(const FileKeys& keys, const Value& settings, const std::string& source,
                             const std::set<std::string>& tensors) {
  return guarded_reading(plugin_text(Kind::model, architecture_->name), [&] {
    return read_options(keys, *architecture_->parameters, settings, source, tensors);
  });
}

void ModelFiles::read_folder(const Registry& registry) {
  require_model_folder(path_);
  const fs::path file = folder_of(path_) / "config.json";
  const std::string source = file.string();
  const JsonValue json =
      JsonValue::read(file, {.max_bytes = kMostConfigBytes, .remedy = kGetAgain});
  const std::string& type = json.get_string("model_type");
  architecture_ = find_model_type(registry, type);
  if (!architecture_) {
    throw Error(source + ": model_type '" + type + "' is not supported; supported are " +
                known_architectures(registry));
  }
  Value config = to_value(json);
  apply_precedence(config, source, warnings_);
  take_special_tokens(config, source);
  take(read(architecture_->model->config_keys, config, source, {}), source);
  vocab_size_ = json.get_int("vocab_size", 1, kMostTokens);
  untie_other_head(std::move(config), source);
}

void ModelFiles::take_special_tokens(const Value& config, const std::string& source) {
  for (const char* key : {"bos_token_id", "eos_token_id", "pad_token_id"}) {
    const Value* id = config.find(key);
    if (id == nullptr || id->is_null()) continue;
    const Value::List ids = id->is_list() ? id->as_list() : Value::List{*id};
    for (const Value& each : ids) {
      const bool is_id = each.type() == Value::Type::integer && each.as_integer() >= kNoToken &&
                         each.as_integer() < kMostTokens;
      if (is_id) continue;
      throw Error(source + ": " + key + ": expected a token id, or a list of them, found " +
                  each.describe() + "; " + kGetAgain);
    }
    special_tokens_.set(key, *id);
  }
}

/// transformers does not tie a head where the file holds another one.
void ModelFiles::untie_other_head(Value config, const std::string& source) {
  const auto stored = weights();
  const auto tied = require_weights(*architecture_, options_.get(), vocab_size_, *stored, false);
  if (!tied) return;
  const std::optional<std::string> other = WeightMatch::other_head(*stored, *tied);
  if (!other) return;
  config.set("tie_word_embeddings", false);
  options_ = read(architecture_->model->config_keys, config, source, {}).options;
  warnings_.push_back(source + ": tie_word_embeddings: true is not used: " + stored->source() +
                      " holds another head, " + *other);
  require_weights(*architecture_, options_.get(), vocab_size_, *stored, false);
}

void ModelFiles::read_gguf(const Registry& registry) {
  const GgufFile file = GgufFile::open(path_);
  const GgufMetadata& metadata = file.metadata();
  const std::string source = path_.string();
  refuse_parts(metadata, source);
  const std::string& name = metadata.get_string("general.architecture");
  architecture_ = find_gguf_architecture(registry, name);
  if (!architecture_) {
    throw Error(source + ": architecture '" + name +
                "' is not supported in GGUF files; name a Hugging Face model folder instead");
  }
  const std::set<std::string> tensors(file.names().begin(), file.names().end());
  take(read(architecture_->model->gguf_keys, settings_of(metadata), source, tensors), source);
  for (const auto& [key, gguf_key] :
       {std::pair{"bos_token_id", "tokenizer.ggml.bos_token_id"},
        std::pair{"eos_token_id", "tokenizer.ggml.eos_token_id"},
        std::pair{"pad_token_id", "tokenizer.ggml.padding_token_id"}}) {
    if (const auto id = metadata.find_int(gguf_key)) special_tokens_.set(key, *id);
  }
  vocab_size_ = vocabulary_of(metadata, name, source);
  require_weights(*architecture_, options_.get(), vocab_size_, file, true);
}

std::vector<fs::path> ModelFiles::files(bool with_tokenizer) const {
  if (gguf_) return {path_};
  const fs::path folder = folder_of(path_);
  std::vector<fs::path> files = {folder / "config.json"};
  const fs::path tokenizer = tokenizer_file(folder);
  if (with_tokenizer && is_there(tokenizer)) files.push_back(tokenizer);
  for (const fs::path& file : weight_files(path_)) files.push_back(file);
  return files;
}

std::unique_ptr<TensorSource> ModelFiles::weights() const {
  if (gguf_) return std::make_unique<GgufFile>(GgufFile::open(path_));
  return std::make_unique<WeightFiles>(WeightFiles::open(path_));
}

std::shared_ptr<const Tokenizer> ModelFiles::tokenizer() const {
  if (!gguf_) {
    const fs::path folder = folder_of(path_);
    return is_there(folder / "tokenizer.json") ? load_tokenizer(folder) : nullptr;
  }
  const GgufFile file = GgufFile::open(path_);
  const GgufMetadata& metadata = file.metadata();
  const std::string& model = metadata.get_string("tokenizer.ggml.model");
  if (model != "gpt2") {
    throw Error(path_.string() + ": tokenizer.ggml.model: '" + model +
                "' is not supported, only byte-level BPE ('gpt2'); name a tokenizer.json with "
                "model.tokenizer");
  }
  const std::string pre = metadata.find_string("tokenizer.ggml.pre").value_or("");
  refuse_changed_text(metadata, pre, path_.string());
  std::vector<int32_t> types;
  if (metadata.has("tokenizer.ggml.token_type")) {
    for (const int64_t type : metadata.get_ints("tokenizer.ggml.token_type")) {
      types.push_back(static_cast<int32_t>(std::clamp<int64_t>(type, -1, 1 << 20)));
    }
  }
  return make_gpt2_tokenizer(metadata.get_strings("tokenizer.ggml.tokens"),
                             metadata.get_strings("tokenizer.ggml.merges"), std::move(types), pre,
                             path_.string());
}

}  // namespace leakprobe
