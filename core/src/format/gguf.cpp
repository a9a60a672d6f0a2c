#include "format/gguf.h"

#include <utility>

#include "format/files.h"
#include "format/gguf_header.h"
#include "format/tensor_memory.h"
#include "leakprobe/error.h"
#include "text/quote.h"

namespace leakprobe {

struct GgufFile::State {
  explicit State(const std::filesystem::path& path)
      : source(path.string()), file(path), header(parse_gguf_header(file.bytes(), source)) {
    for (const auto& [name, tensor] : header.tensors) names.push_back(name);
  }

  const GgufHeader::Tensor& tensor(const std::string& name) const {
    const auto found = header.tensors.find(name);
    if (found == header.tensors.end()) throw Error(source + ": has no tensor " + quote(name));
    return found->second;
  }

  std::string source;
  MappedFile file;
  GgufHeader header;
  std::vector<std::string> names;
};

GgufFile::GgufFile(std::shared_ptr<const State> state) : state_(std::move(state)) {}

GgufFile GgufFile::open(const std::filesystem::path& path) {
  return GgufFile(std::make_shared<const State>(path));
}

const GgufMetadata& GgufFile::metadata() const { return state_->header.metadata; }

const std::string& GgufFile::source() const { return state_->source; }

const std::vector<std::string>& GgufFile::names() const { return state_->names; }

bool GgufFile::has(const std::string& name) const { return state_->header.tensors.contains(name); }

const TensorInfo& GgufFile::info(const std::string& name) const {
  return state_->tensor(name).info;
}

std::string GgufFile::unreadable(const std::string& name) const {
  const GgufHeader::Tensor& stored = state_->tensor(name);
  if (stored.type->to_float != nullptr) return "";
  return "the type " + stored.info.dtype +
         " is not read here; take a file in F32, F16, BF16, Q8_0, Q4_0 or Q4_1 (llama.cpp: "
         "llama-quantize --allow-requantize IN.gguf OUT.gguf Q8_0)";
}

torch::Tensor GgufFile::read(const std::string& name) const {
  const GgufHeader::Tensor& stored = state_->tensor(name);
  const std::string place = state_->source + ": tensor " + quote(name);
  if (const std::string why = unreadable(name); !why.empty()) throw Error(place + ": " + why);
  torch::Tensor tensor = allocate_tensor(stored.info.shape, torch::kFloat32, place);
  const auto bytes =
      state_->file.bytes().subspan(stored.begin, static_cast<size_t>(stored.info.bytes));
  stored.type->to_float(bytes.data(), tensor.data_ptr<float>(),
                        tensor.numel() / stored.type->block_elements);
  return tensor;
}

}  // namespace leakprobe
