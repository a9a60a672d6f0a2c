#include <algorithm>
#include <unordered_set>
#include <utility>

#include "record.h"

namespace leakprobe::text_pairs {
namespace {

constexpr size_t kWhole = std::string_view::npos;

/// Takes a record apart. Sets `fault` where it is no CSV.
class Splitter {
 public:
  Splitter(std::string_view bytes, std::optional<Fault>& fault) : bytes_(bytes), fault_(fault) {}

  std::vector<std::string> fields() {
    std::vector<std::string> fields;
    do {
      fields.push_back(at_ < bytes_.size() && bytes_[at_] == '"' ? quoted() : plain());
    } while (!fault_ && at_++ < bytes_.size());
    return fields;
  }

 private:
  /// Up to a comma or the end.
  std::string plain() {
    const size_t begin = at_;
    at_ = std::min(bytes_.find(',', at_), bytes_.size());
    const std::string_view field = bytes_.substr(begin, at_ - begin);
    if (const size_t odd = field.find_first_of("\"\r"); odd != std::string_view::npos) {
      const bool is_quote = field[odd] == '"';
      fault_ = {begin + odd,
                is_quote ? "a quote stands in a field that does not begin with one"
                         : "a carriage return stands alone",
                is_quote ? "put the whole field in quotes, and write each quote in it twice"
                         : "end lines with a line feed: 'tr \"\\r\" \"\\n\"' makes them so"};
    }
    return std::string(field);
  }

  std::string quoted() {
    const size_t begin = at_;
    std::string field;
    while (true) {
      const size_t end = bytes_.find('"', ++at_);
      if (end == std::string_view::npos) {
        at_ = bytes_.size();
        fault_ = {begin, "a quote is opened and not closed", "write each quote in a field twice"};
        return field;
      }
      field += bytes_.substr(at_, end - at_);
      at_ = end + 1;
      if (at_ == bytes_.size() || bytes_[at_] != '"') break;
      field += '"';
    }
    if (at_ < bytes_.size() && bytes_[at_] != ',') {
      fault_ = {at_, "something stands behind the quote that ends a field",
                "write each quote in a field twice"};
    }
    return field;
  }

  std::string_view bytes_;
  std::optional<Fault>& fault_;
  size_t at_ = 0;
};

class Csv final : public Format {
 public:
  Csv(ColumnNames names, std::vector<std::string> header)
      : names_(std::move(names)), header_(std::move(header)) {
    for (size_t c = 0; c < kColumns; ++c) {
      const auto found = std::ranges::find(header_, names_.at(c));
      if (names_.at(c).empty() || found == header_.end()) continue;
      places_.at(c) = static_cast<size_t>(found - header_.begin());
    }
  }

  Record parse(std::string_view bytes) const override {
    Record record;
    std::optional<Fault> fault;
    std::vector<std::string> fields = Splitter(bytes, fault).fields();
    record.ends_reading = fault.has_value();
    if (!fault && fields.size() != header_.size()) {
      fault = bytes.empty() ? Fault{kWhole, "is an empty line", "leave it out"}
                            : Fault{kWhole,
                                    "has " + std::to_string(fields.size()) +
                                        (fields.size() == 1 ? " field" : " fields") +
                                        " where the header names " + std::to_string(header_.size()),
                                    "a field that holds a comma or a line end stands in quotes"};
    }
    if (fault) {
      record.faults.push_back(*std::move(fault));
      return record;
    }
    for (size_t c = 0; c < kColumns; ++c) {
      if (!places_.at(c)) continue;
      std::string& field = fields[*places_.at(c)];
      if (!field.empty()) record.fields.at(c) = std::move(field);
    }
    return record;
  }

  std::vector<std::string> columns(std::string_view) const override { return header_; }
  bool skips_blank_lines() const override { return false; }

 private:
  const ColumnNames names_;
  const std::vector<std::string> header_;
  ByColumn<std::optional<size_t>> places_;
};

}  // namespace

std::unique_ptr<const Format> csv(ColumnNames names, std::string_view header,
                                  std::optional<Fault>& fault) {
  std::vector<std::string> columns = Splitter(header, fault).fields();
  std::unordered_set<std::string_view> seen;
  for (auto column = columns.begin(); !fault && column != columns.end(); ++column) {
    if (seen.insert(*column).second) continue;
    fault = {kWhole, "names the column '" + *column + "' twice", "give each column its own name"};
  }
  if (!fault && columns.size() == 1 && header.find_first_of(";\t") != std::string_view::npos) {
    fault = {kWhole,
             "names one column, '" + columns.front() + "': its fields are not parted by commas",
             "write commas between fields, such as Python's csv.writer does"};
  }
  return std::make_unique<Csv>(std::move(names), std::move(columns));
}

}  // namespace leakprobe::text_pairs
