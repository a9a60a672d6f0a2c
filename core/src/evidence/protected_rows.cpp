#include "evidence/protected_rows.h"

#include <algorithm>

#include "data/item_stream.h"

namespace leakprobe {

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
      const auto add_behind = [&](const std::string& prefix, const std::string* restricted) {
        rows.prefix = prefix;
        add(owner, set_row(task, facts, rows, i, composition.seed), restricted);
      };
      if (role.prefixes.empty()) add_behind(facts.first_prefix(), nullptr);
      for (const std::string& prefix : role.prefixes) add_behind(prefix, &prefix);
    }
  }
}

void ProtectedRows::add(const Owner& owner, const Row& row, const std::string* prefix) {
  const auto [begin, end] = row.secret;
  const uint64_t id = row.id();
  if (begin == end) return;  // nothing to protect
  auto [entry, last] = by_id_.equal_range(id);
  if (entry == last) ++size_;
  while (entry != last && entry->second.owner != &owner) ++entry;
  if (entry == last) entry = by_id_.emplace(id, Entry{&owner, {}});
  if (prefix != nullptr) {
    entry->second.contexts.emplace_back(hash_of(row.tokens, 0, begin), prefix);
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

std::vector<ProtectedRows::Found> ProtectedRows::find(const Row& row,
                                                      const std::string& phase) const {
  std::vector<Found> all;
  lengths_.each(row, [&](const Span& tokens, uint64_t id) {
    if (by_id_.find(id) == by_id_.end()) return;
    const uint64_t context = hash_of(row.tokens, 0, tokens.begin);
    if (const Entry* found = find(id, context, phase)) {
      all.push_back({found->owner, found->behind(context), tokens, id, context});
    }
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
