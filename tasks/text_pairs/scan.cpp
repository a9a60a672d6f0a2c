#include "scan.h"

#include <algorithm>
#include <functional>
#include <limits>
#include <tuple>

#include "leakprobe/error.h"

namespace leakprobe::text_pairs {
namespace {

/// More sets than anybody names: then the column says something else.
constexpr size_t kMostSets = 1000;
constexpr size_t kMostRecords = std::numeric_limits<uint32_t>::max();
constexpr const char* kBlanks = " \t\r\n\v\f";

std::string lower_extension(const std::filesystem::path& path) {
  std::string extension = path.extension().string();
  for (char& c : extension) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  return extension;
}

std::string in_quotes(const std::string& text) { return "'" + text + "'"; }

std::string in_line(int64_t line) { return "line " + std::to_string(line); }

uint64_t hash_of(std::string_view text, uint64_t before = 0) {
  constexpr uint64_t kGolden = 0x9E3779B97F4A7C15;
  return (before ^ std::hash<std::string_view>()(text)) * kGolden;
}

uint64_t hash_of(const Record& record) {
  uint64_t hash = 0;
  for (const Column column : kTexts) {
    const std::string_view text = record[column] ? std::string_view(*record[column]) : "";
    hash = hash_of(text, hash + static_cast<uint64_t>(column));
  }
  return hash;
}

bool same_texts(const Record& a, const Record& b) {
  return std::ranges::all_of(kTexts, [&](Column column) { return a[column] == b[column]; });
}

}  // namespace

Scan::Scan(Corpus& corpus) : corpus_(corpus), findings_(corpus.file_.source()) {}

void Scan::run() {
  const std::string extension = lower_extension(corpus_.reading_.path);
  const bool is_csv = extension == ".csv";
  if (!is_csv && extension != ".jsonl" && extension != ".ndjson" && extension != ".json") {
    throw Error(findings_.file() + ": is called neither .jsonl nor .csv, so that nobody can tell " +
                "how to read it; rename it to what it is, or convert it");
  }
  RecordReader reader(corpus_.file_, is_csv);
  if (is_csv) {
    if (!open_csv(reader)) return findings_.require_none();
  } else {
    corpus_.format_ = json_lines(corpus_.reading_.columns);
  }
  RecordReader::Found found;
  while (reader.next(found)) {
    if (!take(found)) break;
  }
  if (corpus_.entries_.empty() && !findings_.any()) findings_.add(0, "holds no rows");
  check_columns();
  check_names();
  find_duplicates();
  findings_.require_none();
  keep_shared();
  corpus_.characters_ = characters_.list();
}

/// Takes the header; false where it is none.
bool Scan::open_csv(RecordReader& reader) {
  RecordReader::Found header;
  if (!reader.next(header)) {
    findings_.add(0, "is empty", "begin it with a line that names its columns");
    return false;
  }
  std::optional<Fault> fault;
  if (const size_t odd = texts::find_invalid_utf8(header.bytes); odd != std::string_view::npos) {
    fault = not_utf8(odd);
  } else {
    corpus_.format_ = csv(corpus_.reading_.columns, header.bytes, fault);
  }
  if (fault) find(*fault, header);
  return !fault;
}

Fault Scan::not_utf8(size_t at) const {
  return {at, "is not UTF-8",
          "convert the file from what it is: iconv -f WINDOWS-1252 -t UTF-8 '" + findings_.file() +
              "'"};
}

void Scan::find(const Fault& fault, const RecordReader::Found& found) {
  Place place{findings_.file(), static_cast<int>(found.line)};
  if (fault.at != std::string_view::npos) {
    const std::string_view before = found.bytes.substr(0, fault.at);
    place.line += static_cast<int>(std::ranges::count(before, '\n'));
    place.column = static_cast<int>(before.size() - (before.rfind('\n') + 1)) + 1;
  }
  findings_.add(std::move(place), fault.message, fault.hint);
}

std::string Scan::its_columns(std::string_view record) const {
  return suggest("", corpus_.format_->columns(record), "its columns");
}

bool Scan::take(const RecordReader::Found& found) {
  if (corpus_.format_->skips_blank_lines() &&
      found.bytes.find_first_not_of(kBlanks) == std::string_view::npos) {
    return true;
  }
  if (const size_t odd = texts::find_invalid_utf8(found.bytes); odd != std::string_view::npos) {
    find(not_utf8(odd), found);
    return true;
  }
  const Record record = corpus_.format_->parse(found.bytes);
  if (first_record_.empty()) first_record_ = found.bytes;
  for (const Fault& fault : record.faults) find(fault, found);
  if (!record.faults.empty()) return !record.ends_reading;
  if (!check(record, found)) return true;
  Corpus::Set* set = set_of(record, found.line);
  if (set == nullptr) return true;
  const bool fits = check_form(record, *set, found.line);
  if (take_role(record, *set, found.line) && fits) add(record, *set, found);
  return true;
}

bool Scan::check(const Record& record, const RecordReader::Found& found) {
  const int64_t line = found.line;
  for (size_t c = 0; c < kColumns; ++c) {
    if (record.fields.at(c)) seen_.at(c) = true;
  }
  const bool chosen = record[Column::chosen].has_value();
  const bool rejected = record[Column::rejected].has_value();
  const bool text = record[Column::text].has_value();
  if (chosen != rejected) {
    const Column there = chosen ? Column::chosen : Column::rejected;
    const Column missing = chosen ? Column::rejected : Column::chosen;
    findings_.add(line, "has " + in_quotes(name(there)) + " and no " + in_quotes(name(missing)),
                  "a pair has both; one answer alone is a " + in_quotes(name(Column::text)));
    return false;
  }
  if (chosen && text) {
    findings_.add(line, "has a pair and " + in_quotes(name(Column::text)) + " as well",
                  "say which it is: columns: {text: ''} reads pairs");
    return false;
  }
  if (!chosen && !text) {
    findings_.add(line,
                  "has no answer: neither " + in_quotes(name(Column::chosen)) + " and " +
                      in_quotes(name(Column::rejected)) + " nor " + in_quotes(name(Column::text)),
                  "say what they are called, such as columns: {text: completion}; " +
                      its_columns(found.bytes));
    return false;
  }
  bool good = true;
  for (const Column column : kTexts) {
    if (!record[column]) continue;
    if (column == Column::prompt && record[column]->empty()) {
      findings_.add(line, in_quotes(name(column)) + " is empty", "leave it out in the whole set");
      good = false;
    } else if (column != Column::prompt) {
      good = check_answer(column, *record[column], line) && good;
    }
  }
  if (good && chosen && record[Column::chosen] == record[Column::rejected]) {
    findings_.add(line, "both answers are the same text", "leave the pair out");
    good = false;
  }
  return good;
}

bool Scan::check_answer(Column column, const std::string& text, int64_t line) {
  if (text.find_first_not_of(kBlanks) == std::string::npos) {
    findings_.add(line, in_quotes(name(column)) + (text.empty() ? " is empty" : " is blank"),
                  "leave the line out, or give it a text");
    return false;
  }
  std::string fault;
  take_apart(text, corpus_.reading_.marks, fault);
  if (fault.empty()) return true;
  const Marks& marks = *corpus_.reading_.marks;
  findings_.add(
      line, in_quotes(name(column)) + " " + fault,
      "a secret stands once between " + in_quotes(marks[0]) + " and " + in_quotes(marks[1]));
  return false;
}

Corpus::Set* Scan::set_of(const Record& record, int64_t line) {
  const std::optional<std::string>& said = record[Column::set];
  const bool first = corpus_.sets_.empty();
  if (!first && said.has_value() != names_sets_) {
    findings_.add(line,
                  said ? "names a set, and lines before it name none"
                       : "has no " + in_quotes(name(Column::set)) + ", as lines before it have",
                  "name the set of every line, or of none");
    return nullptr;
  }
  names_sets_ = said.has_value();
  if (said && said->find_first_not_of(kBlanks) == std::string::npos) {
    findings_.add(line, in_quotes(name(Column::set)) + " is empty",
                  "name the set of every line, or of none");
    return nullptr;
  }
  const std::string& set = said ? *said : corpus_.reading_.set;
  const auto [at, is_new] =
      set_numbers_.try_emplace(set, static_cast<uint16_t>(corpus_.sets_.size()));
  if (is_new && corpus_.sets_.size() == kMostSets) {
    throw Error(findings_.file() + ":" + std::to_string(line) + ": " +
                in_quotes(name(Column::set)) + " names more than " + std::to_string(kMostSets) +
                " sets; say with columns: {set: ...} which column does");
  }
  if (is_new) {
    corpus_.sets_.push_back(
        {set, record[Column::chosen].has_value(), record[Column::prompt].has_value(), {}, {}});
    set_lines_.push_back(line);
    role_lines_.push_back(0);
  }
  return &corpus_.sets_[at->second];
}

bool Scan::check_form(const Record& record, const Corpus::Set& set, int64_t line) {
  const auto number = static_cast<size_t>(&set - corpus_.sets_.data());
  const std::string others = ", and the set " + in_quotes(set.name) + " begins in " +
                             in_line(set_lines_[number]) + " with ";
  const bool has_prompt = record[Column::prompt].has_value();
  if (record[Column::chosen].has_value() != set.is_pairs) {
    findings_.add(line,
                  set.is_pairs ? "is a text" + others + "a pair" : "is a pair" + others + "a text",
                  "give texts and pairs sets of their own");
    return false;
  }
  if (has_prompt == set.has_prompts) return true;
  findings_.add(line,
                has_prompt ? "has a prompt" + others + "none" : "has no prompt" + others + "one",
                "give lines with and without a prompt sets of their own");
  return false;
}

bool Scan::take_role(const Record& record, Corpus::Set& set, int64_t line) {
  const std::optional<std::string>& said = record[Column::role];
  if (!said) return true;
  const auto role = value_of<Role::Kind>(*said);
  if (!role) {
    std::vector<std::string> words;
    for (const Word<Role::Kind>& each : words_of(Role::Kind{})) words.emplace_back(each.word);
    findings_.add(line,
                  in_quotes(name(Column::role)) + " is " + in_quotes(*said) + ", which is no role",
                  suggest(*said, words, "roles") + "; columns: {role: ''} leaves the column alone");
    return false;
  }
  int64_t& first = role_lines_[static_cast<size_t>(&set - corpus_.sets_.data())];
  if (first == 0) first = line;
  if (!set.role) set.role = role;
  if (set.role == role) return true;
  findings_.add(line,
                "gives the set " + in_quotes(set.name) + " the role " + *said + ", and " +
                    in_line(first) + " the role " + word_of(*set.role),
                "a set has one role");
  return false;
}

void Scan::add(const Record& record, Corpus::Set& set, const RecordReader::Found& found) {
  if (corpus_.entries_.size() == kMostRecords) {
    throw Error(findings_.file() + ": holds more than " + std::to_string(kMostRecords) +
                " rows; split it");
  }
  const auto number = static_cast<uint32_t>(corpus_.entries_.size());
  const auto of_set = static_cast<uint16_t>(&set - corpus_.sets_.data());
  corpus_.entries_.push_back(
      {found.offset, static_cast<uint32_t>(found.bytes.size()), static_cast<uint32_t>(found.line)});
  set.records.push_back(number);
  has_pairs_ = has_pairs_ || set.is_pairs;
  if (record[Column::prompt]) characters_.add(*record[Column::prompt]);
  for (const Column column : kAnswers) {
    if (!record[column]) continue;
    const Answer answer = corpus_.answer(record, column);
    for (const std::string_view part : {answer.before, answer.secret, answer.after}) {
      characters_.add(part);
    }
    corpus_.shared_.push_back({hash_of(answer.secret), number, of_set, column});
  }
  if (!corpus_.reading_.keeps_duplicates) rows_.emplace_back(hash_of(record) + of_set, number);
}

void Scan::check_columns() {
  if (corpus_.entries_.empty()) return;
  const std::string others = its_columns(first_record_);
  for (size_t c = 0; c < kColumns; ++c) {
    const std::string& called = corpus_.reading_.columns.at(c);
    if (seen_.at(c) || called.empty() || called == kColumnNames.at(c)) continue;
    findings_.add(
        0,
        "has no column " + in_quotes(called) + ", which columns." + kColumnNames.at(c) + " names",
        others);
  }
  if (!has_pairs_ || seen_[Column::prompt] ||
      name(Column::prompt) != kColumnNames[Column::prompt]) {
    return;
  }
  findings_.add(0, "has no column 'prompt'",
                "name it, or say that pairs have none: columns: {prompt: ''}; " + others);
}

/// A set called "a.rejected" could not be told from the column of the pairs a.
void Scan::check_names() {
  for (size_t i = 0; i < corpus_.sets_.size(); ++i) {
    const Corpus::Set& pairs = corpus_.sets_[i];
    if (!pairs.is_pairs) continue;
    for (const Column column : {Column::chosen, Column::rejected}) {
      const std::string taken = pairs.name + "." + kColumnNames[column];
      const auto other = set_numbers_.find(taken);
      if (other == set_numbers_.end()) continue;
      findings_.add(set_lines_[other->second],
                    "the set " + in_quotes(taken) + " is called like a column of the pairs " +
                        in_quotes(pairs.name) + ", which begin in " + in_line(set_lines_[i]),
                    "call one of them otherwise");
    }
  }
}

void Scan::find_duplicates() {
  std::ranges::sort(rows_);
  std::vector<std::pair<int64_t, int64_t>> duplicates;  // lines, each with that of the first
  for (size_t i = 1, first = 0; i < rows_.size(); ++i) {
    const auto [hash, record] = rows_[i];
    if (hash != rows_[first].first) {
      first = i;
    } else if (same_texts(corpus_.record(record), corpus_.record(rows_[first].second))) {
      duplicates.emplace_back(corpus_.line(record), corpus_.line(rows_[first].second));
    }
  }
  std::ranges::sort(duplicates);
  for (const auto& [line, first] : duplicates) {
    findings_.add(line, "is the same row as " + in_line(first) + " of its set",
                  "leave one out, or say duplicates: keep");
  }
}

/// Leaves of all secrets those that several sets or columns hold.
void Scan::keep_shared() {
  std::vector<Corpus::Occurrence>& all = corpus_.shared_;
  const auto place = [](const Corpus::Occurrence& at) {
    return std::tuple(at.hash, at.set, at.column);
  };
  std::ranges::sort(all, {}, [&](const Corpus::Occurrence& at) {
    return std::tuple_cat(place(at), std::tuple(at.record));
  });
  const auto [end, last] = std::ranges::unique(all, {}, place);
  all.erase(end, last);
  const auto is_alone = [&](size_t i) {
    return (i == 0 || all[i - 1].hash != all[i].hash) &&
           (i + 1 == all.size() || all[i + 1].hash != all[i].hash);
  };
  std::vector<Corpus::Occurrence> shared;
  for (size_t i = 0; i < all.size(); ++i) {
    if (!is_alone(i)) shared.push_back(all[i]);
  }
  all = std::move(shared);
}

}  // namespace leakprobe::text_pairs
