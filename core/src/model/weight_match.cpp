#include "model/weight_match.h"

#include <ATen/ops/allclose.h>
#include <ATen/ops/equal.h>

#include <algorithm>
#include <cctype>

#include "format/tensor_memory.h"
#include "plugin/guard.h"
#include "text/quote.h"

namespace leakprobe {
namespace {

constexpr const char* kWithoutTensor = "take a model without this tensor";
// Files store frequencies in as little as 16 bits.
constexpr double kBufferTolerance = 1e-2;
constexpr double kBufferFloor = 1e-4;

bool is_floating_point(const TensorInfo& info) {
  return !info.dtype.starts_with('I') && !info.dtype.starts_with('U') && info.dtype != "BOOL";
}

/// GGUF leaves out biases that are zero.
bool may_be_absent(const ParameterSpec& spec) {
  return spec.info.shape.size() == 1 && spec.init.mean == 0 && spec.init.deviation == 0;
}

/// Whether the name is that of one part of several: "model-00001-of-00002.safetensors".
bool is_part(const std::string& source) {
  const size_t of = source.rfind("-of-");
  if (of == std::string::npos || of + 5 > source.size()) return false;
  const auto is_digit = [](char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; };
  if (of == 0 || !is_digit(source[of - 1]) || !is_digit(source[of + 4])) return false;
  return std::stoul("0" + source.substr(of + 4, 6)) > 1;
}

}  // namespace

std::vector<std::string> WeightMatch::names_of(const ParameterSpec& spec) const {
  if (gguf_) return {spec.gguf_name};
  std::vector<std::string> names = {spec.info.name};
  names.insert(names.end(), spec.aliases.begin(), spec.aliases.end());
  if (!spec.info.tied_to.empty()) names.push_back(spec.info.tied_to);
  return names;
}

std::optional<std::string> WeightMatch::find(const ParameterSpec& spec) {
  if (spec.info.block != block_) {
    if (block_ >= 0 && !block_found_) {
      problems_.forget(" is missing");
      problems_.add(
          "block " + std::to_string(block_) + " is not there, and the configuration asks for it",
          remedy());
      fail();
    }
    block_ = spec.info.block;
    block_found_ = false;
  }
  std::string found;
  for (const std::string& name : names_of(spec)) {
    if (name.empty() || !weights_.has(name)) continue;
    if (found.empty()) found = name;
    used_.insert(name);
    if (spec.info.tied_to.empty()) break;  // only a tied tensor may stand there twice
  }
  if (found.empty()) {
    if (!gguf_ || !may_be_absent(spec)) {
      const bool named = !gguf_ || spec.gguf_name.empty();
      problems_.add("tensor " + quote(named ? spec.info.name : spec.gguf_name) + " is missing",
                    remedy());
    }
    return std::nullopt;
  }
  block_found_ = true;
  const TensorInfo& info = weights_.info(found);
  if (info.shape != spec.info.shape) {
    problems_.add("tensor " + quote(found) + " has the shape " + shape_text(info.shape) +
                      ", the configuration asks for " + shape_text(spec.info.shape),
                  remedy());
    return std::nullopt;
  }
  if (!is_floating_point(info)) {
    problems_.add("tensor " + quote(found) + " holds " + info.dtype +
                      " where floating-point numbers are needed",
                  "take the model's float weights");
    return std::nullopt;
  }
  if (const std::string why = weights_.unreadable(found); !why.empty()) {
    throw PluginError(weights_.source() + ": tensor " + quote(found) + ": " + why);
  }
  return found;
}

void WeightMatch::allow(const BufferSpec& spec) {
  for (const std::string& name : spec.names) {
    if (!weights_.has(name)) continue;
    used_.insert(name);
    if (!spec.expected) continue;
    const TensorInfo& info = weights_.info(name);
    const bool comparable =
        is_floating_point(info) && weights_.unreadable(name).empty() && info.shape == spec.shape;
    if (comparable &&
        at::allclose(weights_.read_f32(name), spec.expected(), kBufferTolerance, kBufferFloor)) {
      continue;
    }
    problems_.add("tensor " + quote(name) + " gives " + spec.what +
                      " other than the configuration's, which is not covered",
                  kWithoutTensor);
  }
}

void WeightMatch::finish() {
  for (const std::string& name : weights_.names()) {
    if (!used_.contains(name)) {
      problems_.add("tensor " + quote(name) + " belongs to no parameter of this architecture",
                    kWithoutTensor);
    }
  }
  if (!problems_.empty()) fail();
}

std::string WeightMatch::remedy() const {
  if (is_part(weights_.source())) return "this is one part of several: name their folder";
  if (gguf_) return "convert the model again, or get the file again";
  return "config.json and the weights must be of one model: get both again";
}

void WeightMatch::fail() const {
  throw PluginError(weights_.source() + ": the weights do not fit the model: " + problems_.text());
}

std::optional<std::string> WeightMatch::other_head(const TensorSource& weights,
                                                   const ParameterSpec& spec) {
  if (spec.info.tied_to.empty()) return std::nullopt;
  const std::vector<std::string> names = WeightMatch(weights, false).names_of(spec);
  std::optional<std::string> first;
  for (const std::string& name : names) {
    if (!weights.has(name) || name == first) continue;
    if (!first) {
      first = name;
    } else if (weights.info(name).shape != weights.info(*first).shape ||
               !at::equal(weights.read_f32(name), weights.read_f32(*first))) {
      return name;
    }
  }
  return std::nullopt;
}

}  // namespace leakprobe
