#pragma once

#include <torch/types.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace leakprobe {

/// What a file says about one tensor, known without reading its numbers.
struct TensorInfo {
  /// As the file names it: "F32", "BF16", "Q4_1".
  std::string dtype;
  /// In PyTorch's order: the last dimension is contiguous.
  std::vector<int64_t> shape;
  /// Bytes that it occupies in the file.
  int64_t bytes = 0;
};

/// Tensors by name, wherever they are stored. Immutable; several threads may read at once.
class TensorSource {
 public:
  virtual ~TensorSource() = default;

  /// Where the tensors come from, for messages: the path of a file or folder.
  virtual const std::string& source() const = 0;

  /// All names, sorted.
  virtual const std::vector<std::string>& names() const = 0;

  /// Whether there is a tensor of this name.
  virtual bool has(const std::string& name) const = 0;

  /// Type and shape of a tensor. Throws Error where there is none of this name.
  virtual const TensorInfo& info(const std::string& name) const = 0;

  /// Why `read` refuses the tensor's type, with what to do; "" where it does not. Throws Error
  /// where there is none of this name.
  virtual std::string unreadable(const std::string& name) const = 0;

  /// A contiguous CPU copy in the stored type (GGUF: always float32, dequantised).
  /// Throws Error where there is none of this name, or its type cannot be read.
  virtual torch::Tensor read(const std::string& name) const = 0;

  /// The same as float32. Throws Error as `read` does, and for a type that is not a
  /// floating-point one.
  torch::Tensor read_f32(const std::string& name) const;
};

/// A .safetensors file, checked completely when it is opened, read when asked.
///
/// Types F64, F32, F16, BF16, I64, I32, I16, I8, U64, U32, U16, U8 and BOOL are read; others are
/// known to `info` and refused by `read`. The file is mapped: it may be replaced (renamed over)
/// while this object lives, but must not be shortened in place. Format:
/// https://huggingface.co/docs/safetensors, "Format".
class TensorFile final : public TensorSource {
 public:
  /// Throws Error, naming the file and tensor, for everything the format forbids and also for
  /// duplicate or empty names, names with control characters or with path components such as
  /// "..", keys that the format does not know, and headers over 100,000,000 bytes.
  static TensorFile open(const std::filesystem::path& path);

  const std::string& source() const override;
  const std::vector<std::string>& names() const override;
  bool has(const std::string& name) const override;
  const TensorInfo& info(const std::string& name) const override;
  std::string unreadable(const std::string& name) const override;
  torch::Tensor read(const std::string& name) const override;

  /// The free text that the file carries, `__metadata__`.
  const std::map<std::string, std::string>& metadata() const;

 private:
  struct State;
  explicit TensorFile(std::shared_ptr<const State> state);
  std::shared_ptr<const State> state_;
};

using NamedTensors = std::vector<std::pair<std::string, torch::Tensor>>;

/// Writes a .safetensors file as the reference implementation does (larger types first, then by
/// name; header padded to 8 bytes), complete or not at all: a reader never sees a half of it.
///
/// Tensors of any device and layout are stored contiguously. Throws Error for names that
/// TensorFile refuses, for types it does not read, and where the file cannot be written.
void write_safetensors(const std::filesystem::path& path, const NamedTensors& tensors,
                       const std::map<std::string, std::string>& metadata = {});

}  // namespace leakprobe
