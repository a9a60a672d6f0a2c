#include "compose/slots.h"

#include "compose/cells.h"
#include "compose/places.h"
#include "compose/plugin_call.h"
#include "compose/stream_reader.h"
#include "compose/words.h"
#include "config/names.h"
#include "plugin/facts_fault.h"
#include "text/quote.h"

namespace leakprobe {
namespace {

constexpr const char* kStreams = "streams";

std::string plural(Kind kind) { return std::string(name_of(kind)) + "s"; }

}  // namespace

Slots::Slots(const Value& experiment, const Registry& registry, Diagnostics& diagnostics)
    : experiment_(experiment),
      registry_(registry),
      diagnostics_(diagnostics),
      incomplete_(diagnostics.has_errors()) {}

const std::vector<std::pair<Kind, std::string>>& Slots::maps() {
  static const std::vector<std::pair<Kind, std::string>> maps = {
      {Kind::objective, "objectives"}, {Kind::freezing, "freezings"},
      {Kind::optimizer, "optimizers"}, {Kind::schedule, "schedules"},
      {Kind::reward, "rewards"},
  };
  return maps;
}

const Value* Slots::map_of(const std::string& name) const {
  const Value* map = experiment_.find(name);
  return map != nullptr && map->is_map() ? map : nullptr;
}

std::string Slots::hint_to_leave_out(const Place& place, const std::string& path) const {
  const std::string& own = experiment_.place.file;
  if (is_command_line(place)) return "leave it out, or give " + path + "=null";
  if (own.empty() || place.file.empty() || place.file == own) return "leave it out";
  return "leave it out, or set " + path + " to null in " + own;
}

const Registration* Slots::registration(Kind kind, const std::string& type, const Value& at,
                                        const std::string& path) {
  if (const Registration* found = registry_.find(kind, type)) return found;
  if (std::string named = plugin_text(kind, type); !contains(unknown_, named)) {
    unknown_.push_back(std::move(named));
  }
  const std::string what(name_of(kind));
  diagnostics_.error(at.place, path, "unknown " + what + " plugin " + Value(type).describe(),
                     registry_.hint_for(kind, type));
  return nullptr;
}

const Registration* Slots::registration(Kind kind, const Value& value, const std::string& path) {
  const std::string what(name_of(kind));
  if (!value.is_map()) {
    detail::wrong_type(value, path, "a mapping with 'type'", *this,
                       value.is_string() && registry_.find(kind, value.as_string()) != nullptr
                           ? "write {type: " + value.as_string() + "}"
                           : "");
    return nullptr;
  }
  const Value* type = value.find("type");
  if (type == nullptr || type->is_null()) {
    if (!incomplete_) {
      diagnostics_.error(value.place, child_path(path, "type"), "missing; it is required",
                         suggest("", registry_.names(kind), "known " + what + " plugins"));
    }
    return nullptr;
  }
  std::string name;
  if (!ParameterType<std::string>::read(name, *type, child_path(path, "type"), *this)) {
    return nullptr;
  }
  return registration(kind, name, *type, child_path(path, "type"));
}

std::shared_ptr<void> Slots::read_options(const Registration& registration, const Value& value,
                                          const std::string& path, Reader& reader,
                                          const std::vector<std::string>& reserved) {
  // Defaults, ranges and relations are the plugin's code.
  const auto options = call_plugin(registration.kind, registration.name, value.place, path,
                                   diagnostics_, [&]() -> std::shared_ptr<void> {
                                     auto made = registration.parameters->make();
                                     const bool good = registration.parameters->read_into(
                                         made.get(), value, path, reader, reserved);
                                     return good ? made : nullptr;
                                   });
  return options.value_or(nullptr);
}

std::shared_ptr<const PluginChoice> Slots::make_choice(const Registration& registration,
                                                       std::shared_ptr<const void> options,
                                                       const Place& place,
                                                       const std::string& path) {
  auto choice = std::make_shared<PluginChoice>();
  choice->kind = registration.kind;
  choice->type = registration.name;
  choice->path = path;
  choice->place = place;
  choice->resolved = Value::map();
  choice->resolved.set("type", registration.name);
  auto facts = call_plugin(registration.kind, registration.name, place, path, diagnostics_,
                           [&] { return registration.facts(options.get()); });
  if (!facts) return nullptr;
  const std::string fault = fault_of_facts(registration.kind, *facts);
  if (!fault.empty()) {
    diagnostics_.error(place, path, "plugin " + quote(registration.name) + ": " + fault,
                       "this is to be corrected in the plugin");
    return nullptr;
  }
  choice->facts = *std::move(facts);
  const Value written = registration.parameters->write(options.get());
  for (const Value::Entry& entry : written.entries()) {
    choice->resolved.set(entry.key, entry.value);
  }
  choice->options = std::move(options);
  return choice;
}

std::shared_ptr<const PluginChoice> Slots::choose_mapping(Kind kind, const Value& value,
                                                          const std::string& path, Reader& reader) {
  const Registration* chosen = registration(kind, value, path);
  if (chosen == nullptr) return nullptr;
  std::shared_ptr<void> options = read_options(*chosen, value, path, reader, {"type"});
  if (options == nullptr) return nullptr;
  const auto choice = make_choice(*chosen, std::move(options), value.place, path);
  if (choice == nullptr) return nullptr;
  auto placed = std::make_shared<PluginChoice>(*choice);
  graft_places(placed->resolved, value);
  return placed;
}

template <class T, class Read>
T Slots::once(std::map<std::string, Entry<T>>& entries, const std::string& path, const Place& place,
              Read read) {
  const auto [at, fresh] = entries.try_emplace(path);
  if (at->second.open) {
    diagnostics_.error(place, path, "it names itself, directly or through others");
    return T{};
  }
  if (fresh) {
    at->second.open = true;
    // The map may grow meanwhile; its elements stay where they are.
    at->second.content = read();
    at->second.open = false;
  }
  return at->second.content;
}

std::shared_ptr<const PluginChoice> Slots::named_choice(Kind kind, const std::string& map,
                                                        const Value::Entry& entry) {
  const std::string path = child_path(map, entry.key);
  return once(choices_, path, entry.place, [&]() -> std::shared_ptr<const PluginChoice> {
    return choose_mapping(kind, entry.value, path, *this);
  });
}

std::shared_ptr<const PluginChoice> Slots::choose_name(Kind kind, const Value& value,
                                                       const std::string& path) {
  std::string map_name;
  for (const auto& [of, name] : maps()) {
    if (of == kind) map_name = name;
  }
  const std::string& name = value.as_string();
  std::vector<std::string> names;
  if (const Value* map = map_of(map_name)) {
    for (const Value::Entry& entry : map->entries()) {
      if (entry.value.is_null()) continue;
      if (entry.key != name) {
        names.push_back(entry.key);
        continue;
      }
      const auto choice = named_choice(kind, map_name, entry);
      if (choice == nullptr) return nullptr;
      auto used = std::make_shared<PluginChoice>(*choice);
      used->name = name;
      used->path = path;
      used->place = value.place;
      return used;
    }
  }
  std::string hint = suggest(name, names, "names under '" + map_name + ":'");
  if (registry_.find(kind, name) != nullptr) {
    hint = "for the plugin of this name write {type: " + name + "}";
  } else if (hint.empty()) {
    hint = "define it under '" + map_name + ":', or write {type: ...} here";
  }
  diagnostics_.error(value.place, path,
                     "nothing under '" + map_name + ":' is called " + value.describe(), hint);
  return nullptr;
}

std::shared_ptr<const PluginChoice> Slots::choose(Kind kind, const Value& value,
                                                  const std::string& path, Reader& reader) {
  bool has_map = false;
  for (const auto& [of, name] : maps()) has_map = has_map || of == kind;
  if (has_map && value.is_string()) return choose_name(kind, value, path);
  return choose_mapping(kind, value, path, reader);
}

std::shared_ptr<const PluginChoice> Slots::choose_default(Kind kind, const std::string& type,
                                                          const std::string& path,
                                                          const Place& place, Reader& reader) {
  Value at = Value::map();
  at.place = place;
  const Registration* chosen = registration(kind, type, at, path);
  if (chosen == nullptr) return nullptr;
  std::shared_ptr<void> options = read_options(*chosen, at, path, reader);
  if (options == nullptr) return nullptr;
  return make_choice(*chosen, std::move(options), place, path);
}

std::shared_ptr<const PluginChoice> Slots::choose_default(Kind kind, const std::string& path,
                                                          const Place& place) {
  const Registration* chosen = registry_.default_of(kind);
  if (chosen != nullptr) return choose_default(kind, chosen->name, path, place, *this);
  const std::string what(name_of(kind));
  diagnostics_.error(place, path, "missing, and no " + what + " plugin is the default",
                     suggest("", registry_.names(kind), "known " + what + " plugins"));
  return nullptr;
}

std::optional<Stream> Slots::named_stream(const Value::Entry& entry) {
  const std::string path = child_path(kStreams, entry.key);
  return once(streams_, path, entry.place, [&]() -> std::optional<Stream> {
    std::optional<Stream> stream = read_stream(entry.value, path, task_, *this);
    if (stream) stream->name = entry.key;
    return stream;
  });
}

std::optional<Stream> Slots::stream(const Value& value, const std::string& path, Reader& reader) {
  if (!value.is_string()) return read_stream(value, path, task_, reader);
  const std::string& name = value.as_string();
  std::vector<std::string> names;
  if (const Value* map = map_of(kStreams)) {
    for (const Value::Entry& entry : map->entries()) {
      if (entry.value.is_null()) continue;
      if (entry.key != name) {
        names.push_back(entry.key);
        continue;
      }
      std::optional<Stream> stream = named_stream(entry);
      if (stream) {
        stream->path = path;
        stream->place = value.place;
      }
      return stream;
    }
  }
  std::string hint = suggest(name, names, "names under 'streams:'");
  const SetFacts* set = task_ != nullptr ? task_->find(name) : nullptr;
  if (set != nullptr && !set->columns.empty()) {
    hint = "write {set: " + name + "} for its pairs, {set: " + columns_by_name(*set).front() +
           "} for rows";
  } else if (set != nullptr) {
    hint = "for the set of this name write {set: " + name + "}";
  } else if (task_ != nullptr && task_->rows_named(name)) {
    hint = "for the rows of this name write {set: " + name + "}";
  } else if (hint.empty()) {
    hint = "define it under 'streams:', or write {set: ...} here";
  }
  diagnostics_.error(value.place, path, "nothing under 'streams:' is called " + value.describe(),
                     hint);
  return std::nullopt;
}

Value Slots::read_maps() {
  Value all = Value::map();
  for (const auto& [kind, name] : maps()) {
    const Value* map = experiment_.find(name);
    if (map == nullptr || map->is_null()) continue;
    if (!map->is_map()) {
      detail::wrong_type(*map, name, "a mapping of names to " + plural(kind), *this);
      continue;
    }
    Value written = Value::map();
    written.place = map->place;
    for (const Value::Entry& entry : map->entries()) {
      if (entry.value.is_null()) continue;
      check_name(entry.key, entry.place, child_path(name, entry.key), diagnostics_);
      if (const auto choice = named_choice(kind, name, entry)) {
        written.set(entry.key, choice->resolved);
      }
    }
    all.set(name, std::move(written));
  }
  const Value* map = experiment_.find(kStreams);
  if (map == nullptr || map->is_null()) return all;
  if (!map->is_map()) {
    detail::wrong_type(*map, kStreams, "a mapping of names to streams", *this);
    return all;
  }
  Value written = Value::map();
  written.place = map->place;
  for (const Value::Entry& entry : map->entries()) {
    if (entry.value.is_null()) continue;
    check_name(entry.key, entry.place, child_path(kStreams, entry.key), diagnostics_);
    if (std::optional<Stream> stream = named_stream(entry)) {
      stream->name.clear();
      Value content = to_value(*stream);
      graft_places(content, entry.value);
      written.set(entry.key, std::move(content));
    }
  }
  all.set(kStreams, std::move(written));
  return all;
}

}  // namespace leakprobe
