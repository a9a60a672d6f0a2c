#include "format/json_to_value.h"

#include <limits>
#include <utility>

#include "format/files.h"
#include "text/counted.h"

namespace leakprobe {
namespace {

class Converter {
 public:
  Converter(std::string source, const std::string& remedy)
      : source_(std::move(source)), remedy_(remedy.empty() ? "" : "; " + remedy) {}

  Value tree(const Json& json, const std::string& path) {
    Value value;
    if (!json.is_structured()) {
      value = scalar(json, [&] { return path; });
    } else if (json.is_object()) {
      count([&] { return path; });
      value = Value::map();
      // The keys of a JSON object are unique: `set` would look through all of them each time.
      for (const auto& [key, member] : json.items()) {
        Value::Entry entry;
        entry.key = key;
        entry.value = part(member, [&] { return child_path(path, entry.key); });
        value.entries().push_back(std::move(entry));
      }
    } else {
      count([&] { return path; });
      value = Value::list();
      value.as_list().reserve(json.size());
      for (size_t i = 0; i < json.size(); ++i) {
        value.push_back(part(json[i], [&] { return child_path(path, i); }));
      }
    }
    value.place = {source_, 0, 0, path};
    return value;
  }

 private:
  /// Of most parts nobody asks for the path.
  template <class Path>
  Value part(const Json& json, const Path& path) {
    return json.is_structured() ? tree(json, path()) : scalar(json, path);
  }

  template <class Path>
  Value scalar(const Json& json, const Path& path) {
    count(path);
    if (json.is_string()) return json.get_ref<const std::string&>();
    if (json.is_boolean()) return json.get<bool>();
    if (json.is_number_unsigned() &&
        json.get<uint64_t>() > static_cast<uint64_t>(std::numeric_limits<int64_t>::max())) {
      fail(path(), "expected an integer of at most " +
                       std::to_string(std::numeric_limits<int64_t>::max()) + ", found " +
                       std::to_string(json.get<uint64_t>()));
    }
    if (json.is_number_integer()) return json.get<int64_t>();
    if (json.is_number()) return json.get<double>();
    return nullptr;
  }

  template <class Path>
  void count(const Path& path) {
    if (left_-- > 0) return;
    fail(path(), "there are more than " + counted(kMostJsonValues, "value") +
                     " up to here; check that it is the right file");
  }

  [[noreturn]] void fail(const std::string& path, const std::string& what) const {
    fail_at(Place{source_, 0, 0, path}, what + remedy_);
  }

  const std::string source_;
  const std::string remedy_;
  size_t left_ = kMostJsonValues;
};

}  // namespace

Value to_value(const JsonValue& json) {
  return Converter(json.place(), json.remedy()).tree(json.raw(), "");
}

Value value_of_json(std::string_view text, const std::string& source, JsonRules rules) {
  return to_value(JsonValue::parse(text, source, rules));
}

Value read_json(const std::filesystem::path& path, JsonRules rules) {
  return value_of_json(read_file(path, rules.max_bytes), path.string(), rules);
}

}  // namespace leakprobe
