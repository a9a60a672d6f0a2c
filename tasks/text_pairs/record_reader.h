#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "data_file.h"

namespace leakprobe::text_pairs {

/// Goes through the records of a file from its first to its last.
class RecordReader {
 public:
  struct Found {
    std::string_view bytes;  ///< without line end; valid until the next call
    uint64_t offset = 0;     ///< of the first byte
    int64_t line = 0;        ///< that it begins in, from 1
  };

  /// With `quoted_lines` a record goes on over line ends between quotes, as in CSV. A byte order
  /// mark before the first record is left out.
  RecordReader(const DataFile& file, bool quoted_lines);

  /// The next record; false at the end. Throws Error for one that is longer than any text.
  bool next(Found& found);

 private:
  /// Where the line end stands that ends the present record, or npos where it is not read yet.
  size_t find_end();
  bool read_on();

  const DataFile& file_;
  const bool quoted_lines_;
  std::string buffer_;
  uint64_t offset_ = 0;  ///< of the buffer in the file
  size_t begin_ = 0;     ///< of the present record in the buffer
  size_t looked_at_ = 0;
  bool in_quotes_ = false;
  int64_t line_ = 1;
  int64_t lines_ = 0;  ///< line ends in what is looked at of the present record
};

}  // namespace leakprobe::text_pairs
