#include "compose/model_source.h"

#include <algorithm>
#include <limits>

#include "compose/named_items.h"
#include "compose/places.h"
#include "compose/schema_forms.h"
#include "format/files.h"
#include "format/hf_cache.h"
#include "model/model_files.h"
#include "model/survey.h"
#include "plugin/guard.h"
#include "text/counted.h"
#include "tokenizer/load.h"

namespace leakprobe {
namespace {

/// The keys of a model that belong to the engine, besides type.
struct ModelKeys {
  std::string path;
  std::string shape;
  std::optional<int64_t> vocab_size;
  std::filesystem::path tokenizer;

  static void declare(Schema<ModelKeys>& schema) {
    schema.field(
        "path", &ModelKeys::path, kAny,
        "Pretrained weights: a folder, a GGUF file, or owner/name in the local Hugging Face "
        "cache; without it the model is made from dimensions with random weights.");
    schema.field("shape", &ModelKeys::shape, kAny,
                 "A well-known size by name, such as pythia-160m, with random weights.");
    schema.field(
        "vocab_size", &ModelKeys::vocab_size,
        between(int64_t{1}, int64_t{std::numeric_limits<int32_t>::max()}),
        "Tokens that the model knows; by default the shape's, or as many as the task needs.");
    schema.field("tokenizer", &ModelKeys::tokenizer, kAny,
                 "A tokenizer.json or a folder with one, in place of the model's own.");
  }
};

const Schema<ModelKeys>& schema_of_model() {
  static const Schema<ModelKeys> schema;
  return schema;
}

class ModelComposer {
 public:
  ModelComposer(const Value& value, const TaskFacts* task, Slots& slots)
      : value_(value), task_(task), slots_(slots), diagnostics_(slots.diagnostics()) {}

  bool compose() {
    const std::vector<std::string> own = field_names(schema_of_model());
    registration_ = slots_.registration(Kind::model, value_, "model");
    if (registration_ == nullptr) return false;
    const bool keys_good =
        schema_of_model().read_into(&keys_, select(value_, own, true), "model", slots_);
    std::vector<std::string> reserved = own;
    reserved.emplace_back("type");
    const auto given = slots_.read_options(*registration_, value_, "model", slots_, reserved);
    if (!keys_good || given == nullptr) return false;
    source_.path = keys_.path;
    source_.tokenizer = keys_.tokenizer.string();
    source_.base = resolve_path(".", place("path"));
    if (!keys_.path.empty()) return open_path();
    if (!keys_.shape.empty()) return take_shape();
    return take_options(given) && take_vocabulary() && check_size();
  }

  ModelSource take() { return std::move(source_); }

  Value resolved() const {
    Value map = Value::map();
    map.set("type", registration_->name);
    if (!keys_.path.empty()) {
      map.set("path", lasting_path()).is_path = !source_.resolved.empty();
    } else {
      for (const Value::Entry& entry : source_.model->resolved.entries()) {
        map.set(entry.key, entry.value);
      }
      map.set("vocab_size", source_.vocab_size);
    }
    if (!source_.tokenizer.empty()) map.set("tokenizer", source_.tokenizer).is_path = true;
    graft_places(map, value_);
    if (!keys_.shape.empty()) {  // what the file leaves open is said where it names the shape
      for (Value::Entry& entry : map.entries()) {
        if (entry.value.place.file.empty()) entry.value.place = place("shape");
      }
    }
    return map;
  }

 private:
  const Place& place(const char* key) const {
    const Value* given = value_.find(key);
    return given != nullptr && !given->is_null() ? given->place : value_.place;
  }

  bool fail(const char* key, const std::string& message, const std::string& hint = "") {
    diagnostics_.error(place(key), child_path("model", key), message, hint);
    return false;
  }

  /// What still names the model when the composition is read from another folder.
  std::string lasting_path() const {
    const bool is_file = is_there(source_.base / source_.path);
    if (!is_file && !source_.path.starts_with(".")) return source_.path;
    return resolve_path(source_.path, place("path")).string();
  }

  bool open_path() {
    if (!keys_.shape.empty()) {
      return fail("shape", "'path' and 'shape' are both given",
                  "set one of them to null: a path brings weights, a shape has random ones");
    }
    if (keys_.vocab_size) {
      return fail("vocab_size", "the files under 'path' say this",
                  slots_.hint_to_leave_out(place("vocab_size"), "model.vocab_size"));
    }
    if (!check_no_dimensions()) return false;
    const ModelPath found = find_model(keys_.path, source_.base);
    if (!found.found()) {
      source_.missing = found.problem;
      auto choice = std::make_shared<PluginChoice>();
      choice->kind = Kind::model;
      choice->type = registration_->name;
      choice->path = "model";
      choice->place = value_.place;
      choice->options = registration_->parameters->make();
      choice->facts = ModelFacts{};
      choice->resolved = detail::pair("type", registration_->name);
      source_.model = Slot<Model>(std::move(choice));
      return true;
    }
    source_.resolved = found.path;
    try {
      const ModelFiles files(found.path, slots_.registry());
      if (files.architecture().name != registration_->name) {
        return fail("type",
                    "the model at " + found.path.string() + " is of type " +
                        Value(files.architecture().name).describe(),
                    "write type: " + files.architecture().name);
      }
      source_.vocab_size = files.vocab_size();
      for (const std::string& warning : files.warnings()) {
        diagnostics_.warning(place("path"), "model.path", warning);
      }
      source_.files = files.files(keys_.tokenizer.empty());
      return take_options(files.options());
    } catch (const Error& failure) {
      return fail("path", failure.what());
    }
  }

