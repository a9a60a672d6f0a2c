#include "evidence/protected_rows.h"

#include <algorithm>

#include "data/item_stream.h"
#include "leakprobe/error.h"

namespace leakprobe {
namespace {

/// How many tokens at a row's beginning are its prefix's: what stands before the tokens that it has
/// without one, such as a prompt of its own.
int64_t prefix_length(const Task& task, const TaskFacts& facts, RowsOf rows, int64_t index,
                      uint64_t seed, const Row& row) {
  rows.prefix = kNoPrefix;
  try {
    const Row bare = set_row(task, facts, rows, index, seed);
    const auto own = std::mismatch(row.tokens.rbegin(), row.tokens.rend(), bare.tokens.rbegin(),
                                   bare.tokens.rend())
                         .first;
    return std::min<int64_t>(row.tokens.rend() - own, row.secret.begin);
  } catch (const Error&) {  // without a prefix there is nothing to score, and so no prompt either
    return row.secret.begin;
  }
}

}  // namespace

uint64_t context_of(const std::vector<int64_t>& tokens) {
  return hash_of(tokens, 0, static_cast<int64_t>(tokens.size()));
}

ProtectedRows::ProtectedRows(const Composition& composition, const Task& task)
    : composition_(composition) {
  const TaskFacts& facts = composition.task.facts();
  for (RowsOf rows : facts.rows()) {
    const SetFacts& set = facts.at(rows.set);
    const Role& role = facts.role_of(rows);
    if (role.kind != Role::Kind::never_positive || !set.size) continue;
    const Owner& owner = owners_.emplace_back(Owner{rows, &role});
    for (int64_t i = 0; i < *set.size; ++i) {
      const auto behind = [&](const std::string& prefix) {
        rows.prefix = prefix;
        return set_row(task, facts, rows, i, composition.seed);
      };
      if (role.prefixes.empty()) {
        add(owner, behind(facts.first_prefix()), nullptr, {});
        continue;
      }
      const auto beginning_of = [&](const Row& row) {
        const int64_t length = prefix_length(task, facts, rows, i, composition.seed, row);
        const uint64_t hash = hash_of(row.tokens, 0, length);
        beginnings_[length].insert(hash);
        return hash;
      };
      for (const std::string& prefix : role.prefixes) {
        const Row row = behind(prefix);
        add(owner, row, &prefix, beginning_of(row));
      }
      for (const std::string& prefix : facts.prefixes) {
        if (std::ranges::find(role.prefixes, prefix) == role.prefixes.end()) {
          beginning_of(behind(prefix));
        }
      }
    }
  }
}

void ProtectedRows::add(const Owner& owner, const Row& row, const std::string* prefix,
                        std::optional<uint64_t> beginning) {
  const auto [begin, end] = row.secret;
  const uint64_t id = row.id();
  if (begin == end) return;  // nothing to protect
  auto [entry, last] = by_id_.equal_range(id);
  if (entry == last) ++size_;
  while (entry != last && entry->second.owner != &owner) ++entry;
  if (entry == last) entry = by_id_.emplace(id, Entry{&owner, {}});
  if (prefix != nullptr) {
    auto& contexts = entry->second.contexts;
    contexts.emplace_back(hash_of(row.tokens, 0, begin), prefix);
    if (beginning && *beginning != contexts.back().first) contexts.emplace_back(*beginning, prefix);
  }
  lengths_.add(row);
}

const std::string* ProtectedRows::Entry::behind(std::optional<uint64_t> context) const {
  const auto known = std::ranges::find_if(
      contexts, [&](const auto& entry) { return context && entry.first == *context; });
  return known == contexts.end() ? nullptr : known->second;
}

bool ProtectedRows::holds(const Entry& entry, std::optional<uint64_t> context,
                          const std::string& phase) const {
  return composition_.is_from(entry.owner->role->from, phase) &&
         (entry.contexts.empty() || entry.behind(context) != nullptr);
}

const ProtectedRows::Entry* ProtectedRows::find(uint64_t id, std::optional<uint64_t> context,
                                                const std::string& phase) const {
  const auto [begin, end] = by_id_.equal_range(id);
  const auto found = std::find_if(
      begin, end, [&](const auto& each) { return holds(each.second, context, phase); });
  return found == end ? nullptr : &found->second;
}

bool ProtectedRows::protects(const RowsOf& rows, const Row& row, const std::string& phase) const {
  const uint64_t context = hash_of(row.tokens, 0, row.secret.begin);
  const auto [begin, end] = by_id_.equal_range(row.id());
  return std::any_of(begin, end, [&](const auto& each) {
    const Entry& entry = each.second;
    return entry.owner->rows.name() == rows.name() && holds(entry, context, phase);
  });
}

std::optional<uint64_t> ProtectedRows::beginning_of(const Row& row) const {
  for (const auto& [length, hashes] : beginnings_) {
    if (length > row.secret.begin) continue;
    const uint64_t hash = hash_of(row.tokens, 0, length);
    if (hashes.contains(hash)) return hash;
  }
  return std::nullopt;
}

std::vector<ProtectedRows::Found> ProtectedRows::find(const Row& row,
                                                      const std::string& phase) const {
  std::vector<Found> all;
  lengths_.each(row, [&](const Span& tokens, uint64_t id) {
    if (by_id_.find(id) == by_id_.end()) return;
    const uint64_t context = hash_of(row.tokens, 0, tokens.begin);
    const Entry* found = find(id, context, phase);
    std::optional<uint64_t> where = context;
    // Whatever prompt the row has of its own between its prefix and its answer.
    if (found == nullptr && tokens.begin <= row.secret.begin) {
      where = beginning_of(row);
      if (where) found = find(id, where, phase);
    }
    if (found) all.push_back({found->owner, found->behind(where), tokens, id, context});
  });
  return all;
}

bool ProtectedRows::is_covered_by(const ProtectedRows& others, const std::string& phase,
                                  std::optional<uint64_t> context) const {
  return std::ranges::all_of(by_id_, [&](const auto& entry) {
    const auto& [id, protection] = entry;
    if (!composition_.is_from(protection.owner->role->from, "")) return true;
    const uint64_t secret = id;
    const auto has = [&](std::optional<uint64_t> where) {
      return others.find(secret, where, phase) != nullptr;
    };
    // Within what a policy made anything may stand before a secret.
    if (protection.contexts.empty()) return has(std::nullopt);
    return std::ranges::all_of(protection.contexts, [&](const auto& known) {
      return (context && known.first != *context) || has(known.first);
    });
  });
}

}  // namespace leakprobe
