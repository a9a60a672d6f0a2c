#include <simdjson.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "record.h"

namespace leakprobe::text_pairs {
namespace {

using Json = nlohmann::json;

constexpr size_t kWhole = std::string_view::npos;
constexpr const char* kNoTemplate =
    "a list, as conversations are, and leakprobe applies no chat template";
constexpr const char* kApplyTemplate =
    "write the text as the model is to see it, such as apply_chat_template(..., tokenize=False) of "
    "its tokenizer gives";

/// "invalid literal" of "[json.exception.parse_error.101] parse error at line 1, column 3: syntax
/// error while parsing value - invalid literal; last read: 'x'".
std::string reason_of(const std::string& message) {
  size_t begin = message.rfind(" - ");
  begin = begin == std::string::npos ? 0 : begin + 3;
  // "[json.exception.out_of_range.406] number overflow parsing '1e999'" has no such mark.
  if (message.compare(begin, 1, "[") == 0) begin = message.find("] ", begin) + 2;
  const size_t end =
      std::min(message.find("; last read: ", begin), message.find("; expected ", begin));
  return message.substr(begin, end - begin);
}

bool has_answer(const Record& record) {
  return std::ranges::any_of(kAnswers, [&](Column column) { return record[column].has_value(); });
}

/// Takes what is wanted of one object as the parser meets it.
class Reader final : public nlohmann::json_sax<Json> {
 public:
  Reader(const ColumnNames& names, Record& record) : names_(names), record_(record) {}

  bool null() override { return other(nullptr); }
  bool boolean(bool) override { return other("true or false"); }
  bool number_integer(number_integer_t) override { return other("a number"); }
  bool number_unsigned(number_unsigned_t) override { return other("a number"); }
  bool number_float(number_float_t, const string_t&) override { return other("a number"); }
  bool binary(binary_t&) override { return false; }
  bool string(string_t& text) override {
    if (depth_ == 1 && wanted_) record_.fields[*wanted_] = std::move(text);
    return depth_ > 0 || other("text");
  }
  bool start_object(size_t) override {
    if (depth_ > 0) other("a mapping");
    ++depth_;
    return true;
  }
  bool end_object() override {
    --depth_;
    return true;
  }
  bool start_array(size_t) override {
    if (depth_ == 0) return other("a list");
    if (depth_ == 1 && wanted_) add(*wanted_, kNoTemplate, kApplyTemplate);
    ++depth_;
    return true;
  }
  bool end_array() override {
    --depth_;
    return true;
  }
  bool key(string_t& name) override {
    if (depth_ != 1) return true;
    wanted_.reset();
    for (size_t c = 0; c < kColumns; ++c) {
      if (!names_.at(c).empty() && names_.at(c) == name) wanted_ = static_cast<Column>(c);
    }
    if (name == "messages" || name == "conversations") conversation_ = name;
    if (wanted_ && std::exchange(given_[*wanted_], true))
      add(*wanted_, "there twice", "leave one of them out");
    return true;
  }
  bool parse_error(size_t at, const std::string&, const Json::exception& error) override {
    const bool ended = std::string_view(error.what()).find("end of input") != std::string::npos;
    record_.faults.push_back({at == 0 ? 0 : at - 1, "is no JSON: " + reason_of(error.what()),
                              ended ? "one line is one object: 'jq -c .' writes it so"
                                    : "write one JSON object a line"});
    return false;
  }

  /// Of a record that says nothing else that rows could be made of.
  const std::string& conversation() const { return conversation_; }

 private:
  void add(Column column, const std::string& what, const std::string& hint) {
    record_.faults.push_back({kWhole, "'" + names_[column] + "' is " + what, hint});
  }

  /// A value that is no text; nullptr = nothing. False where it stands in place of the object.
  bool other(const char* what) {
    if (depth_ == 0) {
      record_.faults.push_back({0, std::string("is ") + (what ? what : "null") + ", not an object",
                                what == std::string_view("a list")
                                    ? "write one object a line: 'jq -c .[]' makes lines of a list"
                                    : "write one JSON object a line"});
      return false;
    }
    if (depth_ == 1 && wanted_ && what) add(*wanted_, what, "write text, in quotes");
    return true;
  }

  const ColumnNames& names_;
  Record& record_;
  int depth_ = 0;
  std::optional<Column> wanted_;
  ByColumn<bool> given_{};
  std::string conversation_;
};

/// The record as simdjson reads it, several times as fast as the parser that says what is wrong;
/// nothing where there is something to say.
std::optional<Record> read_fast(const ColumnNames& names, std::string_view bytes) {
  thread_local simdjson::dom::parser parser;
  simdjson::dom::object object;
  if (parser.parse(bytes.data(), bytes.size()).get(object) != simdjson::SUCCESS)
    return std::nullopt;
  Record record;
  for (const auto& [name, value] : object) {
    for (size_t c = 0; c < kColumns; ++c) {
      if (names.at(c).empty() || names.at(c) != name || value.is_null()) continue;
      std::string_view text;
      if (record.fields.at(c) || value.get(text) != simdjson::SUCCESS) return std::nullopt;
      record.fields.at(c) = text;
    }
  }
  return has_answer(record) ? std::optional(std::move(record)) : std::nullopt;
}

class JsonLines final : public Format {
 public:
  explicit JsonLines(ColumnNames names) : names_(std::move(names)) {}

  Record parse(std::string_view bytes) const override {
    if (auto record = read_fast(names_, bytes)) return *std::move(record);
    Record record;
    Reader reader(names_, record);
    Json::sax_parse(bytes.begin(), bytes.end(), &reader);
    if (record.faults.empty() && !has_answer(record) && !reader.conversation().empty()) {
      record.faults.push_back(
          {kWhole, "'" + reader.conversation() + "' is " + kNoTemplate, kApplyTemplate});
    }
    return record;
  }

  std::vector<std::string> columns(std::string_view bytes) const override {
    std::vector<std::string> names;
    const auto object = nlohmann::ordered_json::parse(bytes.begin(), bytes.end(), nullptr, false);
    if (object.is_object()) {
      for (const auto& [name, value] : object.items()) names.push_back(name);
    }
    return names;
  }

  bool skips_blank_lines() const override { return true; }

 private:
  const ColumnNames names_;
};

}  // namespace

std::unique_ptr<const Format> json_lines(ColumnNames names) {
  return std::make_unique<JsonLines>(std::move(names));
}

}  // namespace leakprobe::text_pairs
