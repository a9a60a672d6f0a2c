#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "leakprobe/plugin.h"
#include "leakprobe/tensors.h"
#include "leakprobe/tokenizer.h"
#include "leakprobe/value.h"
#include "plugin/registry.h"

namespace leakprobe {

/// A pretrained model on disk: a Hugging Face folder or a GGUF file. What it says about itself is
/// read when it is opened, weights and tokenizer only when asked for.
class ModelFiles {
 public:
  /// `path` is a folder with config.json, a .safetensors file beside one, or a .gguf file. Throws
  /// Error where it is none of these or no registered architecture reads it.
  ModelFiles(const std::filesystem::path& path, const Registry& registry);

  const std::filesystem::path& path() const { return path_; }
  /// The model plugin that reads it.
  const Registration& architecture() const { return *architecture_; }
  std::shared_ptr<const void> options() const { return options_; }
  int64_t vocab_size() const { return vocab_size_; }
  /// {bos_token_id, eos_token_id, pad_token_id} as far as the files say.
  const Value& special_tokens() const { return special_tokens_; }
  bool is_gguf() const { return gguf_; }

  std::unique_ptr<TensorSource> weights() const;
  /// nullptr where the folder has none. Throws Error where it has one that cannot be read.
  std::shared_ptr<const Tokenizer> tokenizer() const;

 private:
  void read_folder(const Registry& registry);
  void read_gguf(const Registry& registry);

  std::filesystem::path path_;
  bool gguf_ = false;
  const Registration* architecture_ = nullptr;
  std::shared_ptr<const void> options_;
  int64_t vocab_size_ = 0;
  Value special_tokens_ = Value::map();
};

}  // namespace leakprobe
