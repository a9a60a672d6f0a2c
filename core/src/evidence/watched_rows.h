#pragma once

#include <memory>
#include <string>

#include "compose/composition.h"
#include "evidence/control_rows.h"
#include "evidence/protected_rows.h"
#include "evidence/secret_texts.h"
#include "leakprobe/task.h"
#include "leakprobe/tokenizer.h"

namespace leakprobe {

/// The rows by which an experiment is judged. They may be a million, so they are made once, where
/// it is checked, and handed to all who compare with them.
struct WatchedRows {
  /// Asks the task for each once. With a tokenizer their texts are known, too. The composition
  /// outlives the object.
  WatchedRows(const Composition& composition, const Task& task,
              std::shared_ptr<const Tokenizer> tokenizer = nullptr);

  /// Whether a secret whose text stands in a row does not do so in its own tokens, by which rows
  /// are compared, and must not stand there: a protected one where a loss of that phase pushes the
  /// row up, which comes behind `prefix` by name, one of the control wherever a loss pushes it.
  bool hides(const SecretTexts::Secret& secret, const Row& row, const std::string& prefix,
             const std::string& phase, bool up) const;

  const ProtectedRows guarded;
  const ControlRows control;
  const std::shared_ptr<const SecretTexts> texts;  ///< nullptr: without a tokenizer

 private:
  WatchedRows(const Composition& composition, const Task& task,
              std::shared_ptr<SecretTexts> learning);
};

}  // namespace leakprobe
