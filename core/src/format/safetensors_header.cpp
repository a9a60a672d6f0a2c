#include "format/safetensors_header.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <string_view>
#include <utility>
#include <vector>

#include "format/file_kind.h"
#include "format/json.h"
#include "format/safetensors_dtype.h"
#include "format/tensor_memory.h"
#include "leakprobe/error.h"
#include "text/counted.h"
#include "text/quote.h"

namespace leakprobe {
namespace {

static_assert(std::endian::native == std::endian::little,
              "the formats read here are little-endian");

constexpr uint64_t kMaxHeaderBytes = 100'000'000;  // the reference implementation's limit
constexpr size_t kMaxDimensions = 64;              // as many as LibTorch's loops take

std::string_view header_text(std::span<const std::byte> file, const std::string& source) {
  uint64_t size = 0;
  if (const std::string foreign = foreign_format(file); !foreign.empty()) {
    throw Error(source + ": " + foreign);
  }
  if (file.size() < sizeof size) {
    throw Error(source + ": has only " + counted(file.size(), "byte") +
                ", too few for a safetensors file; get it again");
  }
  std::memcpy(&size, file.data(), sizeof size);
  if (size > kMaxHeaderBytes) {
    throw Error(source + ": is not a safetensors file: its first 8 bytes announce a header of " +
                std::to_string(size) + " bytes, and more than " + std::to_string(kMaxHeaderBytes) +
                " are never there; get it again");
  }
  if (size > file.size() - sizeof size) {
    throw Error(source + ": is cut off in its header, which needs " + counted(size, "byte") +
                " of the " + std::to_string(file.size() - sizeof size) +
                " that follow; get the file again");
  }
  const std::string_view text(reinterpret_cast<const char*>(file.data()) + sizeof size,
                              static_cast<size_t>(size));
  if (!text.starts_with('{')) {
    throw Error(source +
                ": is not a safetensors file: its header does not start with '{'; get it again");
  }
  return text;
}

std::map<std::string, std::string> parse_metadata(const JsonValue& json) {
  std::map<std::string, std::string> metadata;
  for (const std::string& key : json.keys()) metadata[key] = json.get_string(key);
  return metadata;
}

// `data_begin` and `data_size` in bytes of the file.
SafetensorsHeader::Tensor parse_tensor(const JsonValue& json, size_t data_begin, size_t data_size) {
  for (const std::string& key : json.keys()) {
    if (key != "dtype" && key != "shape" && key != "data_offsets") {
      json.fail_damaged("has the member " + quote(key) + ", which the format does not know");
    }
  }
  SafetensorsHeader::Tensor tensor;
  const JsonValue dtype_name = json.at("dtype");
  tensor.info.dtype = dtype_name.as_string();
  const SafetensorsDtype* dtype = find_dtype(tensor.info.dtype);
  if (dtype == nullptr) dtype_name.fail_damaged("there is no type " + quote(tensor.info.dtype));

  const JsonValue shape = json.at("shape");
  if (!shape.is_array() || shape.size() > kMaxDimensions) {
    shape.fail_type("a list of at most " + std::to_string(kMaxDimensions) + " sizes");
  }
  for (size_t i = 0; i < shape.size(); ++i) tensor.info.shape.push_back(shape[i].as_int(0));
  const std::optional<int64_t> count = element_count(tensor.info.shape);
  int64_t bits = 0;
  if (!count || __builtin_mul_overflow(*count, int64_t{dtype->bits}, &bits)) {
    shape.fail_damaged("is larger than any memory: " + shape_text(tensor.info.shape));
  }
  if (bits % 8 != 0) {
    shape.fail_damaged("does not fill whole bytes: " + shape_text(tensor.info.shape));
  }
  tensor.info.bytes = bits / 8;

  const JsonValue offsets = json.at("data_offsets");
  if (!offsets.is_array() || offsets.size() != 2) offsets.fail_type("[begin, end]");
  const int64_t begin = offsets[0].as_int(0);
  const int64_t end = offsets[1].as_int(0);
  if (begin > end) offsets.fail_damaged("the end stands before the begin");
  if (static_cast<uint64_t>(end) > data_size) {
    offsets.fail("ends at byte " + std::to_string(end) + " of the tensors' part, which has " +
                 std::to_string(data_size) + "; the file is cut off, get it again");
  }
  if (end - begin != tensor.info.bytes) {
    offsets.fail_damaged("spans " + counted(end - begin, "byte") + ", but " + tensor.info.dtype +
                         " " + shape_text(tensor.info.shape) + " needs " +
                         std::to_string(tensor.info.bytes));
  }
  tensor.begin = data_begin + static_cast<size_t>(begin);
  return tensor;
}

// Every byte belongs to exactly one tensor, so that nothing is hidden and nothing is shared.
void check_coverage(const SafetensorsHeader& header, size_t data_begin, size_t file_size,
                    const std::string& source) {
  std::vector<std::pair<size_t, const std::pair<const std::string, SafetensorsHeader::Tensor>*>>
      order;
  for (const auto& entry : header.tensors) order.emplace_back(entry.second.begin, &entry);
  // Empty tensors stand before the one that starts at the same byte.
  std::sort(order.begin(), order.end(), [](const auto& a, const auto& b) {
    return std::pair(a.first, a.second->second.info.bytes) <
           std::pair(b.first, b.second->second.info.bytes);
  });
  size_t covered = data_begin;
  for (const auto& [begin, entry] : order) {
    if (begin != covered) {
      throw Error(source + ": tensor " + quote(entry->first) + " " +
                  (begin < covered ? "overlaps another one" : "follows bytes of no tensor") +
                  " at byte " + std::to_string(begin) + " of the file; write the file again");
    }
    covered += static_cast<size_t>(entry->second.info.bytes);
  }
  if (covered != file_size) {
    throw Error(source + ": has " + counted(file_size - covered, "byte") +
                " after its last tensor; write the file again");
  }
}

}  // namespace

SafetensorsHeader parse_safetensors_header(std::span<const std::byte> file,
                                           const std::string& source) {
  const std::string_view text = header_text(file, source);
  const size_t data_begin = sizeof(uint64_t) + text.size();
  const JsonValue json =
      JsonValue::parse(text, source + " (header)",
                       {.max_bytes = kMaxHeaderBytes, .max_depth = 8, .remedy = kGetAgain});
  SafetensorsHeader header;
  for (const std::string& name : json.keys()) {
    if (name == "__metadata__") {
      // The reference implementation takes null for none.
      if (!json.at(name).is_null()) header.metadata = parse_metadata(json.at(name));
      continue;
    }
    const std::string complaint = tensor_name_complaint(name);
    if (!complaint.empty()) json.fail_damaged("the tensor name " + quote(name) + " " + complaint);
    header.tensors.emplace(name, parse_tensor(json.at(name), data_begin, file.size() - data_begin));
  }
  check_coverage(header, data_begin, file.size(), source);
  return header;
}

}  // namespace leakprobe
