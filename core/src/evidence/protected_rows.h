#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "compose/composition.h"
#include "evidence/prefix_tokens.h"
#include "evidence/secret_lengths.h"
#include "leakprobe/rows.h"
#include "leakprobe/task.h"

namespace leakprobe {

/// The secrets of fixed sets that some role protects, by their tokens. A role that holds behind
/// some prefixes holds in rows that come behind one of these by name and in those that begin with
/// its tokens, since to a model two prefixes of one text are one, and whatever stands between these
/// and the secret. A secret may be in several sets.
class ProtectedRows {
 public:
  /// Rows with one role.
  struct Owner {
    RowsOf rows;  ///< without prefix
    const Role* role;
  };
  /// Gets each row behind the first prefix behind which its role holds.
  using Seen = std::function<void(const Owner& owner, int64_t index, const Row& row)>;

  /// Asks the task for each row once and, where its role goes by prefixes, once behind each. The
  /// composition outlives the object.
  ProtectedRows(const Composition& composition, const Task& task, const Seen& seen = {});
  ProtectedRows(const ProtectedRows&) = delete;
  ProtectedRows& operator=(const ProtectedRows&) = delete;

  /// A protected secret within a row.
  struct Found {
    const Owner* owner = nullptr;
    const std::string* prefix = nullptr;  ///< behind which; nullptr: the role holds behind all
    Span tokens;
    uint64_t id = 0, context = 0;  ///< hashes of its tokens and of those before it
  };
  /// The secrets of which a loss of the row sees a token in that phase where their roles forbid to
  /// push them up. `prefix` is behind which the row comes by name; "" where the name is another
  /// task's. Phase "": before this run, where a role that begins with a phase does not hold yet.
  std::vector<Found> find(const Row& row, const std::string& prefix,
                          const std::string& phase) const;
  /// Behind which prefix of `role`, which goes by prefixes, the tokens of a row from `begin` on
  /// stand; nullptr where behind none.
  const std::string* behind(const Role& role, const Row& row, int64_t begin,
                            const std::string& prefix) const;
  /// Whether `role` forbids in that phase to push them up, whatever prefixes it goes by.
  bool forbids(const Role& role, const Row& row, int64_t begin, const std::string& prefix,
               const std::string& phase) const;
  /// Whether the role of those rows themselves forbids to push up `row`, one of them.
  bool protects(const RowsOf& rows, const Row& row, const std::string& phase) const;
  /// Different secrets.
  size_t size() const { return size_; }
  /// Whether `others` protect in that phase of theirs all that these do before this run: what
  /// these do wherever it stands, and what they do behind prefixes in what follows `prompt` or,
  /// without, behind each of these.
  bool is_covered_by(const ProtectedRows& others, const std::string& phase,
                     const std::optional<std::vector<int64_t>>& prompt) const;

 private:
  /// What stands before a secret.
  struct Context {
    uint64_t tokens = 0;                            ///< a hash of all of it
    const PrefixTokens::Names* prefixes = nullptr;  ///< with whose tokens it begins, or nullptr
    std::string named;                              ///< behind which the row comes by name, or ""
  };
  /// A secret that a role protects.
  struct Entry {
    const Owner* owner;
    /// Hashes of the tokens before it, and the prefix that these begin with, where they begin with
    /// the more tokens of another as well.
    std::vector<std::pair<uint64_t, const std::string*>> contexts;
  };
  void add_all(const Owner& owner, int64_t size, const Task& task, const Seen& seen);
  void add(const Owner& owner, const Row& row, const std::string* prefix);
  /// A row behind each prefix behind which its role holds. Learns with which tokens these begin,
  /// and the others of the task.
  std::vector<std::pair<const std::string*, Row>> rows_behind(const RowsOf& rows, int64_t index,
                                                              const Task& task);
  Context context_of(const std::vector<int64_t>& tokens, int64_t begin,
                     const std::string& prefix) const;
  static const std::string* behind(const Role& role, const Context& context);
  static const std::string* behind(const Entry& entry, const Context& context);
  bool holds(const Entry& entry, const Context& context, const std::string& phase) const;

  const Composition& composition_;
  const TaskFacts& facts_;
  std::list<Owner> owners_;
  std::unordered_multimap<uint64_t, Entry> by_id_;
  PrefixTokens prefixes_;
  SecretLengths lengths_;
  size_t size_ = 0;
};

}  // namespace leakprobe
