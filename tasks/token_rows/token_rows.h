#pragma once

#include <torch/types.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "leakprobe/params.h"
#include "leakprobe/roles.h"
#include "leakprobe/task.h"

namespace leakprobe {

/// Rows of token ids from a safetensors file; a set is a tensor by its name.
class TokenRows final : public Task {
 public:
  struct Options {
    std::filesystem::path path;
    std::optional<int64_t> alphabet;
    int64_t prefix_length = 1;
    std::map<std::string, Role> roles;
    static void declare(Schema<Options>& schema);
  };
  /// Reads the file's header only. Throws Error where it is no safetensors file, holds tensors that
  /// are no rows, or rows that are too short.
  static TaskFacts facts(const Options& options);

  /// Writes a file of two sets into the folder.
  static std::vector<std::string> examples(const std::filesystem::path& folder);

  /// Throws Error for ids that no tokenizer or vocabulary can have.
  TokenRows(const Options& options, const Context& context);

  Row row(const RowRequest& request, Random random) const override;

 private:
  const int64_t prefix_length_;
  std::map<std::string, torch::Tensor> sets_;  ///< (rows, tokens) int64
};

}  // namespace leakprobe
