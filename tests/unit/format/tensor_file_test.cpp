#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <memory>

#include "format/files.h"
#include "format/safetensors_header.h"
#include "leakprobe/tensors.h"
#include "support.h"

namespace leakprobe {
namespace {

using testing::HasSubstr;

std::string size_bytes(uint64_t size) {
  return std::string(reinterpret_cast<const char*>(&size), sizeof size);
}

std::string file_of(std::string_view header, size_t body = 0) {
  return size_bytes(header.size()) + std::string(header) + std::string(body, '\0');
}

// The header is parsed from memory of exactly its size, so that a sanitizer sees every overrun.
std::string refusal(std::string_view file) {
  const auto exact = std::make_unique<std::byte[]>(file.size());
  if (!file.empty()) std::memcpy(exact.get(), file.data(), file.size());
  return error_of([&] { parse_safetensors_header({exact.get(), file.size()}, "m.safetensors"); });
}

std::string tensor(std::string_view name, int begin, int end, std::string_view dtype = "F32",
                   std::string_view shape = "") {
  return "\"" + std::string(name) + "\":{\"dtype\":\"" + std::string(dtype) + "\",\"shape\":[" +
         (shape.empty() ? std::to_string((end - begin) / 4) : std::string(shape)) +
         "],\"data_offsets\":[" + std::to_string(begin) + "," + std::to_string(end) + "]}";
}

TEST(SafetensorsHeader, AcceptsWhatTheFormatAllows) {
  EXPECT_EQ(refusal(file_of("{" + tensor("a", 0, 8) + "}", 8)), "no error");
  EXPECT_EQ(refusal(file_of("{}")), "no error");
  EXPECT_EQ(refusal(file_of("{}      ")), "no error") << "padded";
  EXPECT_EQ(refusal(file_of("{" + tensor("b", 8, 16) + "," + tensor("a", 0, 8) + "}", 16)),
            "no error")
      << "the header's order is free";
  EXPECT_EQ(refusal(file_of(R"({"a":{"dtype":"F32","shape":[],"data_offsets":[0,4]}})", 4)),
            "no error")
      << "scalar";
  EXPECT_EQ(
      refusal(file_of("{" + tensor("a", 0, 0, "F32", "0,5") + "," + tensor("b", 0, 4) + "}", 4)),
      "no error")
      << "empty";
  EXPECT_EQ(refusal(file_of(R"({"__metadata__":{"k":"v"},)" + tensor("a", 0, 8) + "}", 8)),
            "no error");
  EXPECT_EQ(refusal(file_of(R"({"__metadata__":null,)" + tensor("a", 0, 8) + "}", 8)), "no error")
      << "as good as none";
  EXPECT_EQ(refusal(file_of("{" + tensor("a", 0, 4, "F8_E4M3", "4") + "}", 4)), "no error")
      << "known, though not read";
  EXPECT_EQ(refusal(file_of("{" + tensor("scope/a", 0, 4) + "}", 4)), "no error");
}

struct Refused {
  const char* what;
  std::string file;
  const char* message;
};

TEST(SafetensorsHeader, RefusesEverythingElse) {
  const std::string deep = R"({"a":)" + std::string(100000, '[') + std::string(100000, ']') + "}";
  const std::vector<Refused> cases = {
      {"empty file", "", "has only 0 bytes"},
      {"7 bytes", std::string(7, '\0'), "has only 7 bytes"},
      {"no header", size_bytes(0), "does not start with '{'"},
      {"header of 2^63", size_bytes(uint64_t{1} << 63) + "{}", "not a safetensors file"},
      {"header over the limit", size_bytes(100000001) + "{}", "more than 100000000"},
      {"header over the file", size_bytes(50) + "{}", "cut off in its header"},
      {"duplicate tensor", file_of("{" + tensor("a", 0, 8) + "," + tensor("a", 0, 8) + "}", 8),
       "'a' stands here twice"},
      {"duplicate member",
       file_of(R"({"a":{"dtype":"F32","dtype":"F32","shape":[2],"data_offsets":[0,8]}})", 8),
       "'dtype' stands here twice"},
      {"unknown member",
       file_of(R"({"a":{"dtype":"F32","x":1,"shape":[2],"data_offsets":[0,8]}})", 8),
       "a: has the member 'x'"},
      {"no shape", file_of(R"({"a":{"dtype":"F32","data_offsets":[0,8]}})", 8),
       "m.safetensors (header): a: has no member 'shape'"},
      {"hole", file_of("{" + tensor("a", 0, 8) + "," + tensor("b", 12, 20) + "}", 20),
       "tensor 'b' follows bytes of no tensor"},
      {"overlap", file_of("{" + tensor("a", 0, 8) + "," + tensor("b", 4, 12) + "}", 12),
       "tensor 'b' overlaps another one"},
      {"the same bytes twice", file_of("{" + tensor("a", 0, 8) + "," + tensor("b", 0, 8) + "}", 8),
       "overlaps another one"},
      {"bytes at the end", file_of("{" + tensor("a", 0, 8) + "}", 9), "has 1 byte after its last"},
      {"bytes and no tensor", file_of("{}", 3), "has 3 bytes after its last"},
      {"short body", file_of("{" + tensor("a", 0, 8) + "}", 7), "the file is cut off"},
      {"starts late", file_of("{" + tensor("a", 4, 12) + "}", 12), "follows bytes of no tensor"},
      {"wrong size", file_of("{" + tensor("a", 0, 8, "F32", "3") + "}", 8),
       "a.data_offsets: spans 8 bytes, but F32 (3) needs 12"},
      {"size overflows", file_of("{" + tensor("a", 0, 8, "F32", "9223372036854775807,4") + "}", 8),
       "a.shape: is larger than any memory"},
      {"bits overflow", file_of("{" + tensor("a", 0, 8, "F32", "2305843009213693952") + "}", 8),
       "is larger than any memory"},
      {"strides of an empty one overflow",
       file_of("{" + tensor("a", 0, 0, "F32", "0,4611686018427387904,4") + "}", 0),
       "is larger than any memory"},
      {"size beyond int64", file_of("{" + tensor("a", 0, 8, "F32", "9223372036854775808") + "}", 8),
       "a.shape[0]: expected an integer of at least 0"},
      {"too many dimensions",
       file_of("{" +
                   tensor("a", 0, 4, "F32",
                          [] {
                            std::string ones = "1";
                            for (int i = 0; i < 64; ++i) ones += ",1";
                            return ones;
                          }()) +
                   "}",
               4),
       "expected a list of at most 64 sizes"},
      {"negative size", file_of("{" + tensor("a", 0, 8, "F32", "-2") + "}", 8),
       "expected an integer of at least 0, found -2"},
      {"negative offset", file_of("{" + tensor("a", -8, 0, "F32", "2") + "}", 8),
       "a.data_offsets[0]: expected an integer of at least 0, found -8"},
      {"end before begin", file_of("{" + tensor("a", 8, 0, "F32", "2") + "}", 8),
       "the end stands before the begin"},
      {"offset 2^63",
       file_of(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,9223372036854775808]}})", 8),
       "expected an integer of at least 0"},
      {"fractional offset",
       file_of(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0.0,8.0]}})", 8), "found 0.0"},
      {"three offsets", file_of(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8,8]}})", 8),
       "expected [begin, end]"},
      {"unknown type", file_of("{" + tensor("a", 0, 8, "F99") + "}", 8), "there is no type 'F99'"},
      {"lower-case type", file_of("{" + tensor("a", 0, 8, "f32") + "}", 8),
       "there is no type 'f32'"},
      {"metadata integer", file_of(R"({"__metadata__":{"k":1}})"), "expected a string, found 1"},
      {"metadata list", file_of(R"({"__metadata__":[]})"), "expected an object, found an array"},
      {"metadata twice", file_of(R"({"__metadata__":{},"__metadata__":{}})"), "stands here twice"},
      {"metadata key twice", file_of(R"({"__metadata__":{"a":"1","a":"2"}})"), "stands here twice"},
      {"leading space", file_of(" {}"), "does not start with '{'"},
      {"byte order mark", file_of("\xEF\xBB\xBF{}"), "does not start with '{'"},
      {"NUL padding", file_of(std::string_view("{}\0\0", 4)), "is not valid JSON"},
      {"junk", file_of("{}x"), "is not valid JSON"},
      {"a list", file_of("[]"), "does not start with '{'"},
      {"bad UTF-8", file_of("{\"\xff\":1}"), "ill-formed UTF-8"},
      {"NUL in a name", file_of("{" + tensor("a\\u0000b", 0, 4) + "}", 4),
       "'a\\x00b' has characters that cannot be seen"},
      {"path as a name", file_of("{" + tensor("../../etc/x", 0, 4) + "}", 4),
       "'../../etc/x' is a path"},
      {"absolute path", file_of("{" + tensor("/etc/x", 0, 4) + "}", 4), "'/etc/x' is a path"},
      {"backslash", file_of("{" + tensor("a\\\\b", 0, 4) + "}", 4), "has a backslash"},
      {"empty name", file_of("{" + tensor("", 0, 4) + "}", 4), "'' is empty"},
      {"deep", file_of(deep), "is nested more than 8 levels"},
      {"NaN", file_of(R"({"a":NaN})"), "is not valid JSON"},
      {"a number for a tensor", file_of(R"({"a":1})"), "a: expected an object, found 1"},
      {"half bytes", file_of("{" + tensor("a", 0, 2, "F4", "3") + "}", 2),
       "does not fill whole bytes"},
  };
  for (const Refused& refused : cases) {
    EXPECT_THAT(refusal(refused.file), HasSubstr(refused.message)) << refused.what;
    EXPECT_THAT(refusal(refused.file), testing::StartsWith("m.safetensors")) << refused.what;
  }
}

