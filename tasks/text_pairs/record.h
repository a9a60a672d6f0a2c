#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace leakprobe::text_pairs {

/// What a record of a data file may say.
enum class Column : uint8_t { prompt, chosen, rejected, text, set, role };
inline constexpr size_t kColumns = 6;

/// Columns of answers, and all columns that rows are made of.
inline constexpr Column kAnswers[] = {Column::chosen, Column::rejected, Column::text};
inline constexpr Column kTexts[] = {Column::prompt, Column::chosen, Column::rejected, Column::text};

template <class T>
class ByColumn : public std::array<T, kColumns> {
 public:
  T& operator[](Column column) { return this->at(static_cast<size_t>(column)); }
  const T& operator[](Column column) const { return this->at(static_cast<size_t>(column)); }
};

/// What the columns are called in a file; "" = the file has no such column, whatever it holds.
using ColumnNames = ByColumn<std::string>;
/// As trainers call them, in the order of Column.
inline const ColumnNames kColumnNames = {{"prompt", "chosen", "rejected", "text", "set", "role"}};

/// Something wrong with a record.
struct Fault {
  size_t at = 0;  ///< byte of the record; npos = the record as a whole
  std::string message;
  std::string hint;
};

/// What a line of JSON Lines says, or a record of CSV, which may be several lines.
struct Record {
  ByColumn<std::optional<std::string>> fields;
  std::vector<Fault> faults;
  bool ends_reading = false;  ///< whether nobody can tell where the next record begins

  const std::optional<std::string>& operator[](Column column) const { return fields[column]; }
};

/// How a file writes records. Immutable; several threads may read at once.
class Format {
 public:
  virtual ~Format() = default;
  /// `bytes` is UTF-8 and holds a record without its line end.
  virtual Record parse(std::string_view bytes) const = 0;
  /// The names of all columns that a record has, in its order.
  virtual std::vector<std::string> columns(std::string_view bytes) const = 0;
  /// Whether a line may hold nothing at all.
  virtual bool skips_blank_lines() const = 0;
};

/// One JSON object a line (https://jsonlines.org).
std::unique_ptr<const Format> json_lines(ColumnNames names);

/// CSV by RFC 4180 with commas, whose first record, `header`, names the columns. An empty field is
/// one that is not there. `fault` is set where the header is no CSV, names a column twice, or parts
/// its fields by something else.
std::unique_ptr<const Format> csv(ColumnNames names, std::string_view header,
                                  std::optional<Fault>& fault);

}  // namespace leakprobe::text_pairs
