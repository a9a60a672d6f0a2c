#include "model/checkpoint.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <string_view>

#include "format/atomic_file.h"
#include "format/files.h"
#include "format/own_files.h"
#include "leakprobe/tensors.h"
#include "leakprobe/value.h"
#include "plugin/guard.h"

namespace leakprobe {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kUnfinished = ".writing";

Value config_of(const ModelDesign& design) {
  const Registration& architecture = *design.architecture;
  Value config = guarded(plugin_text(Kind::model, architecture.name),
                         [&] { return architecture.model->to_config(design.options.get()); });
  if (design.kept_settings.is_map()) {
    for (const Value::Entry& kept : design.kept_settings.entries()) {
      config.set(kept.key, kept.value);
    }
  }
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

/// Puts `complete` in the place of the listed folder `name`, which may exist.
void put_in_place(const OwnFiles& own, const fs::path& parent, const std::string& complete,
                  const std::string& name) {
  const fs::path from = parent / complete, to = parent / name;
  const bool exchanged =
      is_there(to) && renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_EXCHANGE) == 0;
  if (exchanged) return own.remove_folder(complete);
  // Not every file system can exchange two folders.
  own.remove_folder(name);
  if (::rename(from.c_str(), to.c_str()) != 0) {
    fail_with_errno(to, "the checkpoint cannot be put in place", errno);
  }
}

/// The dot keeps it apart from every phase.
std::string unfinished(const std::string& name) { return "." + name + std::string(kUnfinished); }

}  // namespace

void write_checkpoint(const LoadedModel& model, const fs::path& folder) {
  const fs::path parent = folder.parent_path();
  const std::string name = folder.filename().string();
  refuse_link(parent, "folder");
  create_folders(parent);
  OwnFiles own(parent, kRunMaker);
  own.claim({name, unfinished(name)});
  own.remove_folder(unfinished(name));
  create_folders(parent / unfinished(name));
  write_files(model, parent / unfinished(name));
  put_in_place(own, parent, unfinished(name), name);
}

void remove_unfinished_checkpoints(const fs::path& folder) {
  refuse_link(folder, "folder");
  const OwnFiles own(folder, kRunMaker);
  for (const std::string& name : own.names()) {
    if (name.starts_with('.')) own.remove_folder(name);
  }
  remove_temporary_files(folder);
}

}  // namespace leakprobe
