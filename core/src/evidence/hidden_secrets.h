#pragma once

#include <cstdint>
#include <set>
#include <string>

#include "evidence/secret_texts.h"
#include "evidence/trained_rows.h"
#include "evidence/watched_rows.h"
#include "leakprobe/diagnostic.h"

namespace leakprobe {

/// Warns of rows of fixed sets that a composition pushes up and whose text holds a protected secret
/// in other tokens, and of those that it trains on and whose text holds one of the control so: the
/// ledger looks for neither. Where there are more than kMostTexts of either, it says so.
class HiddenSecrets final : public RowsCheck {
 public:
  /// `texts` are those of `watched`. The arguments outlive the object.
  HiddenSecrets(const WatchedRows& watched, const SecretTexts& texts, Diagnostics& diagnostics)
      : watched_(watched), texts_(texts), diagnostics_(diagnostics) {}

  bool looks_at(const TrainedRows& rows) const override;
  void look(const TrainedRows& rows, int64_t index, const Row& row) override;

 private:
  /// Whether a secret whose text stands in a row must not stand there, where the row is used so,
  /// and does not do so in its own tokens.
  bool is_hidden(const SecretTexts::Secret& secret, const Row& row,
                 const TrainedRows::Use& use) const;
  void warn(const TrainedRows::Use& use, const std::string& what, const std::string& hint);

  const WatchedRows& watched_;
  const SecretTexts& texts_;
  Diagnostics& diagnostics_;
  std::set<std::string> reported_;  ///< one warning a set is enough
  int64_t looked_at_ = 0;           ///< rows
};

}  // namespace leakprobe
