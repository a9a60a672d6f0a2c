#include "run/run_state.h"

#include <fmt/format.h>

#include <algorithm>

#include "format/json_to_value.h"
#include "leakprobe/error.h"

namespace leakprobe {
namespace {

constexpr const char* kFactsKey = "leakprobe_state";
constexpr size_t kNumberDigits = 6;

}  // namespace

NamedTensors RunState::under(const std::string& prefix) const {
  NamedTensors found;
  for (const auto& [name, tensor] : tensors) {
    if (name.starts_with(prefix + "/")) found.emplace_back(name.substr(prefix.size() + 1), tensor);
  }
  return found;
}

void RunState::put_in_order(const std::string& prefix, const NamedTensors& added) {
  for (size_t i = 0; i < added.size(); ++i) {
    tensors.emplace_back(fmt::format("{}/{:0{}}.{}", prefix, i, kNumberDigits, added[i].first),
                         added[i].second);
  }
}

NamedTensors RunState::in_order(const std::string& prefix) const {
  NamedTensors found = under(prefix);
  std::sort(found.begin(), found.end(),
            [](const auto& a, const auto& b) { return a.first < b.first; });
  for (auto& [name, tensor] : found) name.erase(0, kNumberDigits + 1);
  return found;
}

void RunState::save(const std::filesystem::path& file) const {
  write_safetensors(file, tensors, {{kFactsKey, to_json(facts)}});
}

RunState RunState::load(const std::filesystem::path& file) {
  const TensorFile stored = TensorFile::open(file);
  const auto facts = stored.metadata().find(kFactsKey);
  if (facts == stored.metadata().end()) {
    throw Error(file.string() + ": this is no saved state of a run; start it again with --fresh");
  }
  RunState state;
  state.facts = to_value(JsonValue::parse(facts->second, file.string()));
  for (const std::string& name : stored.names()) {
    state.tensors.emplace_back(name, stored.read(name));
  }
  return state;
}

}  // namespace leakprobe
