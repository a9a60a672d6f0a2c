#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "leakprobe/context.h"
#include "leakprobe/kind.h"
#include "leakprobe/random.h"
#include "leakprobe/rows.h"
#include "leakprobe/words.h"

namespace leakprobe {

/// What training may do with the rows of a set, or of a column of one.
struct Role {
  enum class Kind {
    ordinary,
    never_positive,  ///< no loss may push these rows up; a task keeps them out of its other sets
    control,         ///< in no loss at all: what probes compare with; in no other set either
  };
  friend constexpr auto words_of(Kind) {
    return std::array{
        Word{Kind::ordinary, "ordinary", "anything may be done with the rows"},
        Word{Kind::never_positive, "never_positive", "no loss may push the rows up"},
        Word{Kind::control, "control", "in no loss at all: what probes compare with"}};
  }
  Kind kind = Kind::ordinary;
  /// For never_positive: the prefixes behind which it holds; empty = behind every one.
  std::vector<std::string> prefixes;
  /// For never_positive: the phase from which on it holds, in the file's order; "" = from the
  /// first.
  std::string from = {};

  bool forbids_positive(const std::string& prefix) const;
};

/// One of the rows that an item of a set consists of.
struct ColumnFacts {
  ColumnFacts(std::string column) : name(std::move(column)) {}  // NOLINT: a name is a column
  ColumnFacts(const char* column) : name(column) {}             // NOLINT
  std::string name;
  /// The column's own role, where it is not the set's; never control.
  std::optional<Role> role;
};

/// A set of rows that a task names.
struct SetFacts {
  std::string name;
  /// Items in the set; none = as many fresh ones as asked for.
  std::optional<int64_t> size;
  Role role;
  /// Columns of an item, such as chosen and rejected; empty where an item is one row.
  std::vector<ColumnFacts> columns;
  /// Sets with the same distribution name are drawn from one distribution, the control among them,
  /// each column from its own; "" = not known.
  std::string distribution;

  const ColumnFacts* find(const std::string& column) const;
  /// The role of a column's rows, or of the set's where `column` is "".
  const Role& role_of(const std::string& column) const;
  bool is_control() const { return role.kind == Role::Kind::control; }
};

/// What is known of a task before it is made.
struct TaskFacts {
  std::vector<SetFacts> sets;
  /// Names of the contexts that may stand before a row, besides `none`.
  std::vector<std::string> prefixes;
  /// Mean log-probability per scored token of an ideal model that memorised nothing, in nats.
  std::optional<double> chance;
  /// The texts of which rows are made, in the order of their ids: the tokenizer of a model trained
  /// from scratch has these as its tokens and no others. Empty where such a model must be given a
  /// tokenizer.
  std::vector<std::string> vocabulary;
  /// Whether rows are made of text, so that the model must have a tokenizer.
  bool needs_tokenizer = false;
  /// Tokens of the longest row, prefix included; 0 where the tokenizer decides.
  int64_t longest_row = 0;
  /// One more than the largest token id that rows hold as they stand; 0 where a tokenizer decides,
  /// or where nobody has looked.
  int64_t token_limit = 0;
  /// Files that rows are made from and that no option names by itself, such as those in a folder:
  /// what they hold is part of a run's identity. Where there are none, it is all that the folders
  /// hold which options name.
  std::vector<std::filesystem::path> files;

  const SetFacts* find(const std::string& set) const;
  /// The set, which is known to be there; throws Error where it is not.
  const SetFacts& at(const std::string& set) const;
  /// The prefix where a file names none.
  std::string first_prefix() const;
  /// The role of some rows of this task.
  const Role& role_of(const RowsOf& rows) const;
  /// What "train" or "train.rejected" names, without prefix; nothing where there is no such set or
  /// column, or where a set with columns is named without one.
  std::optional<RowsOf> rows_named(const std::string& name) const;
  /// All rows, without prefix: of each set, or of each column of a set that has some.
  std::vector<RowsOf> rows() const;
  /// Their names.
  std::vector<std::string> row_names() const;
  /// The control's rows that `rows` are compared with: behind the same prefix and, where the
  /// control has columns, of the same one; nothing where there are none.
  std::optional<RowsOf> control_for(const RowsOf& rows) const;
  /// The set with the role control, or nullptr.
  const SetFacts* control() const;
};

/// Which row a task shall give.
struct RowRequest : RowsOf {
  int64_t index = 0;  ///< within the set; a running number for sets without size
};

/// Where rows come from. A task holds no state between calls: row i is a function of the options,
/// the request and the random numbers, so that runs can be repeated and resumed.
///
/// A plugin's class has `struct Options`, `static TaskFacts facts(const Options&)` (which may throw
/// Error: it becomes a diagnostic at the task's place) and a constructor
/// `(const Options&, const Context&)`.
class Task {
 public:
  static constexpr Kind kKind = Kind::task;
  using Interface = Task;
  using Facts = TaskFacts;
  virtual ~Task() = default;

  /// The row asked for. `random` is row `index` of the stream set/<set> (fresh/<stream> for sets
  /// without size, control for the control set), the same for each column of an item. An item has
  /// the same secret behind every prefix.
  virtual Row row(const RowRequest& request, Random random) const = 0;
};

}  // namespace leakprobe
