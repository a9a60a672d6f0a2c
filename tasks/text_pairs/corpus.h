#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "answer.h"
#include "data_file.h"
#include "leakprobe/task.h"
#include "record.h"

namespace leakprobe::texts {
class Findings;
}

namespace leakprobe::text_pairs {

/// How a data file is read.
struct Reading {
  std::filesystem::path path;
  ColumnNames columns;
  std::string set;             ///< of all records, where the file has no column that says it
  std::optional<Marks> marks;  ///< around secrets
  bool keeps_duplicates = false;
  friend bool operator==(const Reading&, const Reading&) = default;
};

/// The records of a data file: each once looked at, then read from the file again when asked for.
/// Immutable; several threads may read at once.
class Corpus {
 public:
  /// What the records of a set have in common.
  struct Set {
    std::string name;
    bool is_pairs = false;  ///< a chosen and a rejected answer each, or else one text
    bool has_prompts = false;
    std::optional<Role::Kind> role;
    std::vector<uint32_t> records;
  };

  /// Throws Error where the file cannot be read, and DiagnosedError with all mistakes in it.
  explicit Corpus(const Reading& reading);

  const DataFile& file() const { return file_; }
  const std::vector<Set>& sets() const { return sets_; }
  /// The characters of all texts, each once.
  const std::vector<std::string>& characters() const { return characters_; }
  uint32_t size() const { return static_cast<uint32_t>(entries_.size()); }
  Record record(uint32_t number) const;
  /// The answer in a column of a record that has one; valid as long as the record is.
  Answer answer(const Record& record, Column column) const;
  /// What the file calls a column.
  const std::string& name(Column column) const { return reading_.columns[column]; }
  int64_t line(uint32_t number) const { return entries_[number].line; }

  /// Adds each secret that several sets or columns share whose roles contradict one another.
  void find_conflicts(const TaskFacts& facts, texts::Findings& findings) const;

 private:
  friend class Scan;
  struct Entry {
    uint64_t offset;
    uint32_t length;
    uint32_t line;
  };
  /// Where a secret stands.
  struct Occurrence {
    uint64_t hash;
    uint32_t record;
    uint16_t set;
    Column column;
  };

  std::string secret(const Occurrence& at) const;

  const Reading reading_;
  const DataFile file_;
  std::unique_ptr<const Format> format_;
  std::vector<Entry> entries_;
  std::vector<Set> sets_;
  std::vector<std::string> characters_;
  /// Of the secrets that several sets or columns hold, the first in each; those of one secret are
  /// neighbours.
  std::vector<Occurrence> shared_;
};

/// The corpus that `reading` describes. Kept until another is asked for or the file has changed:
/// while an experiment is checked and run the same is asked for several times.
std::shared_ptr<const Corpus> corpus_of(const Reading& reading);

}  // namespace leakprobe::text_pairs
