#include "tokenizer/load.h"

#include <cstddef>
#include <string>
#include <system_error>

#include "format/files.h"
#include "leakprobe/error.h"
#include "tokenizer/tokenizer_files.h"
#include "tokenizer/tokenizer_json.h"

namespace leakprobe {
namespace {

constexpr std::size_t kMaxBytes = std::size_t{1} << 28;

}  // namespace

std::filesystem::path tokenizer_file(const std::filesystem::path& file_or_folder) {
  std::error_code ignored;
  return std::filesystem::is_directory(file_or_folder, ignored) ? file_or_folder / "tokenizer.json"
                                                                : file_or_folder;
}

std::shared_ptr<const Tokenizer> load_tokenizer(const std::filesystem::path& file_or_folder) {
  std::error_code ignored;
  const std::filesystem::path file = tokenizer_file(file_or_folder);
  if (file != file_or_folder && !std::filesystem::exists(file, ignored)) {
    throw Error(file_or_folder.string() +
                ": the folder has no tokenizer.json: add it, or name another tokenizer");
  }
  NamedFiles companions;
  for (const char* name :
       {"tokenizer_config.json", "special_tokens_map.json", "chat_template.jinja"}) {
    const std::filesystem::path companion = file.parent_path() / name;
    if (std::filesystem::is_regular_file(companion, ignored)) {
      companions.emplace_back(name, read_file(companion, kMaxBytes));
    }
  }
  return make_tokenizer_from_json(read_file(file, kMaxBytes), file.string(), std::move(companions));
}

}  // namespace leakprobe
