#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "compose/composition.h"
#include "evidence/secret_lengths.h"
#include "leakprobe/rows.h"
#include "leakprobe/task.h"

namespace leakprobe {

/// The secrets of fixed sets that some role protects, by their tokens and those before them: to a
/// model two prefixes of one text are one. A secret may be in several sets.
class ProtectedRows {
 public:
  /// The composition outlives the object.
  ProtectedRows(const Composition& composition, const Task& task);

  /// Rows with one role.
  struct Owner {
    RowsOf rows;  ///< without prefix
    const Role* role;
  };
  /// A protected secret within a row.
  struct Found {
    const Owner* owner = nullptr;
    const std::string* prefix = nullptr;  ///< behind which; nullptr: the role holds behind all
    Span tokens;
    uint64_t id = 0, context = 0;  ///< hashes of its tokens and of those before it
  };
  /// The secrets of which a loss of the row sees a token in that phase where their roles forbid to
  /// push them up: one whose role holds behind every prefix wherever it stands, the others behind
  /// exactly their prefix's tokens and the prompt that any row has of its own. Phase "": before
  /// this run, where a role that begins with a phase does not hold yet.
  std::vector<Found> find(const Row& row, const std::string& phase) const;
  /// Whether the role of those rows themselves forbids to push up `row`, one of them.
  bool protects(const RowsOf& rows, const Row& row, const std::string& phase) const;
  /// Different secrets.
  size_t size() const { return size_; }
  /// Whether `others` protect in that phase of theirs all that these do before this run: what
  /// these do wherever it stands, and what they do behind prefixes, in the context of that hash or,
  /// without, in each of theirs.
  bool is_covered_by(const ProtectedRows& others, const std::string& phase,
                     std::optional<uint64_t> context) const;

 private:
  /// Where a secret is protected.
  struct Entry {
    const Owner* owner;
    /// Hashes of the tokens before it, and of the prefix's alone where more stands before it, and
    /// the prefixes that these are of; empty: everywhere.
    std::vector<std::pair<uint64_t, const std::string*>> contexts;

    /// The prefix of that context, or nullptr.
    const std::string* behind(std::optional<uint64_t> context) const;
  };
  /// `beginning`: a hash of the prefix's tokens.
  void add(const Owner& owner, const Row& row, const std::string* prefix,
           std::optional<uint64_t> beginning);
  /// The hash of the longest prefix with which the row begins; none where it begins with none.
  std::optional<uint64_t> beginning_of(const Row& row) const;
  /// Without context: whether, or what, holds everywhere.
  bool holds(const Entry& entry, std::optional<uint64_t> context, const std::string& phase) const;
  const Entry* find(uint64_t id, std::optional<uint64_t> context, const std::string& phase) const;

  const Composition& composition_;
  std::list<Owner> owners_;
  std::unordered_multimap<uint64_t, Entry> by_id_;
  /// Hashes of all prefixes' tokens by how many these are, the longest first.
  std::map<int64_t, std::unordered_set<uint64_t>, std::greater<>> beginnings_;
  SecretLengths lengths_;
  size_t size_ = 0;
};

/// A hash of tokens that stand before a secret.
uint64_t context_of(const std::vector<int64_t>& tokens);

}  // namespace leakprobe
