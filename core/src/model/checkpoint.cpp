#include "model/checkpoint.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include <string>
#include <system_error>

#include "format/atomic_file.h"
#include "leakprobe/error.h"
#include "leakprobe/tensors.h"
#include "leakprobe/value.h"

namespace leakprobe {
namespace {

namespace fs = std::filesystem;

Value config_of(const ModelDesign& design) {
  Value config = design.architecture->model->to_config(design.options.get());
  config.set("vocab_size", design.vocab_size);
  // transformers would otherwise take ids of its own for the beginning and end of a text.
  for (const char* key : {"bos_token_id", "eos_token_id", "pad_token_id"}) {
    const Value* id = design.special_tokens.find(key);
    config.set(key, id ? *id : Value());
  }
  // transformers 4 reads the first, 5 the second.
  config.set("torch_dtype", "float32");
  config.set("dtype", "float32");
  return config;
}

void write_files(const LoadedModel& model, const fs::path& folder) {
  const ModelDesign& design = model.design();
  write_file_atomically(folder / "config.json", to_pretty_json(config_of(design)) + "\n");
  NamedTensors tensors;
  for (const ModelParameter& parameter : model.parameters()) {
    tensors.emplace_back(parameter.info.name, parameter.value.detach());
  }
  write_safetensors(folder / "model.safetensors", tensors, {{"format", "pt"}});
  if (!design.tokenizer) return;
  for (const auto& [name, content] : design.tokenizer->files()) {
    write_file_atomically(folder / name, content);
  }
}

/// Puts `complete` in the place of `folder`, which may exist.
void put_in_place(const fs::path& complete, const fs::path& folder) {
  if (fs::exists(folder) &&
      renameat2(AT_FDCWD, complete.c_str(), AT_FDCWD, folder.c_str(), RENAME_EXCHANGE) == 0) {
    fs::remove_all(complete);
    return;
  }
  // Not every file system can exchange two folders.
  fs::remove_all(folder);
  fs::rename(complete, folder);
}

}  // namespace

void write_checkpoint(const LoadedModel& model, const fs::path& folder) {
  const fs::path temporary = folder.string() + ".writing";
  try {
    fs::remove_all(temporary);
    fs::create_directories(temporary);
    write_files(model, temporary);
    put_in_place(temporary, folder);
  } catch (const fs::filesystem_error& failure) {
    throw Error(folder.string() +
                ": the checkpoint cannot be written: " + failure.code().message());
  }
}

}  // namespace leakprobe
