#pragma once

#include <array>
#include <cstdint>
#include <set>
#include <string>

#include "evidence/trained_rows.h"
#include "evidence/watched_rows.h"
#include "leakprobe/diagnostic.h"

namespace leakprobe {

/// Warns of rows of fixed sets that a composition pushes up and whose text holds a protected secret
/// in other tokens, and of those that it trains on and whose text holds one of the control so.
/// Where there are more than kMostTexts of either, it says so.
class HiddenSecrets final : public RowsCheck {
 public:
  /// The arguments outlive the object.
  HiddenSecrets(const WatchedRows& watched, Diagnostics& diagnostics)
      : watched_(watched), diagnostics_(diagnostics) {}

  bool looks_at(const TrainedRows& rows) const override;
  void look(const TrainedRows& rows, int64_t index, const Row& row) override;

 private:
  void warn(const TrainedRows::Use& use, const std::string& what, const std::string& hint);

  const WatchedRows& watched_;
  Diagnostics& diagnostics_;
  std::set<std::string> reported_;         ///< one warning a set is enough
  std::array<int64_t, 2> looked_at_ = {};  ///< rows that are pushed down, and up
};

}  // namespace leakprobe
