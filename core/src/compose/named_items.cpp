#include "compose/named_items.h"

#include <map>

#include "compose/words.h"
#include "config/names.h"

namespace leakprobe {
namespace {

bool has_type(const Value& item) {
  const Value* type = item.find("type");
  return type != nullptr && !type->is_null();
}

/// An item without type that is called nearly like another was to change that one, which a file
/// that `extends` names brought in.
bool reported_as_misspelt(const NamedItem& item, const std::vector<NamedItem>& all,
                          const std::string& what, Reader& reader) {
  if (has_type(*item.value)) return false;
  std::vector<std::string> others;
  for (const NamedItem& other : all) {
    if (has_type(*other.value)) others.push_back(other.name);
  }
  const std::string meant = meant_word(item.name, others);
  if (meant.empty()) return false;
  reader.error(*item.value, item.path,
               "there is no " + what + " " + Value(item.name).describe() +
                   " to change, and a new one needs a 'type'",
               suggest(item.name, {meant}, ""));
  return true;
}

}  // namespace

std::vector<NamedItem> named_items(const Value& list, const std::string& path,
                                   const std::string& what, Reader& reader) {
  std::vector<NamedItem> items;
  if (!list.is_list()) {
    detail::wrong_type(list, path, "a list of " + what + "s", reader, "write [{type: ...}]");
    return items;
  }
  std::map<std::string, Place> seen;
  for (size_t i = 0; i < list.as_list().size(); ++i) {
    const Value& value = list.as_list()[i];
    const std::string place_path = child_path(path, i);
    if (!value.is_map()) {
      detail::wrong_type(value, place_path, "a mapping with 'type'", reader);
      continue;
    }
    const Value* key = value.find("name");
    if (key == nullptr || key->is_null()) key = value.find("type");
    if (key == nullptr || key->is_null()) {
      reader.error(value, child_path(place_path, "type"), "missing; it is required",
                   "a " + what + " is a mapping with 'type'");
      continue;
    }
    if (!key->is_string() || key->as_string().empty()) {
      const bool is_name = key == value.find("name");
      detail::wrong_type(*key, child_path(place_path, is_name ? "name" : "type"),
                         is_name ? "a name" : "the name of a " + what + " plugin", reader);
      continue;
    }
    const std::string& name = key->as_string();
    if (key == value.find("name") &&
        !check_name(name, key->place, child_path(place_path, "name"), reader.diagnostics())) {
      continue;
    }
    const auto [earlier, fresh] = seen.emplace(name, value.place);
    if (!fresh) {
      reader.error(value, child_path(place_path, "name"),
                   "another " + what + " is called " + key->describe() + " (" +
                       to_string(earlier->second) + ")",
                   "give each a 'name' of its own");
      continue;
    }
    items.push_back({&value, name, child_path(path, name)});
  }
  std::erase_if(items, [&, all = items](const NamedItem& item) {
    return reported_as_misspelt(item, all, what, reader);
  });
  return items;
}

Value select(const Value& map, const std::vector<std::string>& keys, bool keep) {
  Value part = Value::map();
  part.place = map.place;
  for (const Value::Entry& entry : map.entries()) {
    if (contains(keys, entry.key) == keep) part.entries().push_back(entry);
  }
  return part;
}

std::vector<std::string> field_names(const Parameters& parameters) {
  std::vector<std::string> names;
  for (const Field& field : parameters.fields()) names.push_back(field.name);
  return names;
}

}  // namespace leakprobe
