#include "format/sharded.h"

#include <algorithm>
#include <array>
#include <set>
#include <string_view>
#include <system_error>

#include "format/file_kind.h"
#include "format/files.h"
#include "format/json.h"
#include "leakprobe/error.h"
#include "text/quote.h"

namespace leakprobe {
namespace {

bool is_plain_shard_name(const std::string& name) {
  constexpr std::string_view kSuffix = ".safetensors";
  return name.size() > kSuffix.size() && name.ends_with(kSuffix) && name[0] != '.' &&
         name.find_first_of("/\\") == std::string::npos && printable(name) == name;
}

/// Files with weights under other names or in other formats: what to do with them.
std::string what_is_there_instead(const std::filesystem::path& folder) {
  constexpr std::array kForeign = {".bin",     ".pt",  ".pth",  ".ckpt",      ".h5",
                                   ".msgpack", ".npz", ".onnx", ".index.json"};
  std::string own;
  std::string foreign;
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(folder, ignored)) {
    const std::string name = entry.path().filename().string();
    const auto ends = [&](const char* ending) { return name.ends_with(ending); };
    if (name.ends_with(".safetensors") || name.ends_with(".gguf")) {
      own = own.empty() ? name : std::min(own, name);
    } else if (std::any_of(kForeign.begin(), kForeign.end(), ends) && name != "tokenizer.bin") {
      foreign = foreign.empty() ? name : std::min(foreign, name);
    }
  }
  if (!own.empty()) {
    return "has neither model.safetensors nor model.safetensors.index.json, but " + quote(own) +
           ": name that file, or get what is missing";
  }
  if (foreign.starts_with("pytorch_model.bin")) foreign = "pytorch_model.bin";
  if (!foreign.empty()) {
    return "has its weights only as " + printable(foreign) +
           ", which is not read here; convert them to model.safetensors";
  }
  return "has neither model.safetensors nor model.safetensors.index.json; check that the model was "
         "downloaded completely";
}

std::string list(const std::vector<std::string>& names) {
  constexpr size_t kShown = 5;
  std::string text;
  for (size_t i = 0; i < names.size() && i < kShown; ++i) {
    text += (i == 0 ? "" : ", ") + quote(names[i]);
  }
  if (names.size() > kShown) text += " and " + std::to_string(names.size() - kShown) + " more";
  return text;
}

constexpr const char* kFile = "model.safetensors";
constexpr const char* kIndex = "model.safetensors.index.json";

}  // namespace

std::vector<std::filesystem::path> weight_files(const std::filesystem::path& path) {
  std::error_code ignored;
  if (!std::filesystem::is_directory(path, ignored)) return {path};
  if (is_there(path / kFile)) return {path / kFile};
  if (!is_there(path / kIndex)) return {};
  const JsonValue map = JsonValue::read(path / kIndex, {.remedy = kGetAgain}).at("weight_map");
  std::set<std::string> shards;
  for (const std::string& name : map.keys()) shards.insert(map.get_string(name));
  std::vector<std::filesystem::path> files = {path / kIndex};
  for (const std::string& shard : shards) {
    if (is_plain_shard_name(shard) && is_there(path / shard)) files.push_back(path / shard);
  }
  return files;
}

WeightFiles WeightFiles::open(const std::filesystem::path& path) {
  std::error_code ignored;
  if (!std::filesystem::is_directory(path, ignored)) {
    WeightFiles weights(path.string());
    weights.files_.push_back(TensorFile::open(path));
    weights.names_ = weights.files_[0].names();
    for (const std::string& name : weights.names_) weights.file_index_[name] = 0;
    return weights;
  }
  if (is_there(path / kFile)) return open(path / kFile);
  if (is_there(path / kIndex)) return open_index(path / kIndex);
  throw Error(path.string() + ": " + what_is_there_instead(path));
}

WeightFiles WeightFiles::open_index(const std::filesystem::path& index_path) {
  WeightFiles weights(index_path.string());
  const JsonValue map = JsonValue::read(index_path, {.remedy = kGetAgain}).at("weight_map");
  std::map<std::string, size_t> shards;
  std::vector<std::string> missing;
  for (const std::string& name : map.keys()) {
    const JsonValue entry = map.at(name);
    const std::string& shard = entry.as_string();
    if (!is_plain_shard_name(shard)) {
      entry.fail_damaged("expected the name of a .safetensors file in the same folder, found " +
                         quote(shard));
    }
    if (shards.try_emplace(shard, 0).second && !is_there(index_path.parent_path() / shard)) {
      missing.push_back(shard);
    }
  }
  if (!missing.empty()) {
    throw Error(weights.source_ + ": names files that are not in its folder: " + list(missing) +
                "; download the model again");
  }
  for (auto& [shard, index] : shards) {
    index = weights.files_.size();
    weights.files_.push_back(TensorFile::open(index_path.parent_path() / shard));
  }
  weights.names_ = map.keys();
  for (const std::string& name : weights.names_) {
    const std::string& shard = map.get_string(name);
    const size_t index = shards.at(shard);
    if (!weights.files_[index].has(name)) {
      map.at(name).fail("the tensor is not in " + quote(shard) + "; download the model again");
    }
    weights.file_index_[name] = index;
  }
  return weights;
}

bool WeightFiles::has(const std::string& name) const { return file_index_.contains(name); }

const TensorFile& WeightFiles::file_of(const std::string& name) const {
  const auto found = file_index_.find(name);
  if (found == file_index_.end()) throw Error(source_ + ": has no tensor " + quote(name));
  return files_[found->second];
}

const TensorInfo& WeightFiles::info(const std::string& name) const {
  return file_of(name).info(name);
}

std::string WeightFiles::unreadable(const std::string& name) const {
  return file_of(name).unreadable(name);
}

torch::Tensor WeightFiles::read(const std::string& name) const { return file_of(name).read(name); }

}  // namespace leakprobe
