#include "evidence/hidden_secrets.h"

#include <algorithm>

namespace leakprobe {
namespace {

std::string only_first(const std::string& what) {
  return "only the first " + std::to_string(kMostTexts) + " " + what;
}

}  // namespace

bool HiddenSecrets::looks_at(const TrainedRows& rows) const {
  return !texts_.empty() && looked_at_ <= kMostTexts && !reported_.contains(rows.rows.name());
}

void HiddenSecrets::look(const TrainedRows& rows, int64_t index, const Row& row) {
  const char* const others = "see to it that the others do not meet";
  if (looked_at_ == 0 && texts_.leaves_out()) {
    warn(rows.uses.front(),
         only_first("rows that may never be positive targets are looked for in other tokens than "
                    "their own"),
         others);
  }
  if (looked_at_++ == kMostTexts) {
    return warn(rows.uses.front(),
                only_first("rows that are trained on were looked through for secrets in other "
                           "tokens than their own"),
                others);
  }
  for (const SecretTexts::Secret* secret : texts_.within(row)) {
    for (const TrainedRows::Use& use : rows.uses) {
      if (!is_hidden(*secret, row, use)) continue;
      reported_.insert(rows.rows.name());
      const std::string holds = "row " + std::to_string(index) + " of set '" + rows.rows.name() +
                                "' holds, in other tokens, the text of row " +
                                std::to_string(secret->index) + " of ";
      const std::string what =
          secret->owner == nullptr
              ? "the control, which is compared with as what was never trained; what is trained on "
                "is compared by tokens, so that nobody would count it"
              : "set '" + secret->owner->rows.name() +
                    "', which may never be a positive target; what is pushed up is compared by "
                    "tokens, so that nobody would count it";
      return warn(use, holds + what, "take the text out of one of the two");
    }
  }
}

bool HiddenSecrets::is_hidden(const SecretTexts::Secret& secret, const Row& row,
                              const TrainedRows::Use& use) const {
  if (secret.owner == nullptr) {
    return std::ranges::none_of(watched_.control.within(row), [&](const Span& found) {
      return hash_of(row.tokens, found.begin, found.end) == secret.id;
    });
  }
  const std::string& prefix = use.source->prefix;
  const auto end = static_cast<int64_t>(row.tokens.size());
  return use.push == Push::up &&
         watched_.guarded.forbids(*secret.owner->role, row, end, prefix, use.phase->name) &&
         std::ranges::none_of(watched_.guarded.find(row, prefix, use.phase->name),
                              [&](const auto& found) { return found.id == secret.id; });
}

void HiddenSecrets::warn(const TrainedRows::Use& use, const std::string& what,
                         const std::string& hint) {
  diagnostics_.warning(use.source->place, use.term->path, what, hint);
}

}  // namespace leakprobe
