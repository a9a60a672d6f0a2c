#include "leakprobe/stream.h"

#include <set>

namespace leakprobe {
namespace {

Value to_value(const Source& source) {
  Value map = Value::map();
  map.set("set", source.column.empty() ? source.set : source.set + "." + source.column);
  if (!source.prefix.empty()) map.set("prefix", source.prefix);
  if (source.repeat) map.set("repeat", *source.repeat);
  if (source.count) map.set("count", *source.count);
  if (source.items) {
    Value items = Value::list();
    items.push_back((*source.items)[0]);
    items.push_back((*source.items)[1]);
    map.set("items", std::move(items));
  }
  return map;
}

Value to_value(const StreamColumn& column) {
  Value sources = Value::list();
  for (const Source& source : column.sources) sources.push_back(to_value(source));
  return sources;
}

/// The sources of one mapping, each of its sets behind each of its prefixes, as that mapping.
Value to_mapping(const StreamColumn& column) {
  Value map = to_value(column.sources.front());
  Value sets = Value::list();
  std::set<std::string> known;
  for (const Source& source : column.sources) {
    if (known.insert(source.name()).second) sets.push_back(source.name());
  }
  map.set("set", std::move(sets));
  return map;
}

Value rollout_value(const Stream& stream) {
  const Rollout& rollout = *stream.rollout;
  Value sample = Value::map();
  if (!rollout.set.empty()) sample.set("set", rollout.set);
  sample.set("prefix", rollout.prefix);
  sample.set("tokens", rollout.tokens);
  sample.set("temperature", rollout.temperature);
  sample.set("group", rollout.group);
  sample.set("reuse", rollout.reuse);
  if (!rollout.end.empty()) sample.set("end", rollout.end);
  sample.set("cut", word_of(rollout.cut));
  Value map = Value::map();
  map.set("sample", std::move(sample));
  if (!stream.columns.front().sources.empty()) {
    Value plant = to_mapping(stream.columns.front());
    plant.set("per_group", rollout.planted);
    if (stream.order != Stream::Order::shuffled) plant.set("order", word_of(stream.order));
    map.set("plant", std::move(plant));
  }
  map.set("reward", ParameterType<Slot<Reward>>::write(rollout.reward));
  return map;
}

}  // namespace

const StreamColumn* Stream::find(const std::string& column) const {
  for (const StreamColumn& candidate : columns) {
    if (candidate.name == column) return &candidate;
  }
  return nullptr;
}

Value to_value(const Stream& stream) {
  if (!stream.name.empty()) return stream.name;
  if (stream.rollout) return rollout_value(stream);
  if (stream.columns.empty()) return {};
  const bool shuffled = stream.order == Stream::Order::shuffled;
  if (shuffled && stream.columns.size() == 1 && stream.columns[0].name == kRowsColumn) {
    return to_value(stream.columns[0]);
  }
  Value map = Value::map();
  for (const StreamColumn& column : stream.columns) map.set(column.name, to_value(column));
  if (!shuffled) map.set("order", word_of(stream.order));
  return map;
}

bool ParameterType<Stream>::read(Stream& out, const Value& value, const std::string& path,
                                 Reader& reader) {
  std::optional<Stream> stream = reader.resolver().stream(value, path, reader);
  if (!stream) return false;
  out = *std::move(stream);
  return true;
}

}  // namespace leakprobe
