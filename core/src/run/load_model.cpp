#include "run/load_model.h"

#include <filesystem>

#include "format/sharded.h"
#include "leakprobe/error.h"
#include "model/model_files.h"
#include "tokenizer/letter_vocabulary.h"
#include "tokenizer/load.h"

namespace leakprobe {
namespace {

namespace fs = std::filesystem;

std::shared_ptr<const Tokenizer> tokenizer_of(const Composition& composition,
                                              const ModelFiles* files) {
  const ModelSource& source = composition.model;
  if (!source.tokenizer.empty()) {
    const fs::path named = source.tokenizer;
    return load_tokenizer(named.is_absolute() ? named : source.base / named);
  }
  if (files) return files->tokenizer();
  const TaskFacts& task = composition.task.facts();
  return task.needs_tokenizer ? make_letter_vocabulary(task.vocabulary) : nullptr;
}

}  // namespace

std::shared_ptr<const Tokenizer> load_tokenizer_of(const Composition& composition,
                                                   const Registry& registry) {
  if (!composition.model.missing.empty() && composition.model.tokenizer.empty()) return nullptr;
  if (composition.model.resolved.empty()) return tokenizer_of(composition, nullptr);
  const ModelFiles files(composition.model.resolved, registry);
  return tokenizer_of(composition, &files);
}

LoadedModel load_model(const Composition& composition, const Registry& registry,
                       torch::Device device) {
  const ModelSource& source = composition.model;
  ModelDesign design{registry.find(Kind::model, source.model->type), source.model->options,
                     source.vocab_size};
  LEAKPROBE_CHECK(design.architecture, "the composed model's architecture is not registered");
  LEAKPROBE_CHECK(source.missing.empty(),
                  "a model whose files are missing must not start at random");
  if (source.resolved.empty()) {
    design.tokenizer = tokenizer_of(composition, nullptr);
    return LoadedModel::seeded(std::move(design), composition.seed, device);
  }
  const ModelFiles files(source.resolved, registry);
  design.tokenizer = tokenizer_of(composition, &files);
  design.special_tokens = files.special_tokens();
  return LoadedModel::read(std::move(design), *files.weights(), files.is_gguf(), device);
}

std::shared_ptr<LoadedModel> load_run_weights(const LoadedModel& model, const Origin& origin) {
  const fs::path folder = fs::path(origin.run) / "checkpoints" / origin.phase;
  if (!fs::exists(folder)) {
    throw Error(folder.string() + ": the run kept no checkpoint of phase '" + origin.phase +
                "'; run it with checkpoints.keep=phases");
  }
  const WeightFiles weights = WeightFiles::open(folder);
  return std::make_shared<LoadedModel>(
      LoadedModel::read(model.design(), weights, false, model.device()));
}

}  // namespace leakprobe
