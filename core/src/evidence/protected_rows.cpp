#include "evidence/protected_rows.h"

#include <algorithm>
#include <map>

#include "data/item_stream.h"
#include "leakprobe/error.h"

namespace leakprobe {
namespace {

/// Rows of a set without size by which is learned how prefixes begin.
constexpr int64_t kFreshRows = 16;

/// The row without a prefix; nothing where there is nothing to score without one, and so no prompt
/// of its own either.
std::optional<Row> bare_row(RowsOf rows, int64_t index, const Task& task, const TaskFacts& facts,
                            uint64_t seed) {
  rows.prefix = kNoPrefix;
  try {
    return set_row(task, facts, rows, index, seed);
  } catch (const Error&) {
    return std::nullopt;
  }
}

/// How many tokens at a row's beginning are its prefix's: what stands before the tokens that it has
/// without one, such as a prompt of its own.
int64_t prefix_length(const Row& row, const std::optional<Row>& bare) {
  if (!bare) return row.secret.begin;
  const auto own = std::mismatch(row.tokens.rbegin(), row.tokens.rend(), bare->tokens.rbegin(),
                                 bare->tokens.rend())
                       .first;
  return std::min<int64_t>(row.tokens.rend() - own, row.secret.begin);
}

}  // namespace

ProtectedRows::ProtectedRows(const Composition& composition, const Task& task, const Seen& seen)
    : composition_(composition), facts_(composition.task.facts()) {
  for (const RowsOf& rows : facts_.rows()) {
    const Role& role = facts_.role_of(rows);
    if (role.kind != Role::Kind::never_positive) continue;
    if (const std::optional<int64_t>& size = facts_.at(rows.set).size) {
      add_all(owners_.emplace_back(Owner{rows, &role}), *size, task, seen);
    } else if (!role.prefixes.empty()) {
      for (int64_t i = 0; i < kFreshRows; ++i) rows_behind(rows, i, task);
    }
  }
}

void ProtectedRows::add_all(const Owner& owner, int64_t size, const Task& task, const Seen& seen) {
  RowsOf anywhere = owner.rows;
  anywhere.prefix = facts_.first_prefix();
  for (int64_t i = 0; i < size; ++i) {
    if (owner.role->prefixes.empty()) {
      const Row row = set_row(task, facts_, anywhere, i, composition_.seed);
      add(owner, row, nullptr);
      if (seen) seen(owner, i, row);
    } else {
      const auto rows = rows_behind(owner.rows, i, task);
      for (const auto& [prefix, row] : rows) add(owner, row, prefix);
      if (seen) seen(owner, i, rows.front().second);
    }
  }
}

std::vector<std::pair<const std::string*, Row>> ProtectedRows::rows_behind(const RowsOf& rows,
                                                                           int64_t index,
                                                                           const Task& task) {
  const Role& role = facts_.role_of(rows);
  const std::optional<Row> bare = bare_row(rows, index, task, facts_, composition_.seed);
  const auto made = [&](const std::string& prefix) {
    RowsOf behind = rows;
    behind.prefix = prefix;
    Row row = prefix == kNoPrefix && bare ? *bare
                                          : set_row(task, facts_, behind, index, composition_.seed);
    prefixes_.learn(row, prefix_length(row, bare), prefix);
    return row;
  };
  std::vector<std::pair<const std::string*, Row>> all;
  for (const std::string& prefix : role.prefixes) all.emplace_back(&prefix, made(prefix));
  for (const std::string& prefix : facts_.prefixes) {
    if (std::ranges::find(role.prefixes, prefix) == role.prefixes.end()) made(prefix);
  }
  return all;
}

void ProtectedRows::add(const Owner& owner, const Row& row, const std::string* prefix) {
  if (row.secret.begin == row.secret.end) return;  // nothing to protect
  const uint64_t id = row.id();
  auto [entry, last] = by_id_.equal_range(id);
  if (entry == last) ++size_;
  while (entry != last && entry->second.owner != &owner) ++entry;
  if (entry == last) entry = by_id_.emplace(id, Entry{&owner, {}});
  lengths_.add(row);
  if (prefix == nullptr) return;
  const Context context = context_of(row.tokens, row.secret.begin, "");
  if (behind(entry->second, context) != nullptr) return;
  entry->second.contexts.emplace_back(context.tokens, prefix);
}

ProtectedRows::Context ProtectedRows::context_of(const std::vector<int64_t>& tokens, int64_t begin,
                                                 const std::string& prefix) const {
  return {hash_of(tokens, 0, begin), prefixes_.before(tokens, begin), prefix};
}

const std::string* ProtectedRows::behind(const Role& role, const Context& context) {
  const auto named = std::ranges::find(role.prefixes, context.named);
  if (named != role.prefixes.end()) return &*named;
  return context.prefixes == nullptr ? nullptr : first_among(role.prefixes, *context.prefixes);
}

const std::string* ProtectedRows::behind(const Entry& entry, const Context& context) {
  if (const std::string* prefix = behind(*entry.owner->role, context)) return prefix;
  const auto known = std::ranges::find_if(
      entry.contexts, [&](const auto& each) { return each.first == context.tokens; });
  return known == entry.contexts.end() ? nullptr : known->second;
}

bool ProtectedRows::holds(const Entry& entry, const Context& context,
                          const std::string& phase) const {
  const Role& role = *entry.owner->role;
  return composition_.is_from(role.from, phase) &&
         (role.prefixes.empty() || behind(entry, context) != nullptr);
}

const std::string* ProtectedRows::behind(const Role& role, const Row& row, int64_t begin,
                                         const std::string& prefix) const {
  return behind(role, context_of(row.tokens, begin, prefix));
}

bool ProtectedRows::forbids(const Role& role, const Row& row, int64_t begin,
                            const std::string& prefix, const std::string& phase) const {
  return role.kind == Role::Kind::never_positive && composition_.is_from(role.from, phase) &&
         (role.prefixes.empty() || behind(role, row, begin, prefix) != nullptr);
}

bool ProtectedRows::protects(const RowsOf& rows, const Row& row, const std::string& phase) const {
  const Context context = context_of(row.tokens, row.secret.begin, rows.prefix);
  const auto [begin, end] = by_id_.equal_range(row.id());
  return std::any_of(begin, end, [&](const auto& each) {
    const Entry& entry = each.second;
    return entry.owner->rows.name() == rows.name() && holds(entry, context, phase);
  });
}

std::vector<ProtectedRows::Found> ProtectedRows::find(const Row& row, const std::string& prefix,
                                                      const std::string& phase) const {
  std::vector<Found> all;
  lengths_.each(row, [&](const Span& tokens, uint64_t id) {
    const auto [begin, end] = by_id_.equal_range(id);
    if (begin == end) return;
    const Context context = context_of(row.tokens, tokens.begin, prefix);
    const auto held = std::find_if(
        begin, end, [&](const auto& each) { return holds(each.second, context, phase); });
    if (held == end) return;
    const Entry& entry = held->second;
    all.push_back({entry.owner, behind(entry, context), tokens, id, context.tokens});
  });
  return all;
}

bool ProtectedRows::is_covered_by(const ProtectedRows& others, const std::string& phase,
                                  const std::optional<std::vector<int64_t>>& prompt) const {
  Context here, there;
  if (prompt) {
    const auto end = static_cast<int64_t>(prompt->size());
    here = context_of(*prompt, end, "");
    there = others.context_of(*prompt, end, "");
  }
  std::map<std::pair<const Role*, const Role*>, bool> known;
  const auto covers = [&](const Role& role, const Role& other) {
    const auto [at, is_new] = known.emplace(std::pair(&role, &other), false);
    if (is_new) {
      at->second = prefixes_.are_covered_by(role.prefixes, others.prefixes_, other.prefixes);
    }
    return at->second;
  };
  const auto is_covered = [&](const Entry& entry, const Entry& other) {
    const Role& role = *entry.owner->role;
    const Role& watched = *other.owner->role;
    if (!others.composition_.is_from(watched.from, phase)) return false;
    if (watched.prefixes.empty()) return true;
    // Within what a policy made anything may stand before a secret.
    if (role.prefixes.empty()) return false;
    if (prompt) return behind(other, there) != nullptr;
    return covers(role, watched) && std::ranges::all_of(entry.contexts, [&](const auto& context) {
             return behind(other, Context{context.first, nullptr, ""}) != nullptr;
           });
  };
  return std::ranges::all_of(by_id_, [&](const auto& each) {
    const Entry& entry = each.second;
    const Role& role = *entry.owner->role;
    if (!composition_.is_from(role.from, "")) return true;
    if (prompt && !role.prefixes.empty() && behind(entry, here) == nullptr) return true;
    const auto [begin, end] = others.by_id_.equal_range(each.first);
    return std::any_of(begin, end,
                       [&](const auto& other) { return is_covered(entry, other.second); });
  });
}

}  // namespace leakprobe
