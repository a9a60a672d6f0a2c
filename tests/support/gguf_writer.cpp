#include "support/gguf_writer.h"

#include <cstdint>
#include <fstream>
#include <type_traits>
#include <vector>

namespace leakprobe::testing_support {
namespace {

constexpr size_t kAlignment = 32;
constexpr uint32_t kFloat32Type = 6, kBoolType = 7, kStringType = 8, kArrayType = 9,
                   kInt64Type = 11;

class Writer {
 public:
  template <class Number>
  void number(Number value) {
    text_.append(reinterpret_cast<const char*>(&value), sizeof value);
  }
  void string(const std::string& text) {
    number(uint64_t{text.size()});
    text_ += text;
  }
  void pad() { text_.resize((text_.size() + kAlignment - 1) / kAlignment * kAlignment); }

  template <class Content>
  static constexpr uint32_t type_of() {
    if constexpr (std::is_same_v<Content, bool>) return kBoolType;
    if constexpr (std::is_same_v<Content, int64_t>) return kInt64Type;
    if constexpr (std::is_same_v<Content, double>) return kFloat32Type;
    return kStringType;
  }
  template <class Content>
  void scalar(const Content& content) {
    if constexpr (std::is_same_v<Content, std::string>) {
      string(content);
    } else if constexpr (std::is_same_v<Content, double>) {
      number(static_cast<float>(content));
    } else {
      number(content);
    }
  }
  template <class Content>
  void value(const Content& content) {
    number(type_of<Content>());
    scalar(content);
  }
  template <class Element>
  void value(const std::vector<Element>& list) {
    number(kArrayType);
    number(type_of<Element>());
    number(uint64_t{list.size()});
    for (const Element& element : list) scalar<Element>(element);
  }

  std::string text_;
};

}  // namespace

void write_gguf(const std::filesystem::path& path, const std::map<std::string, GgufValue>& metadata,
                const NamedTensors& tensors) {
  Writer out;
  out.text_ = "GGUF";
  out.number(uint32_t{3});
  out.number(uint64_t{tensors.size()});
  out.number(uint64_t{metadata.size()});
  for (const auto& [key, value] : metadata) {
    out.string(key);
    std::visit([&](const auto& content) { out.value(content); }, value);
  }
  Writer data;
  for (const auto& [name, tensor] : tensors) {
    out.string(name);
    out.number(static_cast<uint32_t>(tensor.dim()));
    for (int64_t i = tensor.dim() - 1; i >= 0; --i) out.number(tensor.size(i));
    out.number(uint32_t{0});
    out.number(uint64_t{data.text_.size()});
    const torch::Tensor stored = tensor.to(torch::kFloat32).contiguous();
    data.text_.append(static_cast<const char*>(stored.const_data_ptr()), stored.nbytes());
    data.pad();
  }
  out.pad();
  std::ofstream(path, std::ios::binary) << out.text_ << data.text_;
}

}  // namespace leakprobe::testing_support
