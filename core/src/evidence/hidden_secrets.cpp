#include "evidence/hidden_secrets.h"

#include <algorithm>
#include <cstdint>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "compose/columns.h"
#include "data/item_stream.h"
#include "evidence/protected_rows.h"
#include "leakprobe/error.h"

namespace leakprobe {
namespace {

/// Decoding takes its time.
constexpr int64_t kMostTexts = 100'000;

/// Bytes of the shortest secret that is looked for: shorter ones stand in any text.
constexpr size_t kShortest = 4;

std::string without_blanks_around(const std::string& text) {
  constexpr const char* kBlanks = " \t\r\n";
  const size_t begin = text.find_first_not_of(kBlanks);
  if (begin == std::string::npos) return "";
  return text.substr(begin, text.find_last_not_of(kBlanks) + 1 - begin);
}

class HiddenSecrets {
 public:
  HiddenSecrets(const Composition& composition, const Task& task, const Tokenizer& tokenizer,
                Diagnostics& diagnostics)
      : composition_(composition),
        facts_(composition.task.facts()),
        task_(task),
        tokenizer_(tokenizer),
        diagnostics_(diagnostics),
        protected_(composition, task) {
    int64_t left = kMostTexts;
    for (const RowsOf& rows : facts_.rows()) {
      const Role& role = facts_.role_of(rows);
      const SetFacts& set = facts_.at(rows.set);
      if (role.kind != Role::Kind::never_positive || !set.size) continue;
      RowsOf behind = rows;
      behind.prefix = role.prefixes.empty() ? facts_.first_prefix() : role.prefixes.front();
      for (int64_t i = 0; i < *set.size && left > 0; ++i, --left) {
        const Row row = set_row(task_, facts_, behind, i, composition_.seed);
        const std::string text =
            without_blanks_around(text_of(row.tokens, row.secret.begin, row.secret.end));
        if (text.size() < kShortest) continue;
        secrets_.emplace(text.substr(0, kShortest), Secret{text, rows.name(), i, row.id(), &role});
      }
    }
  }

  void check(const ComposedPhase& phase) {
    if (secrets_.empty()) return;
    for (const ComposedTerm& term : phase.terms) {
      const ObjectiveFacts& objective = term.term.objective.facts();
      for (const ColumnNeed& need : objective.columns) {
        const StreamColumn* column = column_for(objective, need.name, term.term.stream);
        if (column == nullptr) continue;
        for (const Source& source : column->sources) {
          if (push_of(sign_of(need, source), term.term.weight) == Push::up) {
            check(phase, term, source);
          }
        }
      }
    }
  }

 private:
  struct Secret {
    std::string text;
    std::string rows;
    int64_t index = 0;
    uint64_t id = 0;
    const Role* role = nullptr;
  };

  void check(const ComposedPhase& phase, const ComposedTerm& term, const Source& source) {
    const SetFacts* set = facts_.find(source.set);
    if (set == nullptr || !set->size || reported_.contains(source.name())) return;
    const int64_t begin = source.items ? (*source.items)[0] : 0;
    const int64_t end = std::min(source.items ? (*source.items)[1] : *set->size, begin + left_);
    left_ -= end - begin;
    for (int64_t i = begin; i < end; ++i) {
      const Row row = set_row(task_, facts_, source, i, composition_.seed);
      const Secret* secret = hidden_in(row, phase.name, source.prefix);
      if (secret == nullptr) continue;
      reported_.insert(source.name());
      diagnostics_.warning(source.place, term.path,
                           "row " + std::to_string(i) + " of set '" + source.name() +
                               "' holds, in other tokens, the text of row " +
                               std::to_string(secret->index) + " of set '" + secret->rows +
                               "', which may never be a positive target; what is pushed up is "
                               "compared by tokens, so that nobody would count it",
                           "take the text out of one of the two");
      return;
    }
  }

  /// A secret that may not be pushed up there, whose text a loss of the row sees and whose tokens
  /// do not stand in it; nullptr where there is none.
  const Secret* hidden_in(const Row& row, const std::string& phase,
                          const std::string& prefix) const {
    const auto size = static_cast<int64_t>(row.tokens.size());
    const std::string text = text_of(row.tokens, 0, size);
    const auto scored = std::find(row.scored.begin(), row.scored.end(), 1) - row.scored.begin();
    const size_t unseen = text_of(row.tokens, 0, scored).size();
    for (size_t at = 0; at + kShortest <= text.size(); ++at) {
      const auto [first, last] = secrets_.equal_range(text.substr(at, kShortest));
      for (auto entry = first; entry != last; ++entry) {
        const Secret& secret = entry->second;
        if (at + secret.text.size() <= unseen) continue;
        if (text.compare(at, secret.text.size(), secret.text) != 0) continue;
        if (!secret.role->forbids_positive(prefix)) continue;
        if (!composition_.is_from(secret.role->from, phase)) continue;
        const auto shown = protected_.find(row, phase);
        if (std::ranges::none_of(shown, [&](const auto& found) { return found.id == secret.id; })) {
          return &secret;
        }
      }
    }
    return nullptr;
  }

  /// "" where the tokenizer does not know all of them.
  std::string text_of(const std::vector<int64_t>& tokens, int64_t begin, int64_t end) const {
    try {
      return tokenizer_.decode({tokens.begin() + begin, tokens.begin() + end});
    } catch (const Error&) {  // which check_tokens reports
      return "";
    }
  }

  const Composition& composition_;
  const TaskFacts& facts_;
  const Task& task_;
  const Tokenizer& tokenizer_;
  Diagnostics& diagnostics_;
  const ProtectedRows protected_;
  std::unordered_multimap<std::string, Secret> secrets_;  ///< by how they begin
  std::set<std::string> reported_;
  int64_t left_ = kMostTexts;
};

}  // namespace

void check_hidden_secrets(const Composition& composition, const Task& task,
                          const Tokenizer& tokenizer, Diagnostics& diagnostics) {
  HiddenSecrets secrets(composition, task, tokenizer, diagnostics);
  for (const ComposedPhase& phase : composition.phases) secrets.check(phase);
}

}  // namespace leakprobe
