#include "instances/load_model.h"

#include <fmt/format.h>

#include <filesystem>
#include <map>

#include "compose/words.h"
#include "format/files.h"
#include "format/sharded.h"
#include "leakprobe/error.h"
#include "machine/machine.h"
#include "model/model_files.h"
#include "model/survey.h"
#include "records/manifest.h"
#include "text/quote.h"
#include "tokenizer/load.h"
#include "tokenizer/word_vocabulary.h"

namespace leakprobe {
namespace {

namespace fs = std::filesystem;

/// Throws Error where a text that the task needs is unknown to the tokenizer, or the same to it as
/// another: the model could not tell rows apart by it.
void require_texts(const TaskFacts& task, const Tokenizer& tokenizer) {
  std::map<std::vector<int64_t>, std::string> known;
  std::vector<std::string> unknown;
  std::string first_read;
  for (const std::string& text : task.vocabulary) {
    const std::vector<int64_t> ids = tokenizer.encode(text);
    const std::string read = tokenizer.decode(ids);
    // Some tokenizers put a space before every text.
    if (read != text && read != " " + text) {
      if (unknown.empty()) first_read = read;
      unknown.push_back(quote(text));
    } else if (const auto [other, is_new] = known.emplace(ids, text); !is_new) {
      throw Error(
          "the task's texts " + quote(other->second) + " and " + quote(text) +
          " are the same tokens to the model's tokenizer: choose another text or tokenizer");
    }
  }
  if (unknown.empty()) return;
  throw Error("the model's tokenizer does not know the task's " +
              std::string(unknown.size() == 1 ? "text " : "texts ") + enumerate(unknown) +
              " (it reads " + unknown.front() + " as " + quote(first_read) +
              "): choose another text or tokenizer");
}

std::shared_ptr<const Tokenizer> any_tokenizer_of(const Composition& composition,
                                                  const ModelFiles* files) {
  const ModelSource& source = composition.model;
  if (!source.tokenizer.empty()) {
    const fs::path named = source.tokenizer;
    return load_tokenizer(named.is_absolute() ? named : source.base / named);
  }
  if (files) return files->tokenizer();
  const TaskFacts& task = composition.task.facts();
  return task.needs_tokenizer ? make_word_vocabulary(task.vocabulary) : nullptr;
}

/// So that a model too large ends in a sentence instead of a machine without memory.
void require_memory(const ModelDesign& design, torch::Device device) {
  const int64_t total = main_memory().total;
  if (!device.is_cpu() || total == 0) return;
  double bytes = 0;
  for (const ParameterInfo& info :
       survey_parameters(*design.architecture, design.options.get(), design.vocab_size)) {
    double numbers = sizeof(float);
    for (const int64_t size : info.shape) numbers *= static_cast<double>(size);
    bytes += numbers;
  }
  if (bytes <= static_cast<double>(total)) return;
  constexpr double kGiB = 1 << 30;
  throw Error(
      fmt::format("the model's weights alone take {:.1f} GiB as float32, and this machine "
                  "has {:.1f} GiB of memory; take a smaller model, or a larger machine",
                  bytes / kGiB, static_cast<double>(total) / kGiB));
}

std::shared_ptr<const Tokenizer> tokenizer_of(const Composition& composition,
                                              const ModelFiles* files) {
  auto tokenizer = any_tokenizer_of(composition, files);
  if (tokenizer != nullptr) require_texts(composition.task.facts(), *tokenizer);
  return tokenizer;
}

fs::path checkpoint_of(const WeightsRef& origin) {
  require_vouched(origin);
  fs::path folder = fs::path(origin.run) / "checkpoints" / origin.phase;
  if (!is_there(folder)) {
    throw Error(folder.string() + ": the run kept no checkpoint of phase '" + origin.phase +
                "'; run it with checkpoints.keep=phases");
  }
  return folder;
}

}  // namespace

std::shared_ptr<const Tokenizer> load_tokenizer_of(const Composition& composition,
                                                   const Registry& registry) {
  if (!composition.model.missing.empty() && composition.model.tokenizer.empty()) return nullptr;
  if (composition.model.resolved.empty()) return tokenizer_of(composition, nullptr);
  const ModelFiles files(composition.model.resolved, registry);
  return tokenizer_of(composition, &files);
}

std::vector<ParameterInfo> parameters_of(const Composition& composition, const Registry& registry) {
  const ModelSource& source = composition.model;
  if (source.vocab_size == 0) return {};
  const Registration* architecture = registry.find(Kind::model, source.model->type);
  LEAKPROBE_CHECK(architecture != nullptr, "a composed model is not registered");
  return survey_parameters(*architecture, source.model->options.get(), source.vocab_size);
}

LoadedModel load_model(const Composition& composition, const Registry& registry,
                       torch::Device device) {
  const ModelSource& source = composition.model;
  ModelDesign design{registry.find(Kind::model, source.model->type), source.model->options,
                     source.vocab_size};
  LEAKPROBE_CHECK(design.architecture, "the composed model's architecture is not registered");
  LEAKPROBE_CHECK(source.missing.empty(),
                  "a model whose files are missing must not start at random");
  require_memory(design, device);
  if (source.resolved.empty()) {
    design.tokenizer = tokenizer_of(composition, nullptr);
    return LoadedModel::seeded(std::move(design), composition.seed, device);
  }
  try {
    const ModelFiles files(source.resolved, registry);
    design.tokenizer = tokenizer_of(composition, &files);
    design.special_tokens = files.special_tokens();
    design.kept_settings = files.kept_settings();
    return LoadedModel::read(std::move(design), *files.weights(), files.is_gguf(), device);
  } catch (const OutOfMemory&) {
    throw;
  } catch (const Error& unfit) {
    throw UnfitModel(unfit.what());
  }
}

WeightFiles open_run_weights(const WeightsRef& origin) {
  return WeightFiles::open(checkpoint_of(origin));
}

std::shared_ptr<const Tokenizer> load_run_tokenizer(const WeightsRef& origin) {
  const fs::path folder = checkpoint_of(origin);
  return is_there(tokenizer_file(folder)) ? load_tokenizer(folder) : nullptr;
}

LoadedModel load_run_weights(const LoadedModel& model, const WeightsRef& origin) {
  return LoadedModel::read(model.design(), open_run_weights(origin), false, model.device());
}

}  // namespace leakprobe
