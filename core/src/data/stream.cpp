#include "leakprobe/stream.h"

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

}  // namespace

const StreamColumn* Stream::find(const std::string& column) const {
  for (const StreamColumn& candidate : columns) {
    if (candidate.name == column) return &candidate;
  }
  return nullptr;
}

Value to_value(const Stream& stream) {
  if (!stream.name.empty()) return stream.name;
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