TEST(SafetensorsHeader, EveryTruncationIsRefusedAndEveryFlipEndsWell) {
  const std::string file =
      file_of(R"({"__metadata__":{"k":"v"},)" + tensor("a", 0, 8) + "," +
                  tensor("b", 8, 10, "F16", "1") + "," + tensor("c", 10, 12, "BOOL", "2") + "}",
              12);
  ASSERT_EQ(refusal(file), "no error");
  for (size_t length = 0; length < file.size(); ++length) {
    EXPECT_NE(refusal(std::string_view(file).substr(0, length)), "no error") << length;
  }
  for (size_t i = 0; i < file.size(); ++i) {
    for (const int mask : {1, 2, 4, 8, 16, 32, 64, 128, 255}) {
      std::string changed = file;
      changed[i] = static_cast<char>(changed[i] ^ mask);
      refusal(changed);
    }
  }
}

TEST(TensorFile, ReadsEveryTypeAsWritten) {
  const TestFolder folder;
  const auto path = folder.path() / "all.safetensors";
  NamedTensors written;
  for (const auto type :
       {torch::kFloat64, torch::kFloat32, torch::kFloat16, torch::kBFloat16, torch::kInt64,
        torch::kInt32, torch::kInt16, torch::kInt8, torch::kUInt8, torch::kBool}) {
    written.emplace_back(std::string("t.") + c10::toString(type),
                         torch::arange(6).sub(type == torch::kUInt8 ? 0 : 3).to(type).view({2, 3}));
  }
  written.emplace_back("scalar", torch::tensor(2.5f));
  written.emplace_back("empty", torch::empty({0, 4}));
  written.emplace_back("transposed", torch::arange(6).view({2, 3}).t());
  written.emplace_back("expanded", torch::tensor({7.0f}).expand({3}));
  write_safetensors(path, written, {{"format", "pt"}});

  const TensorFile file = TensorFile::open(path);
  EXPECT_EQ(file.source(), path.string());
  EXPECT_EQ(file.metadata().at("format"), "pt");
  EXPECT_EQ(file.names().size(), written.size());
  EXPECT_TRUE(std::is_sorted(file.names().begin(), file.names().end()));
  for (const auto& [name, tensor] : written) {
    ASSERT_TRUE(file.has(name));
    EXPECT_EQ(file.info(name).shape, tensor.sizes().vec()) << name;
    const torch::Tensor read = file.read(name);
    EXPECT_EQ(read.scalar_type(), tensor.scalar_type()) << name;
    EXPECT_TRUE(read.is_contiguous());
    EXPECT_TRUE(torch::equal(read, tensor)) << name;
  }
  EXPECT_EQ(file.info("t.BFloat16").dtype, "BF16");
  EXPECT_EQ(file.info("t.BFloat16").bytes, 12);
  EXPECT_EQ(file.read_f32("t.Half").scalar_type(), torch::kFloat32);
  EXPECT_THAT(error_of([&] { file.read_f32("t.Long"); }),
              HasSubstr("tensor 't.Long' holds I64 where floating-point numbers are needed"));
  EXPECT_THAT(error_of([&] { file.read("none"); }), HasSubstr("has no tensor 'none'"));
  EXPECT_THAT(error_of([&] { file.info("none"); }), HasSubstr("has no tensor 'none'"));
}

