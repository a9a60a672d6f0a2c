#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "format/gguf_metadata.h"
#include "leakprobe/tensors.h"

namespace leakprobe {

/// A GGUF file (versions 2 and 3, little-endian), its header checked completely when it is opened.
///
/// Tensors are read as float32; the types F32, F16, BF16, Q8_0, Q4_0 and Q4_1 are read, others are
/// known to `info` and refused by `read`. Shapes are in PyTorch's order, the reverse of the file's.
/// Numbers are given as they are stored: llama.cpp's converters permute the rows of some query and
/// key matrices, and that is left to whoever knows the architecture.
/// Format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md.
class GgufFile final : public TensorSource {
 public:
  /// Throws Error, naming the entry and byte, for files that are cut off or damaged: duplicate
  /// keys, lists inside lists, unknown types, tensors that overlap, leave gaps beyond the
  /// alignment or do not lie in the file, bytes after the last tensor.
  static GgufFile open(const std::filesystem::path& path);

  const GgufMetadata& metadata() const;

  const std::string& source() const override;
  const std::vector<std::string>& names() const override;
  bool has(const std::string& name) const override;
  const TensorInfo& info(const std::string& name) const override;
  std::string unreadable(const std::string& name) const override;
  torch::Tensor read(const std::string& name) const override;

 private:
  struct State;
  explicit GgufFile(std::shared_ptr<const State> state);
  std::shared_ptr<const State> state_;
};

}  // namespace leakprobe
