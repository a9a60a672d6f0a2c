#include "config/overrides.h"

#include <utility>

namespace leakprobe {
namespace {

void set_places(Value& value, const Place& place) {
  value.place = place;
  if (value.is_list()) {
    for (Value& element : value.as_list()) set_places(element, place);
  } else if (value.is_map()) {
    for (Value::Entry& entry : value.entries()) {
      entry.place = place;
      set_places(entry.value, place);
    }
  }
}

}  // namespace

std::optional<Override> parse_override(const std::string& text, Diagnostics& diagnostics,
                                       YamlBudget& budget) {
  const Place place = command_line_place(text);
  const size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0) {
    diagnostics.error(place, "", "expected key=value", "write it as in optimizer.lr=1e-4");
    return std::nullopt;
  }
  Override parsed;
  parsed.path = text.substr(0, equals);
  const std::string value = text.substr(equals + 1);
  if (value.empty()) {
    diagnostics.error(place, parsed.path, "nothing after '='",
                      "write " + parsed.path + "=null to remove it, or " + parsed.path +
                          "='\"\"' for an empty text");
    return std::nullopt;
  }
  if (value.front() == ' ' || value.back() == ' ') {
    diagnostics.error(
        place, parsed.path, "blanks around the value, which YAML would drop",
        "put it in quotes that reach the program: " + parsed.path + "='\"" + value + "\"'");
    return std::nullopt;
  }
  Diagnostics inner;
  std::optional<Value> read = parse_yaml(value, place.file, inner, budget);
  for (const Diagnostic& diagnostic : inner.sorted()) {
    const std::string path =
        diagnostic.path.empty() ? parsed.path : child_path(parsed.path, diagnostic.path);
    if (diagnostic.severity == Diagnostic::Severity::error) {
      diagnostics.error(place, path, diagnostic.message, diagnostic.hint);
    } else {
      diagnostics.warning(place, path, diagnostic.message, diagnostic.hint);
    }
  }
  if (!read || inner.has_errors()) return std::nullopt;
  parsed.value = *std::move(read);
  set_places(parsed.value, place);
  return parsed;
}

}  // namespace leakprobe
