#include "tokenizer/load.h"

#include <gtest/gtest.h>

#include "format/support.h"
#include "tokenizer/tiny_tokenizer.h"

namespace leakprobe {
namespace {

TEST(LoadTokenizer, TakesAFolderOrAFileWithWhatLiesBesideIt) {
  TestFolder folder;
  const auto file = folder.write("tokenizer.json", tiny_tokenizer().dump());
  folder.write("tokenizer_config.json", R"({"model_max_length": 5})");
  folder.write("special_tokens_map.json", "{}");
  folder.write("vocab.json", "{}");
  for (const auto& path : {folder.path(), file}) {
    const auto files = load_tokenizer(path)->files();
    ASSERT_EQ(files.size(), 3u);
    EXPECT_EQ(files[0], std::pair(std::string("tokenizer.json"), tiny_tokenizer().dump()));
    EXPECT_EQ(files[1].second, R"({"model_max_length": 5})");
    EXPECT_EQ(files[2].first, "special_tokens_map.json");
  }
}

TEST(LoadTokenizer, ErrorsNameThePath) {
  TestFolder folder;
  const std::string path = folder.path().string();
  EXPECT_EQ(error_of([&] { load_tokenizer(folder.path()); }),
            path + ": the folder has no tokenizer.json: add it, or name another tokenizer");
  EXPECT_EQ(error_of([&] {
              load_tokenizer(folder.path() / "none.json");
            }).starts_with(path + "/none.json: "),
            true);
  const auto file = folder.write("tokenizer.json", R"({"model": 1, "model": 2})");
  EXPECT_EQ(error_of([&] { load_tokenizer(file); }).starts_with(file.string() + ":1:"), true);
}

}  // namespace
}  // namespace leakprobe
