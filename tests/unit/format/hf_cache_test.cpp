#include "format/hf_cache.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pwd.h>
#include <unistd.h>

#include <cstdlib>

#include "environment.h"
#include "format/files.h"
#include "support.h"

namespace leakprobe {
namespace {

using testing::AllOf;
using testing::HasSubstr;

class HfCache : public testing::Test {
 protected:
  void SetUp() override { set("HF_HUB_CACHE", folder_.path() / "hub"); }

  static void set(const char* name, const std::filesystem::path& value) {
    ::setenv(name, value.c_str(), 1);
  }

  TestFolder folder_;

 private:
  const UnsetVariables variables_{"HF_HUB_CACHE",
                                  "HUGGINGFACE_HUB_CACHE",
                                  "HF_HOME",
                                  "XDG_CACHE_HOME",
                                  "HOME",
                                  "LEAKPROBE_TEST_BASE",
                                  "TRANSFORMERS_CACHE",
                                  "PYTORCH_TRANSFORMERS_CACHE",
                                  "PYTORCH_PRETRAINED_BERT_CACHE"};
};

TEST_F(HfCache, TheCacheIsWhereTheHuggingFaceLibraryPutsIt) {
  EXPECT_EQ(hf_cache_folder(), folder_.path() / "hub");
  ::unsetenv("HF_HUB_CACHE");
  set("HOME", "/home/u");
  EXPECT_EQ(hf_cache_folder(), "/home/u/.cache/huggingface/hub");
  set("XDG_CACHE_HOME", "/c");
  EXPECT_EQ(hf_cache_folder(), "/c/huggingface/hub");
  set("HF_HOME", "~/hf");
  EXPECT_EQ(hf_cache_folder(), "/home/u/hf/hub");
  set("HF_HUB_CACHE", "");
  EXPECT_EQ(hf_cache_folder(), "/home/u/hf/hub") << "empty is the same as not set";
}

TEST_F(HfCache, TheOlderNameOfTheVariableComesSecond) {
  set("HUGGINGFACE_HUB_CACHE", "/older");
  EXPECT_EQ(hf_cache_folder(), folder_.path() / "hub");
  ::unsetenv("HF_HUB_CACHE");
  set("HF_HOME", "/home");
  EXPECT_EQ(hf_cache_folder(), "/older");
}

TEST_F(HfCache, VariablesAndHomesAreExpanded) {
  set("LEAKPROBE_TEST_BASE", "/base");
  for (const auto& [text, path] :
       {std::pair{"$LEAKPROBE_TEST_BASE/hub", "/base/hub"},
        std::pair{"${LEAKPROBE_TEST_BASE}x/hub", "/basex/hub"},
        std::pair{"$LEAKPROBE_TEST_UNSET/hub", "$LEAKPROBE_TEST_UNSET/hub"},
        std::pair{"${LEAKPROBE_TEST_BASE/hub", "${LEAKPROBE_TEST_BASE/hub"},
        std::pair{"/a$", "/a$"}, std::pair{"/a$$b", "/a$$b"}, std::pair{"~root/hub", "/root/hub"},
        std::pair{"~nobody_of_this_name/hub", "~nobody_of_this_name/hub"}}) {
    set("HF_HUB_CACHE", text);
    EXPECT_EQ(hf_cache_folder(), path);
  }
}

TEST_F(HfCache, WithoutHomeTheUsersEntrySaysWhereItIs) {
  ::unsetenv("HF_HUB_CACHE");
  const passwd* user = ::getpwuid(::getuid());
  if (user == nullptr) GTEST_SKIP() << "this user has no entry";
  EXPECT_EQ(hf_cache_folder(), std::filesystem::path(user->pw_dir) / ".cache/huggingface/hub");
}

TEST_F(HfCache, FindsFoldersAndFilesRelativeToTheBase) {
  const auto file = folder_.write("exp/models/m.gguf", "x");
  EXPECT_EQ(find_model("models/m.gguf", folder_.path() / "exp").path, file);
  EXPECT_EQ(find_model("../exp/models", folder_.path() / "exp").path,
            folder_.path() / "exp/models");
  EXPECT_EQ(find_model(file.string(), "/elsewhere").path, file);
}

TEST_F(HfCache, FindsSnapshotsByBranchTagAndCommit) {
  const std::string repository = "hub/models--EleutherAI--pythia-160m/";
  folder_.write(repository + "refs/main", "50f5173d\n");
  folder_.write(repository + "refs/refs/pr/1", "aa11");
  folder_.write(repository + "snapshots/50f5173d/config.json", "{}");
  folder_.write(repository + "snapshots/aa11/config.json", "{}");
  const auto snapshots = folder_.path() / repository / "snapshots";
  const std::string name = "EleutherAI/pythia-160m";
  EXPECT_EQ(find_model(name, "/").path, snapshots / "50f5173d");
  EXPECT_EQ(find_model(name + "@main", "/").path, snapshots / "50f5173d");
  EXPECT_EQ(find_model(name + "@aa11", "/").path, snapshots / "aa11");
  EXPECT_EQ(find_model(name, "/", "refs/pr/1").path, snapshots / "aa11");
  const ModelPath other = find_model(name, "/", "step1000");
  EXPECT_FALSE(other.found());
  EXPECT_THAT(other.problem,
              AllOf(HasSubstr("but not its revision 'step1000'"),
                    HasSubstr("hf download EleutherAI/pythia-160m --revision step1000")));
}

TEST_F(HfCache, AnExistingFolderIsPreferredToTheCache) {
  folder_.write("hub/models--a--b/refs/main", "c1");
  folder_.write("hub/models--a--b/snapshots/c1/config.json", "{}");
  folder_.write("a/b/config.json", "{}");
  EXPECT_EQ(find_model("a/b", folder_.path()).path, folder_.path() / "a/b");
  EXPECT_EQ(find_model("a/b", "/").path, folder_.path() / "hub/models--a--b/snapshots/c1");
}

TEST_F(HfCache, SaysWhatWasLookedForAndHowToGetIt) {
  const ModelPath missing = find_model("EleutherAI/pythia-70m", "/base");
  EXPECT_FALSE(missing.found());
  EXPECT_EQ(
      missing.problem,
      "there is no file or folder '/base/EleutherAI/pythia-70m', and no model "
      "'EleutherAI/pythia-70m' in the Hugging Face cache (" +
          (folder_.path() / "hub").string() +
          ", by HF_HUB_CACHE, HUGGINGFACE_HUB_CACHE, HF_HOME or XDG_CACHE_HOME) or an older one "
          "(by TRANSFORMERS_CACHE, PYTORCH_TRANSFORMERS_CACHE or PYTORCH_PRETRAINED_BERT_CACHE); "
          "get it with: hf download EleutherAI/pythia-70m");
}

TEST_F(HfCache, AModelThatWasNotFetchedIsCalledSo) {
  folder_.write("model.gguf.dvc", "outs:\n- md5: ab\n");
  EXPECT_THAT(find_model("model.gguf", folder_.path()).problem,
              HasSubstr("model.gguf: is not there, and model.gguf.dvc beside it is"));
  std::filesystem::create_symlink("/nowhere", folder_.path() / "link");
  EXPECT_THAT(find_model("link", folder_.path()).problem,
              HasSubstr("link: is a link to /nowhere, which is not there"));
}

TEST_F(HfCache, OnlyPlainNamesAreTakenForRepositories) {
  folder_.write("hub/models--..--x/refs/main", "c1");
  folder_.write("hub/models--a--b/refs/main", "../../../../etc");
  for (const char* text : {"../x", "a/..", "/a/b", "a/b/c", "a//b", "a/b--c", ".a/b", "a/b.", "a",
                           "a/b c", "a\\b/c", "a/", "/b"}) {
    const ModelPath missing = find_model(text, "/base");
    EXPECT_FALSE(missing.found()) << text;
    EXPECT_THAT(missing.problem, AllOf(HasSubstr("there is no file or folder"),
                                       testing::Not(HasSubstr("hf download"))))
        << text;
  }
  EXPECT_FALSE(find_model("a/b", "/base").found()) << "a reference that leads out of the cache";
  EXPECT_THAT(find_model("a/b@../x", "/base").problem, HasSubstr("'../x' is no revision"));
  EXPECT_THAT(find_model("a/b@", "/base").problem, HasSubstr("'' is no revision"));
  EXPECT_THAT(find_model("", "/base").problem, HasSubstr("is empty"));
}

TEST_F(HfCache, WhatTransformers4KeptElsewhereIsFoundAfterIt) {
  folder_.write("old/models--a--b/refs/main", "c1");
  folder_.write("old/models--a--b/snapshots/c1/config.json", "{}");
  folder_.write("older/models--a--c/refs/main", "c2");
  folder_.write("older/models--a--c/snapshots/c2/config.json", "{}");
  EXPECT_FALSE(find_model("a/b", "/").found());
  set("TRANSFORMERS_CACHE", folder_.path() / "old");
  set("PYTORCH_TRANSFORMERS_CACHE", folder_.path() / "older");
  EXPECT_EQ(find_model("a/b", "/").path, folder_.path() / "old/models--a--b/snapshots/c1");
  EXPECT_EQ(find_model("a/c", "/").path, folder_.path() / "older/models--a--c/snapshots/c2");
  folder_.write("hub/models--a--b/refs/main", "c3");
  folder_.write("hub/models--a--b/snapshots/c3/config.json", "{}");
  EXPECT_EQ(find_model("a/b", "/").path, folder_.path() / "hub/models--a--b/snapshots/c3");
}

TEST_F(HfCache, WhatWasDownloadedByItsCommitIsTakenWhereItIsTheOnlyOne) {
  folder_.write("hub/models--a--b/snapshots/c1/config.json", "{}");
  EXPECT_EQ(find_model("a/b", "/").path, folder_.path() / "hub/models--a--b/snapshots/c1");
  EXPECT_FALSE(find_model("a/b@main", "/").found()) << "it was asked for by name";
  folder_.write("hub/models--a--b/snapshots/c2/config.json", "{}");
  const ModelPath several = find_model("a/b", "/");
  EXPECT_FALSE(several.found());
  EXPECT_THAT(several.problem, HasSubstr("but not its revision 'main'; name one of those that it "
                                         "has, such as a/b@c1 (c1, c2), or get it with"));
}

TEST_F(HfCache, WhatWasDownloadedInPartIsCalledSo) {
  const std::string repository = "hub/models--a--b/";
  folder_.write(repository + "refs/main", "c1");
  folder_.write(repository + "snapshots/c1/config.json", "{}");
  folder_.write(repository + "blobs/ab12.incomplete", "half");
  EXPECT_THAT(find_model("a/b", "/").problem,
              AllOf(HasSubstr("but the file of its weights was not downloaded to its end"),
                    HasSubstr("go on with: hf download a/b")));
  std::filesystem::create_symlink("../../blobs/ab12",
                                  folder_.path() / repository / "snapshots/c1/model.safetensors");
  EXPECT_THAT(find_model("a/b", "/").problem,
              HasSubstr("but its file 'model.safetensors' was not downloaded to its end"));
  folder_.write(repository + "blobs/ab12", "whole");
  EXPECT_TRUE(find_model("a/b", "/").found()) << "what else is half there is another file";
  const auto part = folder_.path() / repository / "snapshots/c1/model-00002-of-00002.safetensors";
  EXPECT_THAT(error_of([&] { read_file(part); }),
              HasSubstr("was not downloaded to its end into the Hugging Face cache"));
}

}  // namespace
}  // namespace leakprobe