  /// A dimension beside `path` would either repeat the files or contradict them.
  bool check_no_dimensions() {
    const auto defaults = registration_->parameters->make();
    for (const Field& field : registration_->parameters->fields()) {
      const Value* given = value_.find(field.name);
      if (given == nullptr || given->is_null() || *given == field.get(defaults.get())) continue;
      return fail(field.name.c_str(), "the files under 'path' say this",
                  slots_.hint_to_leave_out(place(field.name.c_str()), "model." + field.name) +
                      ", or set path: null for random weights");
    }
    return true;
  }

  bool take_shape() {
    const auto& shapes = registration_->model->shapes;
    const auto shape = std::find_if(shapes.begin(), shapes.end(), [&](const auto& candidate) {
      return candidate.name == keys_.shape;
    });
    if (shape == shapes.end()) {
      std::vector<std::string> names;
      for (const auto& candidate : shapes) names.push_back(candidate.name);
      return fail("shape", registration_->name + " has no shape " + Value(keys_.shape).describe(),
                  suggest(keys_.shape, names, "shapes"));
    }
    Value merged = registration_->parameters->write(shape->options.get());
    for (Value::Entry& entry : merged.entries()) {
      const Value* own = value_.find(entry.key);
      if (own != nullptr && !own->is_null()) entry.value = *own;
    }
    merged.place = value_.place;
    const auto options = slots_.read_options(*registration_, merged, "model", slots_);
    if (options == nullptr) return false;
    if (!keys_.vocab_size && shape->vocab_size > 0) keys_.vocab_size = shape->vocab_size;
    return take_options(options) && take_vocabulary() && check_size();
  }

  bool take_options(std::shared_ptr<const void> options) {
    auto choice = slots_.make_choice(*registration_, std::move(options), value_.place, "model");
    if (choice == nullptr) return false;
    source_.model = Slot<Model>(std::move(choice));
    const int64_t positions = source_.model.facts().max_positions;
    if (task_ == nullptr || positions == 0 || task_->longest_row <= positions) return true;
    diagnostics_.error(value_.place, "model",
                       "the task's rows have up to " + counted(task_->longest_row, "token") +
                           ", the model has " + counted(positions, "position"));
    return false;
  }

  /// Whether a machine could hold a model of these dimensions.
  bool check_size() {
    try {
      survey_parameters(*registration_, source_.model->options.get(), source_.vocab_size);
      return true;
    } catch (const Error& failure) {
      diagnostics_.error(value_.place, "model",
                         at_its_place(Kind::model, registration_->name, "", failure.what()));
      return false;
    }
  }

  /// Tokens without which a vocabulary of the task's own words cannot write its rows. Ids that rows
  /// hold as they stand are looked at with the rows, of which an experiment may use some alone.
  int64_t needed_tokens() const {
    return takes_words_of_task() ? static_cast<int64_t>(task_->vocabulary.size()) : 1;
  }

  /// Whether the tokenizer is made of the task's own vocabulary.
  bool takes_words_of_task() const {
    return task_ != nullptr && task_->needs_tokenizer && source_.tokenizer.empty() &&
           source_.path.empty();
  }

  /// Whether nothing tells how many tokens the model should know.
  bool ids_are_unknown() const {
    return task_ != nullptr && !task_->needs_tokenizer && task_->token_limit == 0 &&
           !keys_.vocab_size && source_.tokenizer.empty();
  }

  /// The vocabulary of a model from dimensions.
  bool take_vocabulary() {
    if (takes_words_of_task() && task_->vocabulary.empty()) {
      return fail("tokenizer",
                  "missing: the task makes rows of text and names no vocabulary for a model "
                  "without a tokenizer",
                  "name a tokenizer.json, or a pretrained model with 'path'");
    }
    if (ids_are_unknown()) {
      return fail("vocab_size",
                  "missing: which token ids the task's rows hold is not known before a run",
                  "say how many tokens the model shall know, one more than the largest id");
    }
    source_.vocab_size =
        std::max(needed_tokens(), task_ == nullptr ? int64_t{1} : task_->token_limit);
    if (keys_.vocab_size) {
      source_.vocab_size = *keys_.vocab_size;
    } else if (!source_.tokenizer.empty()) {
      try {
        source_.vocab_size = std::max(source_.vocab_size, load_tokenizer(keys_.tokenizer)->size());
      } catch (const Error& failure) {
        return fail("tokenizer", failure.what());
      }
    }
    const int64_t needed = needed_tokens();
    if (source_.vocab_size >= needed) return true;
    return fail("vocab_size", "the model knows " + counted(source_.vocab_size, "token") +
                                  ", and the task's rows need " + std::to_string(needed));
  }

  const Value& value_;
  const TaskFacts* task_;
  Slots& slots_;
  Diagnostics& diagnostics_;
  const Registration* registration_ = nullptr;
  ModelKeys keys_;
  ModelSource source_;
};

}  // namespace

std::optional<ModelSource> compose_model(const Value& value, const TaskFacts* task, Slots& slots,
                                         Value& resolved) {
  ModelComposer composer(value, task, slots);
  if (!composer.compose()) return std::nullopt;
  resolved = composer.resolved();
  return composer.take();
}

const Parameters& model_parameters() { return schema_of_model(); }

Value model_keys_schema() {
  Value schema = schema_of_model().schema();
  exclude_each_other(schema, {"path", "shape"});
  return schema;
}

}  // namespace leakprobe
