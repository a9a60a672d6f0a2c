#include "format/gguf.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <memory>

#include "format/files.h"
#include "format/gguf_header.h"
#include "support.h"

namespace leakprobe {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// Written with gguf-py; the values that gguf-py dequantises lie beside it.
const std::filesystem::path kFixtures = std::filesystem::path(LEAKPROBE_TEST_FIXTURES) / "format";

// Bytes of a GGUF file, piece by piece.
class Bytes {
 public:
  template <class Number>
  Bytes& number(Number value) {
    text_.append(reinterpret_cast<const char*>(&value), sizeof value);
    return *this;
  }
  Bytes& u32(uint32_t value) { return number(value); }
  Bytes& u64(uint64_t value) { return number(value); }
  Bytes& string(std::string_view text) {
    u64(text.size());
    text_ += text;
    return *this;
  }
  Bytes& raw(std::string_view text) {
    text_ += text;
    return *this;
  }
  Bytes& start(uint64_t tensors, uint64_t metadata, uint32_t version = 3) {
    return raw("GGUF").u32(version).u64(tensors).u64(metadata);
  }
  Bytes& tensor(std::string_view name, std::vector<uint64_t> sizes, uint32_t type,
                uint64_t offset) {
    string(name).u32(static_cast<uint32_t>(sizes.size()));
    for (const uint64_t size : sizes) u64(size);
    return u32(type).u64(offset);
  }
  Bytes& pad(size_t alignment = 32) {
    text_.resize((text_.size() + alignment - 1) / alignment * alignment);
    return *this;
  }
  Bytes& zeros(size_t count) {
    text_.append(count, '\0');
    return *this;
  }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

// Parsed from memory of exactly its size, so that a sanitizer sees every overrun.
std::string refusal(std::string_view file) {
  const auto exact = std::make_unique<std::byte[]>(file.size());
  if (!file.empty()) std::memcpy(exact.get(), file.data(), file.size());
  return error_of([&] { parse_gguf_header({exact.get(), file.size()}, "m.gguf"); });
}

std::string refusal(const Bytes& bytes) { return refusal(bytes.text()); }

TEST(Gguf, DequantisesEveryReadTypeAsGgufPyDoes) {
  const GgufFile file = GgufFile::open(kFixtures / "quantised.gguf");
  const TensorFile expected = TensorFile::open(kFixtures / "dequantised.safetensors");
  EXPECT_EQ(file.names(), expected.names());
  for (const std::string& name : file.names()) {
    EXPECT_EQ(file.info(name).shape, expected.info(name).shape) << name;
    const torch::Tensor read = file.read(name);
    EXPECT_EQ(read.scalar_type(), torch::kFloat32);
    EXPECT_TRUE(torch::equal(read, expected.read(name))) << name;
    EXPECT_EQ(file.info(name).dtype, name == "vector" ? "F32" : name);
  }
  EXPECT_EQ(file.info("Q4_1").bytes, 3 * 2 * 20);
  EXPECT_THAT(error_of([&] { file.read("none"); }), HasSubstr("has no tensor 'none'"));
}

TEST(Gguf, ReadsMetadataOfEveryType) {
  const GgufFile file = GgufFile::open(kFixtures / "quantised.gguf");
  const GgufMetadata& metadata = file.metadata();
  EXPECT_EQ(metadata.get_string("general.architecture"), "llama");
  EXPECT_EQ(metadata.get_int("t.u8"), 255);
  EXPECT_EQ(metadata.get_int("t.i8"), -128);
  EXPECT_EQ(metadata.get_int("t.u16"), 65535);
  EXPECT_EQ(metadata.get_int("t.i16"), -32768);
  EXPECT_EQ(metadata.get_int("t.u32"), 4294967295);
  EXPECT_EQ(metadata.get_int("t.i32"), -2147483648);
  EXPECT_EQ(metadata.get_int("t.u64"), std::numeric_limits<int64_t>::max());
  EXPECT_EQ(metadata.get_int("t.i64"), std::numeric_limits<int64_t>::min());
  EXPECT_EQ(metadata.get_double("t.f32"), static_cast<double>(0.1f));
  EXPECT_EQ(metadata.get_double("t.f64"), 0.1);
  EXPECT_EQ(metadata.get_double("t.u8"), 255.0);
  EXPECT_TRUE(metadata.get_bool("t.bool"));
  EXPECT_EQ(metadata.get_string("t.string"),
            "a\xC4\xA0"
            "b");
  EXPECT_THAT(metadata.get_strings("t.strings"), ElementsAre("\xC4\xA0 t", "", "\xC3\xA9"));
  EXPECT_THAT(metadata.get_ints("t.ints"), ElementsAre(1, -2, 3));
  EXPECT_THAT(metadata.get_doubles("t.floats"), ElementsAre(0.5, -1.5));
  EXPECT_EQ(std::get<std::vector<bool>>(metadata.entries().at("t.bools")),
            (std::vector<bool>{true, false}));
  EXPECT_EQ(metadata.find_int("absent"), std::nullopt);
  EXPECT_EQ(metadata.find_string("t.string"), metadata.get_string("t.string"));
}

TEST(Gguf, MetadataErrorsNameFileAndKey) {
  const GgufFile file = GgufFile::open(kFixtures / "quantised.gguf");
  const GgufMetadata& metadata = file.metadata();
  EXPECT_THAT(error_of([&] { metadata.get_int("absent"); }),
              HasSubstr("quantised.gguf: metadata 'absent': is not in the file"));
  EXPECT_THAT(error_of([&] { metadata.get_int("t.f32"); }),
              HasSubstr("metadata 't.f32': expected an integer, found a number"));
  EXPECT_THAT(error_of([&] { metadata.get_int("t.u8", 0, 100); }),
              HasSubstr("expected an integer from 0 to 100, found 255"));
  EXPECT_THAT(error_of([&] { metadata.find_bool("t.ints"); }),
              HasSubstr("expected true or false, found a list of integers"));
  EXPECT_THAT(error_of([&] { metadata.get_double("t.i64"); }), HasSubstr("expected a number"));
}

TEST(Gguf, ReadsTheOlderVersionAndOtherAlignments) {
  EXPECT_EQ(refusal(Bytes().start(0, 0, 2)), "no error");
  const Bytes aligned = Bytes()
                            .start(2, 1)
                            .string("general.alignment")
                            .u32(4)
                            .u32(8)
                            .tensor("a", {3}, 0, 0)
                            .tensor("b", {1}, 0, 16)
                            .pad(8)
                            .zeros(12)
                            .pad(8)
                            .zeros(4);
  EXPECT_EQ(refusal(aligned), "no error");
}

TEST(Gguf, RefusesDamagedHeaders) {
  EXPECT_THAT(refusal(""), HasSubstr("not a GGUF file"));
  EXPECT_THAT(refusal("GGML\1\0\0\0"), HasSubstr("not a GGUF file"));
  EXPECT_THAT(refusal(Bytes().start(0, 0, 1)), HasSubstr("has GGUF version 1"));
  EXPECT_THAT(refusal(Bytes().start(0, 0, 0x03000000)), HasSubstr("big-endian"));
  EXPECT_THAT(refusal(Bytes().start(uint64_t{1} << 60, 0)),
              HasSubstr("more than the file has bytes"));
  EXPECT_THAT(refusal(Bytes().start(0, uint64_t{1} << 60)),
              HasSubstr("more than the file has bytes"));
}

TEST(Gguf, RefusesDamagedMetadata) {
  const auto entry = [] { return Bytes().start(0, 1).string("k"); };
  EXPECT_THAT(refusal(entry().u32(13).u64(0)), HasSubstr("metadata 'k' (byte"));
  EXPECT_THAT(refusal(entry().u32(13).u64(0)), HasSubstr("has the unknown type 13"));
  EXPECT_THAT(refusal(entry().u32(9).u32(9).u64(0)), HasSubstr("lists inside lists"));
  EXPECT_THAT(refusal(entry().u32(9).u32(0).u64(~uint64_t{0})),
              HasSubstr("more than the file has"));
  EXPECT_THAT(refusal(entry().u32(9).u32(8).u64(uint64_t{1} << 61)),
              HasSubstr("more than the file has"));
  EXPECT_THAT(refusal(entry().u32(8).u64(~uint64_t{0})), HasSubstr("too long"));
  EXPECT_THAT(refusal(entry().u32(7).raw("\2")), HasSubstr("neither 0 nor 1"));
  EXPECT_THAT(refusal(entry().u32(10).u64(uint64_t{1} << 63)),
              HasSubstr("too large to be a setting"));
  EXPECT_THAT(refusal(Bytes().start(0, 1).u64(70000).zeros(70010)), HasSubstr("too long"));
  EXPECT_THAT(refusal(Bytes().start(0, 2).string("k").u32(0).raw("x").string("k").u32(0).raw("x")),
              HasSubstr("metadata 'k' (byte 52): stands there twice"));
  const auto aligned = [](uint32_t value) {
    return Bytes().start(0, 1).string("general.alignment").u32(4).u32(value);
  };
  EXPECT_THAT(refusal(aligned(24)), HasSubstr("not a power of two"));
  EXPECT_THAT(refusal(aligned(0)), HasSubstr("expected an integer from 1"));
}

TEST(Gguf, RefusesDamagedTensors) {
  const auto one = [](std::string_view name, std::vector<uint64_t> sizes, uint32_t type,
                      uint64_t offset = 0) {
    return Bytes().start(1, 0).tensor(name, std::move(sizes), type, offset).pad();
  };
  EXPECT_EQ(refusal(one("a", {4}, 0).zeros(16)), "no error");
  EXPECT_EQ(refusal(one("a", {4}, 0).zeros(16).pad()), "no error") << "padded at the end";
  EXPECT_EQ(refusal(one("a", {}, 0).zeros(4)), "no error") << "scalar";
  EXPECT_EQ(refusal(one("a", {0}, 0)), "no error") << "empty";
  EXPECT_THAT(refusal(one("a", {4}, 0).zeros(15)), HasSubstr("tensor 'a': needs 16 bytes"));
  EXPECT_THAT(refusal(one("a", {4}, 0).zeros(33)), HasSubstr("bytes after its last tensor"));
  EXPECT_THAT(refusal(one("a", {4}, 0, 32).zeros(48)), HasSubstr("starts at byte"));
  EXPECT_THAT(refusal(one("a", {4}, 0, ~uint64_t{0} >> 1)), HasSubstr("starts at byte"));
  EXPECT_THAT(refusal(one("a", {4}, 0, ~uint64_t{0})), HasSubstr("beyond any file"));
  EXPECT_THAT(refusal(one("a", {1, 1, 1, 1, 1}, 0)), HasSubstr("has 5 dimensions"));
  EXPECT_THAT(refusal(one("a", {~uint64_t{0}}, 0)), HasSubstr("larger than any memory"));
  EXPECT_THAT(refusal(one("a", {uint64_t{1} << 40, uint64_t{1} << 40}, 0)),
              HasSubstr("larger than any memory"));
  EXPECT_THAT(refusal(one("a", {uint64_t{1} << 62}, 0)), HasSubstr("larger than any memory"));
  EXPECT_THAT(refusal(one("a", {33}, 2)), HasSubstr("do not fill whole Q4_0 blocks of 32"));
  EXPECT_THAT(refusal(one("a", {4}, 4)), HasSubstr("unknown tensor type 4"));
  EXPECT_THAT(refusal(one("a", {4}, 4000)), HasSubstr("unknown tensor type 4000"));
  EXPECT_THAT(refusal(one("../a", {4}, 0)), HasSubstr("is a path"));
  EXPECT_THAT(refusal(one("", {4}, 0)), HasSubstr("is empty"));
  EXPECT_THAT(
      refusal(Bytes().start(2, 0).tensor("a", {4}, 0, 0).tensor("a", {4}, 0, 32).pad().zeros(48)),
      HasSubstr("stands there twice"));
  EXPECT_THAT(
      refusal(Bytes().start(2, 0).tensor("a", {4}, 0, 0).tensor("b", {4}, 0, 0).pad().zeros(16)),
      HasSubstr("tensor 'b': starts at byte"));
}

TEST(Gguf, OtherTypesAreKnownButRefusedWhenRead) {
  const TestFolder folder;
  const GgufFile file = GgufFile::open(folder.write(
      "m.gguf", Bytes().start(1, 0).tensor("a", {256}, 14, 0).pad().zeros(210).text()));
  EXPECT_EQ(file.info("a").dtype, "Q6_K");
  EXPECT_THAT(error_of([&] { file.read("a"); }),
              HasSubstr("tensor 'a': the type Q6_K is not read here; take a file in"));
}

TEST(Gguf, EveryTruncationIsRefusedAndEveryFlipEndsWell) {
  const std::string file = read_file(kFixtures / "quantised.gguf");
  ASSERT_EQ(refusal(file), "no error");
  // The file ends in padding, whose loss is harmless; "vector" is the last tensor, of 20 bytes.
  const size_t needed = file.size() - 12;
  for (size_t length = 0; length < needed; ++length) {
    EXPECT_NE(refusal(std::string_view(file).substr(0, length)), "no error") << length;
  }
  const size_t header_size = file.find("vector") + 64;
  for (size_t i = 0; i < header_size; ++i) {
    for (const int mask : {1, 2, 4, 8, 16, 32, 64, 128, 255}) {
      std::string changed = file;
      changed[i] = static_cast<char>(changed[i] ^ mask);
      refusal(changed);
    }
  }
}

TEST(Gguf, FilesWithFlippedNumbersAreRead) {
  const TestFolder folder;
  const std::string file = read_file(kFixtures / "quantised.gguf");
  for (size_t i = file.size() - 700; i < file.size(); i += 3) {
    std::string changed = file;
    changed[i] = static_cast<char>(~changed[i]);
    const GgufFile damaged = GgufFile::open(folder.write("m.gguf", changed));
    for (const std::string& name : damaged.names()) damaged.read(name);
  }
}

}  // namespace
}  // namespace leakprobe
