#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "leakprobe/tensors.h"

namespace leakprobe {

/// The files that WeightFiles::open reads for `path`, an index among them; nothing where there are
/// none. Throws Error where an index cannot be read.
std::vector<std::filesystem::path> weight_files(const std::filesystem::path& path);

/// The weights of a model in safetensors form: one file, or several with an index.
class WeightFiles final : public TensorSource {
 public:
  /// `path` is a .safetensors file, or a folder with model.safetensors or
  /// model.safetensors.index.json (the single file is preferred, as transformers does).
  ///
  /// Throws Error where there is neither, where the index names anything but plain .safetensors
  /// files in its folder, where such files are missing (all of them in one message), and where a
  /// tensor of the index is not in its file. Tensors that the index does not list are not seen.
  static WeightFiles open(const std::filesystem::path& path);

  const std::string& source() const override { return source_; }
  const std::vector<std::string>& names() const override { return names_; }
  bool has(const std::string& name) const override;
  const TensorInfo& info(const std::string& name) const override;
  std::string unreadable(const std::string& name) const override;
  torch::Tensor read(const std::string& name) const override;

 private:
  explicit WeightFiles(std::string source) : source_(std::move(source)) {}
  static WeightFiles open_index(const std::filesystem::path& index_path);
  const TensorFile& file_of(const std::string& name) const;

  std::string source_;
  std::vector<TensorFile> files_;
  std::map<std::string, size_t> file_index_;
  std::vector<std::string> names_;
};

}  // namespace leakprobe
