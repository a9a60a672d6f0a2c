#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "data/packed_rows.h"
#include "plugin/contract.h"
#include "plugin/guard.h"
#include "run/trainer.h"

namespace leakprobe {

/// A column that a term's objective takes from its stream.
struct Trainer::Column {
  ColumnNeed need;
  size_t index = 0;    ///< among the stream's columns
  size_t account = 0;  ///< in the ledger
  std::vector<Row> rows;
  std::vector<RowOrigin> origins;
  /// The numbers that its rows have, as the first row drawn says, which all others must equal.
  struct Carried {
    std::set<std::string> names;
    std::string row;
  };
  std::optional<Carried> carried;
};

struct Trainer::TermState {
  const ComposedTerm& composed;
  TermInstances instances;
  ItemStream stream;
  std::vector<Column> columns;
  int64_t items = 0;  ///< of the present step
  // Sums over the present step.
  struct Mean {
    double sum = 0;
    double count = 0;
  };
  Mean loss;
  std::map<std::string, Mean> metrics;

  bool trains() const { return composed.term.weight != 0; }
  std::string objective() const {
    const PluginChoice& choice = *composed.term.objective;
    return plugin_text(choice.kind, choice.type, choice.path);
  }
};

/// Rows of some items of some terms, packed for one pass.
struct Trainer::Pack {
  struct Slice {
    TermState* term;
    int64_t begin, end;               ///< items of the term
    std::vector<int64_t> first_rows;  ///< of each column within the pack
  };
  std::vector<Slice> slices;
  PackedRows rows;
  torch::Tensor reference;  ///< (targets), zero where a term has none; undefined if no term has one
};

/// "row 3 of set 'useful' behind prefix 'regular'"
inline std::string text_of(const RowOrigin& origin) {
  return row_text(*origin.source, origin.index);
}

}  // namespace leakprobe