TEST(TensorFile, ReadTensorsAreTheReadersOwn) {
  const TestFolder folder;
  const auto path = folder.path() / "m.safetensors";
  write_safetensors(path, {{"a", torch::ones({2})}});
  torch::Tensor first;
  {
    const TensorFile file = TensorFile::open(path);
    first = file.read("a");
    first.zero_();
    EXPECT_TRUE(torch::equal(file.read("a"), torch::ones({2})));
  }
  EXPECT_TRUE(torch::equal(first, torch::zeros({2})));
}

TEST(TensorFile, RefusesTypesItCannotRepresentWhenTheyAreRead) {
  const TestFolder folder;
  const TensorFile file = TensorFile::open(folder.write(
      "m.safetensors",
      file_of("{" + tensor("a", 0, 4, "F8_E4M3", "4") + "," + tensor("b", 4, 8, "F32", "1") + "}",
              8)));
  EXPECT_EQ(file.info("a").dtype, "F8_E4M3");
  EXPECT_EQ(file.unreadable("a"),
            "the type F8_E4M3 is not read here; convert it to F32, F16 or BF16");
  EXPECT_EQ(file.unreadable("b"), "");
  EXPECT_THAT(error_of([&] { file.read("a"); }),
              HasSubstr("tensor 'a': the type F8_E4M3 is not read"));
  EXPECT_EQ(file.read("b").item<float>(), 0.0f);
  const auto bad_bool = folder.write(
      "b.safetensors", file_of("{" + tensor("a", 0, 1, "BOOL", "1") + "}") + std::string("\2"));
  EXPECT_THAT(error_of([&] { TensorFile::open(bad_bool).read("a"); }),
              HasSubstr("holds bytes other than 0 and 1 as BOOL"));
}

