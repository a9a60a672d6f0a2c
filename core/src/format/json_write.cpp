#include "format/json_write.h"

#include <charconv>
#include <cmath>
#include <concepts>
#include <string_view>

#include "format/atomic_file.h"
#include "leakprobe/error.h"
#include "text/quote.h"

namespace leakprobe {
namespace {

template <typename Tree>
class Writer {
 public:
  explicit Writer(int indent) : indent_(indent) {}

  std::string take(const Tree& value) {
    write(value, 0);
    return std::move(out_);
  }

 private:
  void write(const Tree& value, int depth) {
    switch (value.type()) {
      case Tree::value_t::null:
        out_ += "null";
        return;
      case Tree::value_t::boolean:
        out_ += value.template get<bool>() ? "true" : "false";
        return;
      case Tree::value_t::number_integer:
        return write_number(value.template get<int64_t>());
      case Tree::value_t::number_unsigned:
        return write_number(value.template get<uint64_t>());
      case Tree::value_t::number_float:
        return write_double(value.template get<double>());
      case Tree::value_t::string:
        return write_string(value);
      case Tree::value_t::array:
        return write_array(value, depth);
      case Tree::value_t::object:
        return write_object(value, depth);
      default:
        check_failed(__FILE__, __LINE__, "a JSON value of a type that JSON text does not have");
    }
  }

  template <std::integral Number>
  void write_number(Number number) {
    char text[24];
    out_.append(text, std::to_chars(text, text + sizeof text, number).ptr);
  }

  void write_double(double number) {
    if (!std::isfinite(number)) {
      fail(std::isnan(number) ? "NaN, which JSON cannot hold" : "infinity, which JSON cannot hold");
    }
    char text[32];
    const std::string_view shortest(text, std::to_chars(text, text + sizeof text, number).ptr);
    out_ += shortest;
    if (shortest.find_first_of(".e") == std::string_view::npos) out_ += ".0";
  }

  void write_string(const Tree& value) {
    try {
      out_ += value.dump();
    } catch (const typename Tree::type_error&) {
      fail("a string that is not UTF-8: " + quote(value.template get_ref<const std::string&>()));
    }
  }

  void write_array(const Tree& value, int depth) {
    out_ += '[';
    const size_t outside = path_.size();
    size_t index = 0;
    for (const Tree& element : value) {
      path_ += "[" + std::to_string(index) + "]";
      start_item(index++ == 0, depth + 1);
      write(element, depth + 1);
      path_.resize(outside);
    }
    if (index != 0) start_line(depth);
    out_ += ']';
  }

  void write_object(const Tree& value, int depth) {
    out_ += '{';
    const size_t outside = path_.size();
    bool first = true;
    for (const auto& [key, member] : value.items()) {
      path_ += outside == 0 ? printable(key) : "." + printable(key);
      start_item(first, depth + 1);
      first = false;
      write_string(Tree(key));
      out_ += indent_ < 0 ? ":" : ": ";
      write(member, depth + 1);
      path_.resize(outside);
    }
    if (!first) start_line(depth);
    out_ += '}';
  }

  void start_item(bool first, int depth) {
    if (!first) out_ += ',';
    start_line(depth);
  }

  void start_line(int depth) {
    if (indent_ < 0) return;
    out_ += '\n';
    out_.append(static_cast<size_t>(indent_) * static_cast<size_t>(depth), ' ');
  }

  [[noreturn]] void fail(const std::string& what) const {
    throw Error((path_.empty() ? "a JSON value" : path_) + ": cannot be written: it is " + what);
  }

  int indent_;
  std::string out_;
  std::string path_;
};

template <typename Tree>
void write_tree(const std::filesystem::path& path, const Tree& value) {
  std::string text;
  try {
    text = dump_json(value, 2);
  } catch (const Error& error) {
    throw Error(path.string() + ": " + error.what());
  }
  write_file_atomically(path, text + "\n");
}

}  // namespace

std::string dump_json(const Json& value, int indent) { return Writer<Json>(indent).take(value); }

std::string dump_json(const OrderedJson& value, int indent) {
  return Writer<OrderedJson>(indent).take(value);
}

void write_json(const std::filesystem::path& path, const Json& value) { write_tree(path, value); }

void write_json(const std::filesystem::path& path, const OrderedJson& value) {
  write_tree(path, value);
}

}  // namespace leakprobe
