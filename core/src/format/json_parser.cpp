#include "format/json_parser.h"

#include <algorithm>
#include <iterator>
#include <utility>
#include <vector>

#include "leakprobe/error.h"
#include "text/quote.h"

namespace leakprobe {
namespace {

// Walks over the text and tells the handler how far the parser has come, which nlohmann's events
// do not say.
class TrackingIterator {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  TrackingIterator(const char* position, const char** reached)
      : position_(position), reached_(reached) {}
  reference operator*() const { return *position_; }
  TrackingIterator& operator++() {
    *reached_ = ++position_;
    return *this;
  }
  TrackingIterator operator++(int) {
    TrackingIterator before = *this;
    ++*this;
    return before;
  }
  bool operator==(const TrackingIterator& other) const { return position_ == other.position_; }
  bool operator!=(const TrackingIterator& other) const { return position_ != other.position_; }

 private:
  const char* position_;
  const char** reached_;
};

class TreeBuilder final : public nlohmann::json_sax<Json> {
 public:
  TreeBuilder(std::string_view text, const std::string& source, const JsonRules& rules)
      : text_(text), source_(source), rules_(rules), reached_(text.data()) {}

  TrackingIterator begin() { return {text_.data(), &reached_}; }
  TrackingIterator end() { return {text_.data() + text_.size(), &reached_}; }
  Json take_root() { return std::move(root_); }

  bool null() override { return add(nullptr); }
  bool boolean(bool value) override { return add(value); }
  bool number_integer(number_integer_t value) override { return add(value); }
  bool number_unsigned(number_unsigned_t value) override { return add(value); }
  bool number_float(number_float_t value, const string_t&) override { return add(value); }
  bool string(string_t& value) override { return add(std::move(value)); }
  bool binary(binary_t&) override { return false; }  // JSON text has none

  bool start_object(std::size_t) override { return open(Json::object()); }
  bool start_array(std::size_t) override { return open(Json::array()); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }

  bool key(string_t& name) override {
    auto [place, inserted] =
        open_.back()->get_ref<Json::object_t&>().try_emplace(std::move(name), nullptr);
    if (!inserted) fail(reached() - 1, "the key " + quote(place->first) + " stands here twice");
    member_ = &place->second;
    return true;
  }

  bool parse_error(std::size_t position, const std::string&,
                   const nlohmann::detail::exception& error) override {
    // nlohmann's text: "[json.exception.parse_error.101] parse error at line 1, column 2: ...".
    std::string what = error.what();
    const size_t line = what.find("] parse error at line ");
    const size_t start = line == std::string::npos ? what.find("] ") : what.find(": ", line);
    if (start != std::string::npos) what.erase(0, start + 2);
    constexpr size_t kEnough = 200;  // it ends with the last token, which may be megabytes long
    fail(position == 0 ? 0 : position - 1,
         "is not valid JSON: " + printable(what.substr(0, kEnough)));
  }

  [[noreturn]] void fail(size_t byte, const std::string& what) const {
    byte = std::min(byte, text_.size());
    const std::string_view before = text_.substr(0, byte);
    const size_t line_start = before.rfind('\n') + 1;  // npos + 1 is 0
    throw Error(source_ + ":" + std::to_string(1 + std::count(before.begin(), before.end(), '\n')) +
                ":" + std::to_string(byte - line_start + 1) + " (byte " + std::to_string(byte) +
                "): " + what + (rules_.remedy.empty() ? "" : "; " + rules_.remedy));
  }

 private:
  size_t reached() const { return static_cast<size_t>(reached_ - text_.data()); }

  // Pointers into an array stay valid: it grows only after its last element has been closed.
  Json& put(Json value) {
    if (open_.empty()) return root_ = std::move(value);
    if (open_.back()->is_object()) return *member_ = std::move(value);
    return open_.back()->get_ref<Json::array_t&>().emplace_back(std::move(value));
  }

  bool add(Json value) {
    put(std::move(value));
    return true;
  }

  bool open(Json empty) {
    if (open_.size() >= static_cast<size_t>(rules_.max_depth)) {
      fail(reached() - 1,
           "is nested more than " + std::to_string(rules_.max_depth) + " levels deep");
    }
    open_.push_back(&put(std::move(empty)));
    return true;
  }

  bool close() {
    open_.pop_back();
    return true;
  }

  std::string_view text_;
  const std::string& source_;
  const JsonRules& rules_;
  const char* reached_;
  Json root_;
  std::vector<Json*> open_;
  Json* member_ = nullptr;
};

}  // namespace

Json parse_json(std::string_view text, const std::string& source, const JsonRules& rules) {
  if (text.size() > rules.max_bytes) {
    throw Error(source + ": has " + std::to_string(text.size()) + " bytes of JSON, more than the " +
                std::to_string(rules.max_bytes) +
                " that are read; check that it is the right file");
  }
  TreeBuilder builder(text, source, rules);
  // nlohmann would skip it silently; RFC 8259 does not allow it.
  if (text.starts_with("\xEF\xBB\xBF")) {
    builder.fail(0, "starts with a byte order mark; save it as plain UTF-8");
  }
  // nlohmann takes it for the end of the text and would ignore what follows.
  if (const size_t nul = text.find('\0'); nul != std::string_view::npos) {
    builder.fail(nul, "is not valid JSON: there is a NUL byte");
  }
  Json::sax_parse(builder.begin(), builder.end(), &builder);
  return builder.take_root();
}

}  // namespace leakprobe