TEST(TensorFile, ReadsUnsignedIntegersOfEveryWidth) {
  const TestFolder folder;
  const TensorFile file = TensorFile::open(folder.write(
      "u.safetensors",
      file_of("{" + tensor("a", 0, 4, "U16", "2") + "," + tensor("b", 4, 8, "U32", "1") + "," +
              tensor("c", 8, 16, "U64", "1") + "}") +
          std::string("\xff\xff\1\0\xff\xff\xff\xff\7\0\0\0\0\0\0\0", 16)));
  EXPECT_EQ(file.read("a").to(torch::kInt64)[0].item<int64_t>(), 65535);
  EXPECT_EQ(file.read("b").to(torch::kInt64)[0].item<int64_t>(), 4294967295);
  EXPECT_EQ(file.read("c").to(torch::kInt64)[0].item<int64_t>(), 7);
}

TEST(WriteSafetensors, EqualsTheReferenceImplementationByteForByte) {
  const TestFolder folder;
  const auto path = folder.path() / "m.safetensors";
  write_safetensors(path,
                    {{"b", torch::tensor({1.0f})},
                     {"a", torch::tensor({2.0f})},
                     {"z", torch::tensor({int64_t{3}})},
                     {"h", torch::tensor({1.0f}).to(torch::kFloat16)}},
                    {{"format", "pt"}});
  const std::string header =
      R"({"__metadata__":{"format":"pt"},"z":{"dtype":"I64","shape":[1],"data_offsets":[0,8]},)"
      R"("a":{"dtype":"F32","shape":[1],"data_offsets":[8,12]},)"
      R"("b":{"dtype":"F32","shape":[1],"data_offsets":[12,16]},)"
      R"("h":{"dtype":"F16","shape":[1],"data_offsets":[16,18]}})";
  const std::string padded = header + std::string((8 - header.size() % 8) % 8, ' ');
  const std::string body("\3\0\0\0\0\0\0\0\0\0\0\x40\0\0\x80\x3f\0\x3c", 18);
  EXPECT_EQ(read_file(path), size_bytes(padded.size()) + padded + body);
}

TEST(WriteSafetensors, RefusesWhatCouldNotBeReadAndLeavesTheOldFile) {
  const TestFolder folder;
  const auto path = folder.path() / "m.safetensors";
  write_safetensors(path, {});
  EXPECT_TRUE(TensorFile::open(path).names().empty());
  const torch::Tensor t = torch::ones({1});
  EXPECT_THAT(error_of([&] {
                write_safetensors(path, {{"a", t}, {"a", t}});
              }),
              HasSubstr("'a' is given twice"));
  EXPECT_THAT(error_of([&] { write_safetensors(path, {{"../a", t}}); }), HasSubstr("is a path"));
  EXPECT_THAT(error_of([&] { write_safetensors(path, {{"", t}}); }), HasSubstr("is empty"));
  EXPECT_THAT(error_of([&] {
                write_safetensors(path, {{"__metadata__", t}});
              }),
              HasSubstr("is reserved"));
  EXPECT_THAT(error_of([&] {
                write_safetensors(path, {{"a", t.to(torch::kComplexFloat)}});
              }),
              HasSubstr("has the type ComplexFloat, which is not written"));
  EXPECT_TRUE(TensorFile::open(path).names().empty());
}

}  // namespace
}  // namespace leakprobe
