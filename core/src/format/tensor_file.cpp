#include <cstring>

#include "format/files.h"
#include "format/safetensors_dtype.h"
#include "format/safetensors_header.h"
#include "format/tensor_memory.h"
#include "leakprobe/error.h"
#include "leakprobe/tensors.h"
#include "text/quote.h"

namespace leakprobe {

torch::Tensor TensorSource::read_f32(const std::string& name) const {
  const torch::Tensor tensor = read(name);
  if (!tensor.is_floating_point()) {
    throw Error(source() + ": tensor " + quote(name) + " holds " + info(name).dtype +
                " where floating-point numbers are needed");
  }
  return tensor.to(torch::kFloat32);
}

struct TensorFile::State {
  explicit State(const std::filesystem::path& path)
      : source(path.string()), file(path), header(parse_safetensors_header(file.bytes(), source)) {
    for (const auto& [name, tensor] : header.tensors) names.push_back(name);
  }

  const SafetensorsHeader::Tensor& tensor(const std::string& name) const {
    const auto found = header.tensors.find(name);
    if (found == header.tensors.end()) throw Error(source + ": has no tensor " + quote(name));
    return found->second;
  }

  std::string source;
  MappedFile file;
  SafetensorsHeader header;
  std::vector<std::string> names;
};

TensorFile::TensorFile(std::shared_ptr<const State> state) : state_(std::move(state)) {}

TensorFile TensorFile::open(const std::filesystem::path& path) {
  return TensorFile(std::make_shared<const State>(path));
}

const std::string& TensorFile::source() const { return state_->source; }

const std::vector<std::string>& TensorFile::names() const { return state_->names; }

bool TensorFile::has(const std::string& name) const {
  return state_->header.tensors.contains(name);
}

const TensorInfo& TensorFile::info(const std::string& name) const {
  return state_->tensor(name).info;
}

std::string TensorFile::unreadable(const std::string& name) const {
  const std::string& dtype = state_->tensor(name).info.dtype;
  if (find_dtype(dtype)->scalar) return "";
  return "the type " + dtype + " is not read here; convert it to F32, F16 or BF16";
}

torch::Tensor TensorFile::read(const std::string& name) const {
  const SafetensorsHeader::Tensor& stored = state_->tensor(name);
  const std::string place = state_->source + ": tensor " + quote(name);
  const SafetensorsDtype* dtype = find_dtype(stored.info.dtype);
  if (const std::string why = unreadable(name); !why.empty()) throw Error(place + ": " + why);
  torch::Tensor tensor = allocate_tensor(stored.info.shape, *dtype->scalar, place);
  const auto bytes =
      state_->file.bytes().subspan(stored.begin, static_cast<size_t>(stored.info.bytes));
  if (*dtype->scalar == torch::kBool) {
    // Any other byte in a bool is undefined behaviour in whatever computes with it.
    for (const std::byte byte : bytes) {
      if (byte > std::byte{1})
        throw Error(place + ": holds bytes other than 0 and 1 as BOOL; get the file again");
    }
  }
  if (!bytes.empty()) std::memcpy(tensor.data_ptr(), bytes.data(), bytes.size());
  return tensor;
}

const std::map<std::string, std::string>& TensorFile::metadata() const {
  return state_->header.metadata;
}

}  // namespace leakprobe
