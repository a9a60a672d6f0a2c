#include "leakprobe/origin.h"

#include "config/names.h"

namespace leakprobe {
namespace {

/// The long form of an origin.
struct RunPhase {
  std::filesystem::path run;
  std::string phase;
  static void declare(Schema<RunPhase>& schema) {
    schema.required("run", &RunPhase::run, kAny, "Directory of a finished run.");
    schema.required("phase", &RunPhase::phase, not_empty(), "The phase of that run.");
  }
};

}  // namespace

namespace detail {

Value FieldType<Origin>::schema() {
  Value either = Value::list();
  either.push_back(pair("type", "string"));
  either.push_back(FieldType<RunPhase>::schema());
  return pair("anyOf", std::move(either));
}

bool FieldType<Origin>::read(Origin& out, const Value& value, const std::string& path,
                             Reader& reader) {
  if (value.is_string()) {
    if (value.as_string().empty()) {
      return wrong_type(value, path, "the name of a phase", reader);
    }
    out = {value.as_string(), "", value.place};
    return true;
  }
  if (!value.is_map()) {
    return wrong_type(value, path, "the name of a phase, 'initial' or {run: DIR, phase: NAME}",
                      reader);
  }
  RunPhase parsed;
  if (!FieldType<RunPhase>::read(parsed, value, path, reader)) return false;
  // It names a folder of that run's checkpoints.
  if (!check_name(parsed.phase, value.find("phase")->place, child_path(path, "phase"),
                  reader.diagnostics())) {
    return false;
  }
  out = {parsed.phase, parsed.run.string(), value.place};
  return true;
}

Value FieldType<Origin>::write(const Origin& origin) {
  if (origin.phase.empty()) return {};
  if (origin.run.empty()) return origin.phase;
  Value map = pair("run", FieldType<std::filesystem::path>::write(origin.run));
  map.set("phase", origin.phase);
  return map;
}

}  // namespace detail
}  // namespace leakprobe
