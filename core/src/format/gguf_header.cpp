#include "format/gguf_header.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "format/file_kind.h"
#include "format/tensor_memory.h"
#include "leakprobe/error.h"
#include "text/counted.h"
#include "text/quote.h"

namespace leakprobe {
namespace {

static_assert(std::endian::native == std::endian::little,
              "the formats read here are little-endian");

constexpr uint32_t kMaxDimensions = 4;  // GGML_MAX_DIMS
constexpr uint64_t kMaxNameBytes = 65535;

enum class ValueType : uint32_t {
  kUint8,
  kInt8,
  kUint16,
  kInt16,
  kUint32,
  kInt32,
  kFloat32,
  kBool,
  kString,
  kArray,
  kUint64,
  kInt64,
  kFloat64,
};

// Reads numbers and strings one after the other; never beyond the end.
class Cursor {
 public:
  Cursor(std::span<const std::byte> file, const std::string& source)
      : file_(file), source_(source) {}

  size_t position() const { return position_; }
  uint64_t remaining() const { return file_.size() - position_; }

  /// What is being read, for messages.
  void enter(std::string what) { what_ = std::move(what); }

  [[noreturn]] void fail(const std::string& problem) const {
    throw Error(source_ + ": " + what_ + " (byte " + std::to_string(position_) + "): " + problem);
  }

  [[noreturn]] void fail_damaged(const std::string& problem) const {
    fail(problem + "; the file is damaged, get it again");
  }

  std::string_view take(uint64_t size) {
    if (size > remaining()) {
      fail("needs " + counted(size, "more byte") + ", and the file has " +
           std::to_string(remaining()) + "; it is cut off or damaged, get it again");
    }
    const std::string_view bytes(reinterpret_cast<const char*>(file_.data()) + position_,
                                 static_cast<size_t>(size));
    position_ += static_cast<size_t>(size);
    return bytes;
  }

  template <class Number>
  Number number() {
    Number value;
    std::memcpy(&value, take(sizeof value).data(), sizeof value);
    return value;
  }

  std::string string(uint64_t max_bytes) {
    const auto size = number<uint64_t>();
    if (size > max_bytes) {
      fail_damaged("a name of " + counted(size, "byte") + " is too long");
    }
    return std::string(take(size));
  }

  // A count of things of at least `bytes_each` bytes, so that nobody allocates for a false one.
  uint64_t count(uint64_t bytes_each) {
    const auto value = number<uint64_t>();
    if (value > remaining() / bytes_each) {
      fail("announces " + counted(value, "item") +
           ", more than the file has bytes for; it "
           "is cut off or damaged, get it again");
    }
    return value;
  }

