#include "evidence/watched_rows.h"

#include <algorithm>
#include <utility>

namespace leakprobe {
WatchedRows::WatchedRows(const Composition& composition, const Task& task,
                         std::shared_ptr<const Tokenizer> tokenizer)
    : WatchedRows(
          composition, task,
          tokenizer == nullptr ? nullptr : std::make_shared<SecretTexts>(std::move(tokenizer))) {}

WatchedRows::WatchedRows(const Composition& composition, const Task& task,
                         std::shared_ptr<SecretTexts> learning)
    : guarded(composition, task, learning ? learning->learn_protected() : ProtectedRows::Seen()),
      control(composition, task, learning ? learning->learn_control() : ControlRows::Seen()),
      texts(std::move(learning)) {}

bool WatchedRows::hides(const SecretTexts::Secret& secret, const Row& row,
                        const std::string& prefix, const std::string& phase, bool up) const {
  if (secret.owner == nullptr) {
    return std::ranges::none_of(control.within(row), [&](const Span& found) {
      return hash_of(row.tokens, found.begin, found.end) == secret.id;
    });
  }
  const auto end = static_cast<int64_t>(row.tokens.size());
  return up && guarded.forbids(*secret.owner->role, row, end, prefix, phase) &&
         std::ranges::none_of(guarded.find(row, prefix, phase),
                              [&](const auto& found) { return found.id == secret.id; });
}

}  // namespace leakprobe
