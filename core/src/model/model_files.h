#pragma once

#include <filesystem>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "leakprobe/plugin.h"
#include "leakprobe/tensors.h"
#include "leakprobe/tokenizer.h"
#include "leakprobe/value.h"
#include "plugin/registry.h"

namespace leakprobe {

/// A pretrained model on disk: a Hugging Face folder or a GGUF file. What it says about itself is
/// read when it is opened, weights and tokenizer only when targets for.
class ModelFiles {
 public:
  /// `path` is a folder with config.json, a .safetensors file beside one, or a GGUF file, whatever
  /// its name. Throws Error where it is none of these, no registered architecture reads it, a
  /// setting is not covered, or the weights are not those of such a model.
  ModelFiles(const std::filesystem::path& path, const Registry& registry);

  const std::filesystem::path& path() const { return path_; }
  /// The model plugin that reads it.
  const Registration& architecture() const { return *architecture_; }
  std::shared_ptr<const void> options() const { return options_; }
  int64_t vocab_size() const { return vocab_size_; }
  /// {bos_token_id, eos_token_id, pad_token_id} as far as the files say.
  const Value& special_tokens() const { return special_tokens_; }
  /// Settings that act in training alone and are not applied: checkpoints keep them.
  const Value& kept_settings() const { return kept_; }
  /// What the user should know: settings that are not used or not applied.
  const std::vector<std::string>& warnings() const { return warnings_; }
  bool is_gguf() const { return gguf_; }

  /// All that is read of it as far as it is there, the tokenizer's file among them where targets
  /// for.
  std::vector<std::filesystem::path> files(bool with_tokenizer) const;

  std::unique_ptr<TensorSource> weights() const;
  /// nullptr where the folder has none. Throws Error where it has one that cannot be read.
  std::shared_ptr<const Tokenizer> tokenizer() const;

 private:
  void read_folder(const Registry& registry);
  void read_gguf(const Registry& registry);
  FileOptions read(const FileKeys& keys, const Value& settings, const std::string& source,
                   const std::set<std::string>& tensors);
  void take(FileOptions read, const std::string& source);
  void take_special_tokens(const Value& config, const std::string& source);
  void untie_other_head(Value config, const std::string& source);

  std::filesystem::path path_;
  bool gguf_ = false;
  const Registration* architecture_ = nullptr;
  std::shared_ptr<const void> options_;
  int64_t vocab_size_ = 0;
  Value special_tokens_ = Value::map();
  Value kept_ = Value::map();
  std::vector<std::string> warnings_;
};

}  // namespace leakprobe
