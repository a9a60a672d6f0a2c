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
  Value facts;           ///< see state_facts.h

  /// A plugin's tensors, which come back in their order (a file keeps them by name).
  void put_in_order(const std::string& prefix, const NamedTensors& tensors);
  /// Writes it with a checksum over everything.
  void save(const std::filesystem::path& file) const;
};

/// The same as it is read again.
struct SavedState {
  NamedTensors tensors;
  Value facts;

  /// Throws Error where the file is not what was written.
  static SavedState load(const std::filesystem::path& file);
  /// The tensors under "<prefix>/" without it.
  NamedTensors under(const std::string& prefix) const;
  NamedTensors in_order(const std::string& prefix) const;
};

}  // namespace leakprobe
