#pragma once

#include <cstdint>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "../findings.h"
#include "../utf8.h"
#include "corpus.h"
#include "record_reader.h"

namespace leakprobe::text_pairs {

/// Goes once through the file of a corpus and fills it.
class Scan {
 public:
  explicit Scan(Corpus& corpus);
  /// Throws DiagnosedError with all mistakes in the file.
  void run();

 private:
  bool open_csv(RecordReader& reader);
  /// False where nothing behind the record can be told from it.
  bool take(const RecordReader::Found& found);
  /// False where the record is none of a row or pair.
  bool check(const Record& record, const RecordReader::Found& found);
  bool check_answer(Column column, const std::string& text, int64_t line);
  /// The set of a good record, which fits into it, or nullptr.
  Corpus::Set* set_of(const Record& record, int64_t line);
  bool check_form(const Record& record, const Corpus::Set& set, int64_t line);
  bool take_role(const Record& record, Corpus::Set& set, int64_t line);
  void add(const Record& record, Corpus::Set& set, const RecordReader::Found& found);
  void check_columns();
  void check_names();
  void find_duplicates();
  void keep_shared();

  Fault not_utf8(size_t at) const;
  /// "its columns: prompt, text"
  std::string its_columns(std::string_view record) const;
  void find(const Fault& fault, const RecordReader::Found& found);
  const std::string& name(Column column) const { return corpus_.reading_.columns[column]; }

  Corpus& corpus_;
  texts::Findings findings_;
  texts::Characters characters_;
  ByColumn<bool> seen_{};
  bool has_pairs_ = false;
  std::string first_record_;
  std::unordered_map<std::string, uint16_t> set_numbers_;
  bool names_sets_ = false;
  std::vector<int64_t> set_lines_;                   ///< by set, where it begins
  std::vector<int64_t> role_lines_;                  ///< by set, where its role was said first
  std::vector<std::pair<uint64_t, uint32_t>> rows_;  ///< hash and record
};

}  // namespace leakprobe::text_pairs
