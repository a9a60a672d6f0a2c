#include "leakprobe/file_keys.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "leakprobe/error.h"

namespace leakprobe {

FileKeys& FileKeys::required(const std::string& option, std::vector<std::string> keys) {
  if (keys.empty()) keys.push_back(option);
  return add({.name = option, .keys = std::move(keys), .needed = true});
}

FileKeys& FileKeys::optional(const std::string& option, std::vector<std::string> keys,
                             Value fallback) {
  if (keys.empty()) keys.push_back(option);
  return add({.name = option, .keys = std::move(keys), .fallback = std::move(fallback)});
}

FileKeys& FileKeys::positive(const std::vector<std::string>& options) {
  for (const std::string& name : options) {
    const auto option = std::find_if(options_.begin(), options_.end(),
                                     [&](const Option& known) { return known.name == name; });
    LEAKPROBE_CHECK(option != options_.end(), "option '" + name + "' has no keys");
    option->positive = true;
  }
  return *this;
}

FileKeys& FileKeys::if_present(const std::string& option, std::vector<std::string> tensors) {
  return add({.name = option, .tensors = std::move(tensors)});
}

FileKeys& FileKeys::if_absent(const std::string& option, std::vector<std::string> tensors) {
  return add({.name = option, .tensors = std::move(tensors), .present = false});
}

FileKeys& FileKeys::only(const std::vector<std::string>& keys, Value::List covered,
                         const std::string& why, const std::string& remedy) {
  return add(keys, {Rule::Use::covered, std::move(covered), nullptr, why, remedy});
}

FileKeys& FileKeys::only_if(const std::vector<std::string>& keys,
                            std::function<bool(const Value&, const void*)> holds,
                            const std::string& phrase) {
  return add(keys, {Rule::Use::covered, {}, std::move(holds), phrase, ""});
}

FileKeys& FileKeys::training(const std::vector<std::string>& keys, const Value::List& harmless,
                             const std::string& why) {
  return add(keys, {Rule::Use::training, harmless, nullptr, why, ""});
}

FileKeys& FileKeys::ignored(const std::vector<std::string>& keys) {
  return add(keys, {Rule::Use::ignored, {}, nullptr, "", ""});
}

FileKeys& FileKeys::add(Option option) {
  for (const std::string& key : option.keys) rules_[key] = {Rule::Use::read, {}, nullptr, "", ""};
  for (const Option& known : options_) {
    LEAKPROBE_CHECK(known.name != option.name, "option '" + option.name + "' is given twice");
  }
  options_.push_back(std::move(option));
  return *this;
}

FileKeys& FileKeys::add(const std::vector<std::string>& keys, const Rule& rule) {
  for (const std::string& key : keys) rules_[key] = rule;
  return *this;
}

const FileKeys::Rule* FileKeys::find(const std::string& key) const {
  if (const auto exact = rules_.find(key); exact != rules_.end()) return &exact->second;
  const Rule* longest = nullptr;  // beginnings of a key stand in the order of their lengths
  for (const auto& [name, rule] : rules_) {
    if (name.ends_with('*') && key.starts_with(name.substr(0, name.size() - 1))) longest = &rule;
  }
  return longest;
}

}  // namespace leakprobe
