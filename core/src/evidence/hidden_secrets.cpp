#include "evidence/hidden_secrets.h"

#include <algorithm>

namespace leakprobe {
namespace {

bool is_pushed_up(const TrainedRows& rows) {
  return std::ranges::any_of(rows.uses, [](const auto& use) { return use.push == Push::up; });
}

std::string only_first(const std::string& what) {
  return "only the first " + std::to_string(kMostTexts) + " " + what;
}

}  // namespace

bool HiddenSecrets::looks_at(const TrainedRows& rows) const {
  const SecretTexts* texts = watched_.texts.get();
  if (texts == nullptr || texts->empty() || reported_.contains(rows.rows.name())) return false;
  const bool up = is_pushed_up(rows);
  return looked_at_[up] <= kMostTexts && (up || texts->has_control());
}

void HiddenSecrets::look(const TrainedRows& rows, int64_t index, const Row& row) {
  const char* const others = "see to it that the others do not meet";
  const bool up = is_pushed_up(rows);
  if (up && looked_at_[up] == 0 && watched_.texts->leaves_out()) {
    warn(rows.uses.front(),
         only_first("rows that may never be positive targets are looked for in other tokens than "
                    "their own"),
         others);
  }
  if (looked_at_[up]++ == kMostTexts) {
    return warn(rows.uses.front(),
                only_first(std::string("rows that are pushed ") + (up ? "up" : "down") +
                           " were looked through for secrets in other tokens than their own"),
                others);
  }
  for (const SecretTexts::Secret* secret : watched_.texts->within(row)) {
    for (const TrainedRows::Use& use : rows.uses) {
      if (!watched_.hides(*secret, row, use.source->prefix, use.phase->name,
                          use.push == Push::up)) {
        continue;
      }
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

void HiddenSecrets::warn(const TrainedRows::Use& use, const std::string& what,
                         const std::string& hint) {
  diagnostics_.warning(use.source->place, use.term->path, what, hint);
}

}  // namespace leakprobe
