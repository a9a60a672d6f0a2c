#pragma once

#include <filesystem>
#include <string>

#include "leakprobe/tensors.h"
#include "leakprobe/value.h"

namespace leakprobe {

/// All that the rest of a run depends on, as one value: written to one file in one rename, so that
/// a resumed run continues with the same bits.
struct RunState {
  NamedTensors tensors;  ///< "weights/...", "optimizer/...", "kept/<origin>/...", "reference/..."
  Value facts;           ///< cursors, ledger, evidence, positions in files, circumstances

  /// The tensors under "<prefix>/" without it.
  NamedTensors under(const std::string& prefix) const;
  /// A plugin's tensors, which come back in their order (a file keeps them by name).
  void put_in_order(const std::string& prefix, const NamedTensors& tensors);
  NamedTensors in_order(const std::string& prefix) const;

  void save(const std::filesystem::path& file) const;
  /// Throws Error where the file is damaged.
  static RunState load(const std::filesystem::path& file);
};

}  // namespace leakprobe