 private:
  std::span<const std::byte> file_;
  const std::string& source_;
  std::string what_ = "the header";
  size_t position_ = 0;
};

// Calls `read` with a value of the C++ type that stores `type`; arrays are the caller's.
template <class Function>
auto with_type(const Cursor& cursor, ValueType type, Function read) {
  switch (type) {
    case ValueType::kUint8:
      return read(uint8_t{});
    case ValueType::kInt8:
      return read(int8_t{});
    case ValueType::kUint16:
      return read(uint16_t{});
    case ValueType::kInt16:
      return read(int16_t{});
    case ValueType::kUint32:
      return read(uint32_t{});
    case ValueType::kInt32:
      return read(int32_t{});
    case ValueType::kUint64:
      return read(uint64_t{});
    case ValueType::kInt64:
      return read(int64_t{});
    case ValueType::kFloat32:
      return read(float{});
    case ValueType::kFloat64:
      return read(double{});
    case ValueType::kBool:
      return read(bool{});
    case ValueType::kString:
      return read(std::string{});
    case ValueType::kArray:
      cursor.fail(
          "lists inside lists are not read here; convert the model again with a current converter");
  }
  cursor.fail("has the unknown type " + std::to_string(static_cast<uint32_t>(type)) +
              "; the file is damaged or newer than this program");
}

// A stored scalar as GgufValue holds it.
template <class Stored>
auto read_scalar(Cursor& cursor) {
  if constexpr (std::is_same_v<Stored, std::string>) {
    return cursor.string(cursor.remaining());
  } else if constexpr (std::is_same_v<Stored, bool>) {
    const auto byte = cursor.number<uint8_t>();
    if (byte > 1) cursor.fail_damaged("a truth value is neither 0 nor 1");
    return byte == 1;
  } else if constexpr (std::is_floating_point_v<Stored>) {
    return static_cast<double>(cursor.number<Stored>());
  } else {
    const auto number = cursor.number<Stored>();
    if (!std::in_range<int64_t>(number)) {
      cursor.fail_damaged("the integer " + std::to_string(number) +
                          " is too large to be a setting");
    }
    return static_cast<int64_t>(number);
  }
}

// Bytes that a value takes at least.
template <class Stored>
constexpr uint64_t kSmallest = std::is_same_v<Stored, std::string> ? sizeof(uint64_t)
                                                                   : sizeof(Stored);

GgufValue read_value(Cursor& cursor) {
  const auto type = static_cast<ValueType>(cursor.number<uint32_t>());
  if (type != ValueType::kArray) {
    return with_type(cursor, type, [&]<class Stored>(const Stored&) -> GgufValue {
      return read_scalar<Stored>(cursor);
    });
  }
  const auto element_type = static_cast<ValueType>(cursor.number<uint32_t>());
  return with_type(cursor, element_type, [&]<class Stored>(const Stored&) -> GgufValue {
    const uint64_t count = cursor.count(kSmallest<Stored>);
    std::vector<decltype(read_scalar<Stored>(cursor))> values;
    values.reserve(static_cast<size_t>(count));
    for (uint64_t i = 0; i < count; ++i) values.push_back(read_scalar<Stored>(cursor));
    return values;
  });
}

std::map<std::string, GgufValue> read_metadata(Cursor& cursor, uint64_t count) {
  std::map<std::string, GgufValue> entries;
  for (uint64_t i = 0; i < count; ++i) {
    cursor.enter("metadata entry " + std::to_string(i));
    std::string key = cursor.string(kMaxNameBytes);
    cursor.enter("metadata " + quote(key));
    GgufValue value = read_value(cursor);
    if (!entries.emplace(std::move(key), std::move(value)).second)
      cursor.fail_damaged("stands there twice");
  }
  return entries;
}

// The offset is relative to the part with the numbers, whose place is not known yet.
GgufHeader::Tensor read_tensor(Cursor& cursor) {
  GgufHeader::Tensor tensor;
  const auto dimensions = cursor.number<uint32_t>();
  if (dimensions > kMaxDimensions) {
    cursor.fail_damaged("has " + std::to_string(dimensions) + " dimensions, and " +
                        std::to_string(kMaxDimensions) + " are the most");
  }
  for (uint32_t i = 0; i < dimensions; ++i) {
    const auto size = cursor.number<uint64_t>();
    if (!std::in_range<int64_t>(size)) cursor.fail_damaged("a dimension is larger than any memory");
    // GGUF writes the contiguous dimension first.
    tensor.info.shape.insert(tensor.info.shape.begin(), static_cast<int64_t>(size));
  }
  const auto type_id = cursor.number<uint32_t>();
  tensor.type = find_gguf_type(type_id);
  if (tensor.type == nullptr) {
    cursor.fail("has the unknown tensor type " + std::to_string(type_id) +
                "; take a file in F32, F16, BF16, Q8_0, Q4_0 or Q4_1");
  }
  tensor.info.dtype = tensor.type->name;
  const auto offset = cursor.number<uint64_t>();
  if (!std::in_range<int64_t>(offset)) cursor.fail_damaged("its offset is beyond any file");
  tensor.begin = static_cast<size_t>(offset);

  const std::optional<int64_t> elements = element_count(tensor.info.shape);
  const int64_t row = dimensions == 0 ? 1 : tensor.info.shape.back();
  if (row % tensor.type->block_elements != 0) {
    cursor.fail_damaged("its rows of " + std::to_string(row) + " do not fill whole " +
                        tensor.info.dtype + " blocks of " +
                        std::to_string(tensor.type->block_elements));
  }
  // Also in float32, which is what it becomes, it must be addressable.
  int64_t widest = 0;
  if (!elements ||
      __builtin_mul_overflow(*elements, std::max<int64_t>(tensor.type->block_bytes, 4), &widest)) {
    cursor.fail_damaged("is larger than any memory: " + shape_text(tensor.info.shape));
  }
  tensor.info.bytes = *elements / tensor.type->block_elements * tensor.type->block_bytes;
  return tensor;
}

uint64_t alignment(const GgufMetadata& metadata, Cursor& cursor) {
  constexpr int64_t kDefault = 32;
  const auto value = static_cast<uint64_t>(
      metadata.find_int("general.alignment", 1, int64_t{1} << 20).value_or(kDefault));
  if (!std::has_single_bit(value)) {
    cursor.enter("metadata 'general.alignment'");
    cursor.fail_damaged("is " + std::to_string(value) + ", which is not a power of two");
  }
  return value;
}

uint64_t round_up(uint64_t value, uint64_t multiple) {
  return (value + multiple - 1) / multiple * multiple;
}

// As ggml does: each tensor starts where the one before it ends, rounded up; so none overlap.
void place_tensors(std::vector<std::pair<const std::string*, GgufHeader::Tensor*>>& order,
                   uint64_t data_begin, uint64_t align, uint64_t file_size,
                   const std::string& source) {
  uint64_t end = data_begin;
  for (auto& [name, tensor] : order) {
    const uint64_t expected = round_up(end, align);
    const uint64_t begin = data_begin + tensor->begin;
    const std::string place = source + ": tensor " + quote(*name) + ": ";
    if (begin != expected) {
      throw Error(place + "starts at byte " + std::to_string(begin) + " of the file where " +
                  std::to_string(expected) + " is expected; the file is damaged, get it again");
    }
    const auto bytes = static_cast<uint64_t>(tensor->info.bytes);
    if (begin > file_size || bytes > file_size - begin) {
      throw Error(place + "needs " + counted(bytes, "byte") + " from byte " +
                  std::to_string(begin) + " on, and the file has " + std::to_string(file_size) +
                  "; it is cut off, get it again");
    }
    tensor->begin = static_cast<size_t>(begin);
    end = begin + bytes;
  }
  if (file_size > round_up(end, align)) {
    throw Error(source + ": has " + counted(file_size - end, "byte") +
                " after its last tensor; the file is damaged, get it again");
  }
}

void check_version(Cursor& cursor, const std::string& foreign) {
  if (cursor.remaining() < 4 || cursor.take(4) != "GGUF") {
    cursor.fail(foreign.empty()
                    ? "this is not a GGUF file: it does not start with \"GGUF\"; get it again"
                    : foreign);
  }
  const auto version = cursor.number<uint32_t>();
  if (version == 2 || version == 3) return;
  if (__builtin_bswap32(version) <= 3) {
    cursor.fail("the file is a big-endian one; take the little-endian one");
  }
  cursor.fail("the file has GGUF version " + std::to_string(version) +
              ", and 2 and 3 are read here; convert the model again with a current converter");
}

}  // namespace

GgufHeader parse_gguf_header(std::span<const std::byte> file, const std::string& source) {
  constexpr uint64_t kSmallestTensor = 8 + 4 + 4 + 8;  // name, dimensions, type, offset
  constexpr uint64_t kSmallestMetadata = 8 + 4 + 1;    // key, type, value
  Cursor cursor(file, source);
  check_version(cursor, foreign_format(file));
  const uint64_t tensor_count = cursor.count(kSmallestTensor);
  const uint64_t metadata_count = cursor.count(kSmallestMetadata);

  GgufHeader header;
  header.metadata = GgufMetadata(source, read_metadata(cursor, metadata_count));
  std::vector<std::pair<const std::string*, GgufHeader::Tensor*>> order;
  for (uint64_t i = 0; i < tensor_count; ++i) {
    cursor.enter("tensor " + std::to_string(i));
    std::string name = cursor.string(kMaxNameBytes);
    const std::string complaint = tensor_name_complaint(name);
    if (!complaint.empty()) cursor.fail_damaged("its name " + quote(name) + " " + complaint);
    cursor.enter("tensor " + quote(name));
    auto [entry, inserted] = header.tensors.emplace(std::move(name), read_tensor(cursor));
    if (!inserted) cursor.fail_damaged("stands there twice");
    order.emplace_back(&entry->first, &entry->second);
  }
  const uint64_t align = alignment(header.metadata, cursor);
  place_tensors(order, round_up(cursor.position(), align), align, file.size(), source);
  return header;
}

}  // namespace leakprobe
