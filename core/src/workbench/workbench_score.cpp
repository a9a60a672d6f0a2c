#include <algorithm>
#include <cmath>

#include "format/files.h"
#include "format/hf_cache.h"
#include "leakprobe/tensors.h"
#include "machine/threads.h"
#include "model/loaded_model.h"
#include "model/model_files.h"
#include "model/parallel.h"
#include "records/config_record.h"
#include "records/find_run_directories.h"
#include "records/manifest.h"
#include "step/scoring.h"
#include "text/counted.h"
#include "text/quote.h"
#include "tokenizer/load.h"
#include "workbench/workbench_state.h"

namespace leakprobe::host {
namespace {

namespace fs = std::filesystem;

/// The latest phase's checkpoint in a run's folder. Throws Error where it kept none.
fs::path checkpoint_of(const fs::path& run) {
  ConfigRecord config;
  if (is_taken(run / kConfigFile)) config = read_config(run);
  for (auto phase = config.phases.rbegin(); phase != config.phases.rend(); ++phase) {
    const std::string& name = *phase;
    if (name.starts_with('.') || name.find('/') != std::string::npos) continue;  // it is a path
    const fs::path folder = run / kCheckpoints / name;
    if (!name.empty() && is_there(folder / "config.json")) return folder;
  }
  throw Error(run.string() +
              ": this run has kept no checkpoint (yet); name a model, or run it with "
              "checkpoints.keep=last");
}

/// What `read` gives. What it finds wrong is wrong with what the user names, as in an experiment.
template <class Read>
auto as_named(const Read& read) {
  try {
    return read();
  } catch (const UsageError&) {
    throw;
  } catch (const OutOfMemory&) {
    throw;
  } catch (const Error& unfit) {
    throw UsageError(unfit.what());
  }
}

fs::path require_model(const std::string& text) {
  if (is_run_directory(text)) {
    require_unaltered(text);
    return checkpoint_of(text);
  }
  const ModelPath found = find_model(text, fs::current_path());
  if (!found.found()) throw UsageError(found.problem);
  if (const auto origin = checkpoint_at(found.path)) require_unaltered(origin->run);
  return found.path;
}

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

bool holds_rows(const TensorInfo& info) {
  const bool integers = info.dtype.starts_with('I') || info.dtype.starts_with('U');
  return integers && (info.shape.size() == 2 || info.shape.size() == 3);
}

/// The tensor named, or the only one that can hold token ids.
std::string choose_tensor(const TensorFile& file, const std::string& name) {
  std::vector<std::string> candidates;
  for (const std::string& known : file.names()) {
    if (holds_rows(file.info(known))) candidates.push_back(known);
  }
  if (!name.empty() && file.has(name)) return name;
  if (name.empty() && candidates.size() == 1) return candidates.front();
  if (candidates.empty()) {
    throw Error(
        file.source() +
        ": has no tensor of integers in the shape [rows, tokens]; write token ids into one");
  }
  throw UsageError(
      file.source() + ": " +
      (name.empty() ? "several tensors hold token ids" : "there is no tensor " + quote(name)) +
      "; name one behind a colon: " + joined(candidates));
}

/// Token ids (rows, tokens); batches of several steps one after the other.
torch::Tensor read_rows(const fs::path& path, const std::string& name, int64_t vocab_size) {
  const TensorFile file = TensorFile::open(path);
  const std::string tensor = choose_tensor(file, name);
  const std::string place = path.string() + ": tensor '" + tensor + "'";
  if (!holds_rows(file.info(tensor))) {
    throw Error(place +
                ": must hold integers in the shape [rows, tokens] or [steps, batch, tokens]; name "
                "another tensor behind a colon");
  }
  torch::Tensor rows = file.read(tensor);
  if (rows.size(-1) < 2) {
    throw Error(place + ": has rows of " + counted(rows.size(-1), "token") +
                ", and each needs two at least; give longer rows");
  }
  rows = rows.to(torch::kInt64).reshape({-1, rows.size(-1)});
  if (rows.numel() > 0) {
    const int64_t low = rows.min().item<int64_t>();
    const int64_t high = rows.max().item<int64_t>();
    if (low < 0 || high >= vocab_size) {
      throw Error(place + ": holds the id " + std::to_string(low < 0 ? low : high) +
                  ", but the model's vocabulary ends at " + std::to_string(vocab_size - 1) +
                  "; rows and model must have one tokenizer");
    }
  }
  return rows;
}

std::vector<Row> make_rows(const torch::Tensor& tokens) {
  const auto length = static_cast<size_t>(tokens.size(1));
  const int64_t* from = tokens.const_data_ptr<int64_t>();
  std::vector<Row> rows(static_cast<size_t>(tokens.size(0)));
  for (Row& row : rows) {
    row.tokens.assign(from, from + length);
    row.scored.assign(length, 1);
    row.scored.front() = 0;
    row.secret = {0, static_cast<int64_t>(length)};
    from += length;
  }
  return rows;
}

}  // namespace

Value Workbench::score(const std::string& model, const fs::path& rows, const std::string& tensor,
                       std::vector<std::string>& warnings) const {
  state_->require_named_plugins();
  const fs::path path = require_model(model);
  const ModelFiles files = as_named([&] { return ModelFiles(path, state_->registry); });
  warnings = files.warnings();
  const std::vector<Row> inputs =
      as_named([&] { return make_rows(read_rows(rows, tensor, files.vocab_size())); });
  const Policy policy(as_named([&] {
                        return LoadedModel::read(
                            {&files.architecture(), files.options(), files.vocab_size(), nullptr},
                            *files.weights(), files.is_gguf(), torch::kCPU);
                      }),
                      Compute::float32);
  std::vector<const Row*> pointers;
  for (const Row& row : inputs) pointers.push_back(&row);
  Value scores = Value::list();
  if (pointers.empty()) return scores;
  compute_with(default_threads());
  ScoringModel scoring(policy);
  for (const std::vector<float>& values : scoring.score(pointers)) {
    Value list = Value::list();
    for (const float value : values) {
      if (!std::isfinite(value)) {  // the weights are: they were looked at when they were read
        throw Error(model + ": gives no finite log-probability for row " +
                    std::to_string(scores.as_list().size()) +
                    ", although all its weights are finite");
      }
      list.push_back(static_cast<double>(value));
    }
    scores.push_back(std::move(list));
  }
  return scores;
}

std::function<Value(const Value&)> Workbench::tokenizer(const std::string& source,
                                                        bool decode) const {
  state_->require_named_plugins();
  const bool is_alone = fs::path(source).extension() == ".json";
  const fs::path path = is_alone ? fs::path(source) : require_model(source);
  const std::shared_ptr<const Tokenizer> tokenizer = as_named([&] {
    // A folder that holds a tokenizer alone will do, too.
    return is_alone || fs::is_directory(path) ? load_tokenizer(path)
                                              : ModelFiles(path, state_->registry).tokenizer();
  });
  if (tokenizer == nullptr) throw UsageError(source + ": the model has no tokenizer of its own");
  if (decode) {
    return [tokenizer](const Value& ids) -> Value {
      if (!ids.is_list()) throw Error("expected a list of token ids, found " + ids.describe());
      std::vector<int64_t> list;
      for (const Value& id : ids.as_list()) {
        if (id.type() != Value::Type::integer) {
          throw Error("expected a list of token ids, found in it " + id.describe());
        }
        list.push_back(id.as_integer());
      }
      return tokenizer->decode(list);
    };
  }
  return [tokenizer](const Value& text) -> Value {
    if (!text.is_string()) throw Error("expected a string, found " + text.describe());
    Value ids = Value::list();
    for (const int64_t id : tokenizer->encode(text.as_string())) ids.push_back(id);
    return ids;
  };
}

}  // namespace leakprobe::host
