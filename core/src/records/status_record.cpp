#include "records/status_record.h"

#include "format/content_hash.h"
#include "format/json_to_value.h"
#include "records/read_word.h"

namespace leakprobe {
namespace {

constexpr const char* kHashOfFiles = "files_xxh3_128";

/// So that damage to the list is not taken for damage to the files.
std::string hash_of(const WrittenFiles& files) {
  ContentHash hash;
  hash.update(to_json(to_value(files)));
  return hash.hex();
}

}  // namespace

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
  if (files) {
    value.set("files", leakprobe::to_value(*files));
    value.set(kHashOfFiles, hash_of(*files));
  }
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
  if (value.has("files")) {
    record.files = written_files(value.mapping("files"));
    if (record.state != State::complete) {
      value.fail("state", std::string("is '") + word_of(record.state) +
                              "', and only a complete run lists its files");
    }
    // Older ones have none.
    if (value.has(kHashOfFiles) && value.text(kHashOfFiles) != hash_of(*record.files)) {
      value.fail("files", "is not the list that the run wrote");
    }
  }
  return record;
}

StatusRecord read_status(const std::filesystem::path& directory) {
  return StatusRecord::of(read_json(directory / kStatusFile));
}

}  // namespace leakprobe
