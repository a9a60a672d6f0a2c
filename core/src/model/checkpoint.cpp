#include "model/checkpoint.h"

#include <unistd.h>

#include <string>

#include "format/atomic_file.h"
#include "leakprobe/error.h"
#include "leakprobe/tensors.h"
#include "leakprobe/value.h"

namespace leakprobe {

namespace fs = std::filesystem;

void write_checkpoint(const LoadedModel& model, const fs::path& folder) {
  const ModelDesign& design = model.design();
  const fs::path temporary = folder.string() + ".writing-" + std::to_string(getpid());
  fs::remove_all(temporary);
  fs::create_directories(temporary);
  Value config = design.architecture->model->to_config(design.options.get());
  config.set("vocab_size", design.vocab_size);
  config.set("torch_dtype", "float32");
  write_file_atomically(temporary / "config.json", to_pretty_json(config) + "\n");
  NamedTensors tensors;
  for (const ModelParameter& parameter : model.parameters()) {
    tensors.emplace_back(parameter.info.name, parameter.value.detach());
  }
  write_safetensors(temporary / "model.safetensors", tensors, {{"format", "pt"}});
  if (design.tokenizer) {
    for (const auto& [name, content] : design.tokenizer->files()) {
      write_file_atomically(temporary / name, content);
    }
  }
  fs::remove_all(folder);
  fs::rename(temporary, folder);
}

}  // namespace leakprobe
