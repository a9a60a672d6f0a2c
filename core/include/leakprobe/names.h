#pragma once

#include <string>
#include <utility>
#include <vector>

#include "leakprobe/params.h"

namespace leakprobe {

/// One name or several of what is named elsewhere, such as sets of the task: in the file
/// `set: useful` or `set: [useful, held_out]`.
struct Names {
  std::vector<std::pair<std::string, Place>> names;  ///< each with the place where it stands
};

template <>
struct ParameterType<Names> {
  static std::string name() { return "name or list of names"; }
  static Value schema() {
    Value either = Value::list();
    either.push_back(detail::pair("type", "string"));
    Value list = ParameterType<std::vector<std::string>>::schema();
    list.set("minItems", 1);
    either.push_back(std::move(list));
    return detail::pair("anyOf", std::move(either));
  }
  static bool read(Names& out, const Value& value, const std::string& path, Reader& reader) {
    if (value.is_string()) {
      out.names = {{value.as_string(), value.place}};
      return true;
    }
    if (!value.is_list()) {
      return detail::wrong_type(value, path, "a name or a list of names", reader);
    }
    if (value.as_list().empty()) {
      reader.error(value, path, "names nothing");
      return false;
    }
    std::vector<std::string> names;
    if (!ParameterType<std::vector<std::string>>::read(names, value, path, reader)) return false;
    out.names.clear();
    for (size_t i = 0; i < names.size(); ++i) {
      out.names.emplace_back(names[i], value.as_list()[i].place);
    }
    return true;
  }
  static Value write(const Names& names) {
    Value list = Value::list();
    for (const auto& [text, place] : names.names) list.push_back(text);
    return list;
  }
};

}  // namespace leakprobe
