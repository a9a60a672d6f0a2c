#include "records/status_record.h"

#include "format/json_to_value.h"
#include "records/read_word.h"

namespace leakprobe {

Value StatusRecord::to_value() const {
  Value value = Value::map();
  value.set("state", word_of(state));
  if (progress) {
    value.set("phase", progress->phase);
    value.set("step", progress->step);
    value.set("steps", progress->steps);
    value.set("done", progress->done);
    value.set("total", progress->total);
    if (progress->rate) value.set("rate", *progress->rate);
    if (!progress->shown.empty()) {
      // A list: readers sort the keys of a mapping.
      Value numbers = Value::list();
      for (const auto& [name, number] : progress->shown) {
        Value entry = Value::map();
        entry.set("name", name);
        entry.set("value", number);
        numbers.push_back(std::move(entry));
      }
      value.set("shown", std::move(numbers));
    }
  }
  if (!message.empty()) value.set("message", message);
  if (files) value.set("files", leakprobe::to_value(*files));
  return value;
}

StatusRecord StatusRecord::of(const Value& value) {
  StatusRecord record;
  record.state = read_word<State>(value, "state");
  if (value.has("phase")) {
    Progress& progress = record.progress.emplace();
    progress.phase = value.text("phase");
    progress.step = value.integer("step", 0);  // a limited run may go on from beyond its limit
    progress.steps = value.integer("steps", 0);
    progress.done = value.integer("done", 0);
    progress.total = value.integer("total", 0);
    if (value.has("rate")) progress.rate = value.number("rate");
    if (value.has("shown")) {
      for (const Value& entry : value.items("shown")) {
        progress.shown.emplace_back(entry.text("name"), entry.number("value"));
      }
    }
  }
  if (value.has("message")) record.message = value.text("message");
  if (value.has("files")) record.files = written_files(value.mapping("files"));
  return record;
}

StatusRecord read_status(const std::filesystem::path& directory) {
  return StatusRecord::of(read_json(directory / kStatusFile));
}

StatusRecord::State read_state(const std::filesystem::path& directory) {
  return read_word<StatusRecord::State>(read_json(directory / kStatusFile), "state");
}

}  // namespace leakprobe
