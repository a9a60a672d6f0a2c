#include "format/sharded.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support.h"

namespace leakprobe {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr const char* kIndex = "model.safetensors.index.json";

std::string refusal(const std::filesystem::path& path) {
  return error_of([&] { WeightFiles::open(path); });
}

TEST(WeightFiles, ReadsOneFileByNameOrByFolder) {
  const TestFolder folder;
  write_safetensors(folder.path() / "model.safetensors",
                    {{"a", torch::ones({2}).to(torch::kFloat16)}});
  for (const auto& path : {folder.path(), folder.path() / "model.safetensors"}) {
    const WeightFiles weights = WeightFiles::open(path);
    EXPECT_THAT(weights.names(), ElementsAre("a"));
    EXPECT_EQ(weights.source(), (folder.path() / "model.safetensors").string());
    EXPECT_TRUE(torch::equal(weights.read_f32("a"), torch::ones({2})));
  }
}

TEST(WeightFiles, ReadsShardsThroughTheIndex) {
  const TestFolder folder;
  write_safetensors(folder.path() / "model-1.safetensors",
                    {{"a", torch::zeros({2})}, {"unlisted", torch::zeros({1})}});
  write_safetensors(folder.path() / "model-2.safetensors", {{"b", torch::ones({3})}});
  folder.write(kIndex, R"({"metadata":{"total_size":20},)"
                       R"("weight_map":{"b":"model-2.safetensors","a":"model-1.safetensors"}})");
  const WeightFiles weights = WeightFiles::open(folder.path());
  EXPECT_THAT(weights.names(), ElementsAre("a", "b"));
  EXPECT_TRUE(torch::equal(weights.read("b"), torch::ones({3})));
  EXPECT_EQ(weights.info("a").shape, std::vector<int64_t>{2});
  EXPECT_FALSE(weights.has("unlisted"));
  EXPECT_THAT(error_of([&] { weights.read("c"); }),
              HasSubstr("model.safetensors.index.json: has no tensor 'c'"));
}

TEST(WeightFiles, RefusesIndexesThatLeadAstray) {
  const TestFolder folder;
  write_safetensors(folder.path() / "s.safetensors", {{"a", torch::zeros({2})}});
  write_safetensors(folder.path() / "sub.safetensors", {{"a", torch::zeros({2})}});
  for (const std::string shard :
       {"../s.safetensors", "/etc/s.safetensors", "sub/s.safetensors", ".safetensors",
        "..safetensors", "s.bin", "", "a\\\\s.safetensors", "s\\u0000.safetensors"}) {
    folder.write(kIndex, R"({"weight_map":{"a":")" + shard + R"("}})");
    EXPECT_THAT(
        refusal(folder.path()),
        HasSubstr("weight_map.a: expected the name of a .safetensors file in the same folder"))
        << shard;
  }
  folder.write(kIndex, R"({"weight_map":{"a":1}})");
  EXPECT_THAT(refusal(folder.path()), HasSubstr("weight_map.a: expected a string, found 1"));
  folder.write(kIndex, R"({"weight_map":{"a":"s.safetensors","a":"s.safetensors"}})");
  EXPECT_THAT(refusal(folder.path()), HasSubstr("'a' stands here twice"));
  folder.write(kIndex, R"({"weight_map":{"z":"s.safetensors"}})");
  EXPECT_THAT(refusal(folder.path()),
              HasSubstr("weight_map.z: the tensor is not in 's.safetensors'; download"));
  folder.write(kIndex, R"({})");
  EXPECT_THAT(refusal(folder.path()), HasSubstr("has no member 'weight_map'"));
}

TEST(WeightFiles, NamesAllMissingShardsAtOnce) {
  const TestFolder folder;
  folder.write(kIndex,
               R"({"weight_map":{"a":"1.safetensors","b":"2.safetensors","c":"2.safetensors"}})");
  EXPECT_THAT(
      refusal(folder.path()),
      HasSubstr("files that are not in its folder: '1.safetensors', '2.safetensors'; download"));
}

TEST(WeightFiles, SaysWhatAFolderWithoutWeightsLacks) {
  const TestFolder folder;
  EXPECT_THAT(refusal(folder.path()), HasSubstr("has neither model.safetensors nor"));
  folder.write("pytorch_model.bin", "x");
  EXPECT_THAT(refusal(folder.path()), HasSubstr("only as pytorch_model.bin"));
  EXPECT_THAT(refusal(folder.path() / "none.safetensors"), HasSubstr("cannot be opened"));
}

}  // namespace
}  // namespace leakprobe
