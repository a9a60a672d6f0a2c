#include "config/names.h"

#include <utf8proc.h>

#include <cstddef>

#include "text/quote.h"

namespace leakprobe {
namespace {

/// With what is added to it, a name still fits into the 255 bytes that file systems take.
constexpr size_t kMostBytes = 200;

const char* fault_of(utf8proc_category_t category) {
  switch (category) {
    case UTF8PROC_CATEGORY_CC:
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP:
      return "holds a control character";
    case UTF8PROC_CATEGORY_CF:
    case UTF8PROC_CATEGORY_CS:
      return "holds a character that cannot be seen";
    default:
      return "";
  }
}

}  // namespace

std::string name_fault(std::string_view name) {
  if (name.empty()) return "is empty";
  if (name.size() > kMostBytes) return "is longer than " + std::to_string(kMostBytes) + " bytes";
  if (name.front() == '.') return "begins with a dot";
  if (name.find('/') != std::string_view::npos) return "holds a slash";
  bool blank = false;
  for (size_t at = 0; at < name.size();) {
    utf8proc_int32_t character = 0;
    const utf8proc_ssize_t length =
        utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(name.data()) + at,
                         static_cast<utf8proc_ssize_t>(name.size() - at), &character);
    if (length <= 0) return "is not UTF-8";
    const utf8proc_category_t category = utf8proc_category(character);
    if (const char* fault = fault_of(category); *fault != '\0') return fault;
    blank = category == UTF8PROC_CATEGORY_ZS;
    if (blank && at == 0) break;
    at += static_cast<size_t>(length);
  }
  return blank ? "begins or ends with a blank" : "";
}

Value name_schema() {
  // A character that stands within a name, and one that may begin or end it.
  const std::string within = "/\\u0000-\\u001f\\u007f", around = within + "\\s";
  Value schema = Value::map();
  schema.set("type", "string");
  schema.set("pattern", "^([^." + around + "]([^" + within + "]*[^" + around + "])?)?$");
  schema.set("maxLength", static_cast<int64_t>(kMostBytes));
  return schema;
}

bool check_name(const std::string& name, const Place& place, const std::string& path,
                Diagnostics& diagnostics) {
  const std::string fault = name_fault(name);
  if (fault.empty()) return true;
  diagnostics.error(place, path, "the name " + quote(name) + " " + fault,
                    "names become parts of file names: choose one of visible characters without "
                    "'/' and without '.' at its beginning");
  return false;
}

}  // namespace leakprobe
