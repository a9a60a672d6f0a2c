#include "records/run_state.h"

#include <fmt/format.h>

#include <algorithm>

#include "format/content_hash.h"
#include "format/json_to_value.h"
#include "leakprobe/error.h"

namespace leakprobe {
namespace {

constexpr const char* kFactsKey = "leakprobe_state";
constexpr const char* kChecksumKey = "leakprobe_checksum";
constexpr size_t kNumberDigits = 6;

/// Over the facts and each tensor's name, type, shape and bytes.
std::string checksum(const std::string& facts, NamedTensors tensors) {
  std::sort(tensors.begin(), tensors.end(),
            [](const auto& a, const auto& b) { return a.first < b.first; });
  ContentHash hash;
  hash.update(facts);
  for (const auto& [name, tensor] : tensors) {
    hash.update(fmt::format("\n{} {} {}\n", name, c10::toString(tensor.scalar_type()),
                            fmt::join(tensor.sizes(), ",")));
    hash.update({static_cast<const char*>(tensor.const_data_ptr()), tensor.nbytes()});
  }
  return hash.hex();
}

}  // namespace

void RunState::put_in_order(const std::string& prefix, const NamedTensors& added) {
  for (size_t i = 0; i < added.size(); ++i) {
    tensors.emplace_back(fmt::format("{}/{:0{}}.{}", prefix, i, kNumberDigits, added[i].first),
                         added[i].second);
  }
}

void RunState::save(const std::filesystem::path& file) const {
  NamedTensors stored;
  for (const auto& [name, tensor] : tensors) {
    stored.emplace_back(name, tensor.detach().to(torch::kCPU).contiguous());
  }
  const std::string text = to_json(facts);
  write_safetensors(file, stored, {{kFactsKey, text}, {kChecksumKey, checksum(text, stored)}});
}

SavedState SavedState::load(const std::filesystem::path& file) {
  try {
    const TensorFile stored = TensorFile::open(file);
    const auto& metadata = stored.metadata();
    const auto facts = metadata.find(kFactsKey), sum = metadata.find(kChecksumKey);
    if (facts == metadata.end() || sum == metadata.end()) {
      throw Error("it has no facts or no checksum");
    }
    NamedTensors tensors;
    for (const std::string& name : stored.names()) tensors.emplace_back(name, stored.read(name));
    if (checksum(facts->second, tensors) != sum->second) throw Error("checksum");
    return {std::move(tensors), value_of_json(facts->second, file.string())};
  } catch (const Error& damage) {
    std::string why = damage.what();
    const std::string prefix = file.string() + ": ";
    if (why.starts_with(prefix)) why.erase(0, prefix.size());
    throw Error(prefix + "is damaged (" + why + "); start again with --fresh");
  }
}

NamedTensors SavedState::under(const std::string& prefix) const {
  NamedTensors found;
  for (const auto& [name, tensor] : tensors) {
    if (name.starts_with(prefix + "/")) found.emplace_back(name.substr(prefix.size() + 1), tensor);
  }
  return found;
}

NamedTensors SavedState::in_order(const std::string& prefix) const {
  NamedTensors found = under(prefix);
  std::sort(found.begin(), found.end(),
            [](const auto& a, const auto& b) { return a.first < b.first; });
  for (auto& [name, tensor] : found) name.erase(0, std::min(name.size(), kNumberDigits + 1));
  return found;
}

}  // namespace leakprobe
