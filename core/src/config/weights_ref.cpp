#include "leakprobe/weights_ref.h"

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

Value ParameterType<WeightsRef>::schema() {
  Value either = Value::list();
  either.push_back(detail::pair("type", "string"));
  Value of_run = ParameterType<RunPhase>::schema();
  detail::merge_schema(of_run.at("properties").at("phase"), name_schema());
  either.push_back(std::move(of_run));
  return detail::pair("anyOf", std::move(either));
}

bool ParameterType<WeightsRef>::read(WeightsRef& out, const Value& value, const std::string& path,
                                     Reader& reader) {
  if (value.is_string()) {
    if (value.as_string().empty()) {
      return detail::wrong_type(value, path, "the name of a phase", reader);
    }
    out = {value.as_string(), "", value.place};
    return true;
  }
  if (!value.is_map()) {
    return detail::wrong_type(value, path,
                              "the name of a phase, 'initial' or {run: DIR, phase: NAME}", reader);
  }
  RunPhase parsed;
  if (!ParameterType<RunPhase>::read(parsed, value, path, reader)) return false;
  // It names a folder of that run's checkpoints.
  if (!check_name(parsed.phase, value.at("phase").place, child_path(path, "phase"),
                  reader.diagnostics())) {
    return false;
  }
  out = {parsed.phase, parsed.run.string(), value.place};
  return true;
}

Value ParameterType<WeightsRef>::write(const WeightsRef& origin) {
  if (origin.phase.empty()) return {};
  if (origin.run.empty()) return origin.phase;
  Value map = detail::pair("run", ParameterType<std::filesystem::path>::write(origin.run));
  map.set("phase", origin.phase);
  return map;
}

}  // namespace leakprobe
