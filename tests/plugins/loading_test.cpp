#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "leakprobe/error.h"
#include "leakprobe/kit/test_context.h"
#include "plugin/elf.h"
#include "plugin/guard.h"
#include "plugin/registry.h"

namespace leakprobe {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;
namespace fs = std::filesystem;

fs::path library(const std::string& name) {
  return fs::path(LEAKPROBE_FAULTY_FOLDER) / (name + ".so");
}

/// What the registry says about a library, without its path.
std::string refusal(const fs::path& path) {
  Registry registry;
  registry.load_file(library("good"));
  try {
    registry.load_file(path);
  } catch (const Error& error) {
    const std::string message = error.what();
    EXPECT_TRUE(message.starts_with(path.string() + ": ")) << message;
    EXPECT_EQ(message.find('\n'), std::string::npos) << message;
    EXPECT_NE(registry.find(Kind::schedule, "test.good"), nullptr);
    EXPECT_EQ(registry.plugins().size(), 1u) << "a refused library left something behind";
    return message.substr(path.string().size() + 2);
  }
  ADD_FAILURE() << path << " was loaded";
  return "";
}

class LoadingTest : public ::testing::Test {
 protected:
  LoadingTest() {
    std::string pattern = (fs::temp_directory_path() / "pluginsXXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
  }
  ~LoadingTest() override { fs::remove_all(folder_); }
  fs::path file(const std::string& name, const std::string& content) {
    std::ofstream(folder_ / name, std::ios::binary) << content;
    return folder_ / name;
  }
  static std::string bytes_of(const fs::path& path) {
    std::ifstream stream(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
  }
  fs::path folder_;
};

TEST(PluginLibrary, AGoodOneIsUsed) {
  Registry registry;
  registry.load_file(library("good"));
  const Registration* found = registry.find(Kind::schedule, "test.good");
  ASSERT_NE(found, nullptr);
  EXPECT_EQ(found->doc, "A plugin without faults.");
  const kit::TestContext context;
  const auto options = found->parameters->make();
  const auto schedule = std::static_pointer_cast<Schedule>(found->make(options.get(), context));
  EXPECT_EQ(schedule->factor(0, 1), 0.5);
  EXPECT_NE(dynamic_cast<Schedule*>(schedule.get()), nullptr);
  EXPECT_NO_THROW(std::any_cast<ScheduleFacts>(found->facts(options.get())));
  EXPECT_EQ(registry.find_plugin(Kind::schedule, "test.good")->library,
            fs::canonical(library("good")));
  EXPECT_EQ(registry.sha256(fs::canonical(library("good"))).size(), 64u);
}

TEST(PluginLibrary, OfAnotherFingerprintIsRefusedFieldByFieldBeforeItsCodeRuns) {
  EXPECT_THAT(
      refusal(library("other_fingerprint")),
      AllOf(HasSubstr("built for another leakprobe: plugin API version 7 (here 1)"),
            HasSubstr("public headers 0123456789abcdef (here "), HasSubstr("LibTorch 2.4 (here 2."),
            HasSubstr("C++ ABI 0 (here 1)"), HasSubstr("rebuild the plugin")));
}

TEST(PluginLibrary, ThatThrowsAtRegistrationIsRefusedAsAWhole) {
  EXPECT_EQ(refusal(library("throws_at_registration")), "registration failed: no licence found");
}

TEST(PluginLibrary, WithAnUndocumentedParameterIsRefused) {
  EXPECT_THAT(refusal(library("undocumented")),
              AllOf(HasSubstr("registration failed"), HasSubstr("floor")));
}

TEST(PluginLibrary, WithABadNameIsRefused) {
  EXPECT_THAT(refusal(library("bad_name")),
              HasSubstr("schedule 'Test Bad': a plugin's name is short and snake_case"));
}

TEST(PluginLibrary, WithoutPluginsIsRefused) {
  EXPECT_THAT(refusal(library("registers_nothing")), HasSubstr("registers no plugin"));
}

TEST(PluginLibrary, WithoutDescriptorIsRefused) {
  EXPECT_THAT(refusal(library("no_descriptor")),
              HasSubstr("no leakprobe plugin: it exports no descriptor"));
}

TEST(PluginLibrary, WhoseOwnLibraryIsAbsentIsRefusedInTheLoadersWords) {
  EXPECT_THAT(refusal(library("needs_absent")),
              AllOf(HasSubstr("cannot be loaded: libleakprobe_test_absent.so: cannot open"),
                    Not(HasSubstr("Bad file descriptor"))));
}

TEST(PluginLibrary, WithANameThatIsThereIsRefusedNamingBoth) {
  EXPECT_EQ(refusal(library("duplicate")), "schedule 'test.good' is already there from " +
                                               fs::canonical(library("good")).string() +
                                               "; remove one of them or rename the plugin");
}

TEST(PluginLibrary, NamedTwiceIsLoadedOnce) {
  Registry registry;
  registry.load_file(library("good"));
  EXPECT_NO_THROW(registry.load_file(library("good").parent_path() / "." / "good.so"));
  EXPECT_EQ(registry.libraries().size(), 1u);
}

TEST_F(LoadingTest, WhatIsNoElfFileIsRefused) {
  EXPECT_THAT(refusal(file("text.so", "#!/bin/sh\necho no library\n")), HasSubstr("no ELF file"));
  EXPECT_THAT(refusal(file("empty.so", "")), HasSubstr("the file is empty"));
}

TEST_F(LoadingTest, ATruncatedLibraryIsRefusedAtEveryLength) {
  const std::string whole = bytes_of(library("good"));
  for (size_t length = 4; length < whole.size(); length += 1 + whole.size() / 97) {
    EXPECT_THAT(refusal(file("cut.so", whole.substr(0, length))), HasSubstr("truncated"))
        << length << " of " << whole.size() << " bytes";
  }
  EXPECT_THAT(refusal(file("cut.so", whole.substr(0, whole.size() - 1))), HasSubstr("truncated"));
}

TEST_F(LoadingTest, ALibraryWithAFlippedBitIsRefusedWhereverItIs) {
  const std::string whole = bytes_of(library("good"));
  // The ELF and program headers byte by byte, the rest by samples.
  for (size_t at = 0; at < whole.size(); at += at < 0x240 ? 1 : 1 + whole.size() / 397) {
    std::string damaged = whole;
    damaged[at] = static_cast<char>(damaged[at] ^ (1 << at % 8));
    EXPECT_NE(refusal(file("flipped.so", damaged)), "") << "byte " << at;
  }
  std::string damaged = whole;
  damaged[whole.size() / 2] ^= 4;
  EXPECT_THAT(refusal(file("flipped.so", damaged)),
              HasSubstr("is damaged: its checksum is not that of its content; build or copy it"));
}

/// Where the note with the checksum lies in a library's bytes.
size_t seal_in(const std::string& bytes) { return bytes.find(std::string("leakprobe\0\0\0", 12)); }

TEST_F(LoadingTest, ALibraryWithoutChecksumIsRefused) {
  std::string bytes = bytes_of(library("good"));
  bytes.replace(seal_in(bytes) + 12, 40, 40, '\0');
  EXPECT_THAT(refusal(file("unsealed.so", bytes)),
              AllOf(HasSubstr("carries no checksum"), HasSubstr("leakprobe_add_plugin")));
}

TEST_F(LoadingTest, AStrippedLibraryIsUsed) {
  const fs::path stripped = folder_ / "stripped.so";
  fs::copy_file(library("good"), stripped);
  ASSERT_EQ(std::system((LEAKPROBE_STRIP " " + stripped.string()).c_str()), 0);
  ASSERT_LT(fs::file_size(stripped), fs::file_size(library("good")));
  Registry registry;
  EXPECT_NO_THROW(registry.load_file(stripped));
  EXPECT_NE(registry.find(Kind::schedule, "test.good"), nullptr);
}

TEST_F(LoadingTest, AStrippedLibraryWithAFlippedBitInWhatIsLoadedIsRefused) {
  const fs::path stripped = folder_ / "stripped.so";
  fs::copy_file(library("good"), stripped);
  ASSERT_EQ(std::system((LEAKPROBE_STRIP " " + stripped.string()).c_str()), 0);
  const std::string whole = bytes_of(stripped);
  const ElfLibrary read(stripped);
  for (const Extent& segment : read.segments()) {
    for (uint64_t i = 64; i < segment.size; i += 1 + segment.size / 97) {
      const uint64_t at = segment.begin + i;
      // The checksum of the file before it was stripped counts no more.
      if (at - seal_in(whole) < 12 + 40) continue;
      std::string damaged = whole;
      damaged[at] ^= 1;
      EXPECT_NE(refusal(file("flipped.so", damaged)), "") << "byte " << at;
    }
  }
}

TEST_F(LoadingTest, ALibraryChangedOnPurposeIsUsedOnceItIsSealedAgain) {
  std::string bytes = bytes_of(library("good"));
  bytes += "more";
  bytes.replace(seal_in(bytes) + 12, 40, 40, '\x55');
  const fs::path changed = file("changed.so", bytes);
  EXPECT_THAT(refusal(changed), AllOf(HasSubstr("is damaged"), HasSubstr("leakprobe-seal")));
  ASSERT_EQ(std::system((LEAKPROBE_SEAL " " + changed.string()).c_str()), 0);
  Registry registry;
  EXPECT_NO_THROW(registry.load_file(changed));
}

TEST_F(LoadingTest, WhatIsNoPluginIsNotSealed) {
  const std::string command = LEAKPROBE_SEAL " ";
  EXPECT_NE(std::system((command + library("no_descriptor").string() + " 2>/dev/null").c_str()), 0);
  EXPECT_NE(std::system((command + file("text.so", "text").string() + " 2>/dev/null").c_str()), 0);
}

TEST_F(LoadingTest, ALibraryForAnotherMachineIsRefused) {
  std::string bytes = bytes_of(library("good"));
  bytes[18] = static_cast<char>(0xF3);
  EXPECT_THAT(refusal(file("riscv.so", bytes)), HasSubstr("for another machine"));
}

TEST_F(LoadingTest, AProgramIsNoLibrary) {
  std::string bytes = bytes_of(library("good"));
  bytes[16] = 2;
  EXPECT_THAT(refusal(file("program.so", bytes)), HasSubstr("not a shared library"));
}

TEST_F(LoadingTest, AFolderUnderTheNameOfALibraryIsRefused) {
  fs::create_directory(folder_ / "folder.so");
  EXPECT_THAT(refusal(folder_ / "folder.so"), HasSubstr("is a folder where a file is needed"));
}

TEST_F(LoadingTest, InAFolderTheOthersStillLoad) {
  Registry registry;
  registry.load({{LEAKPROBE_FAULTY_FOLDER, "--plugin-path"}});
  EXPECT_NE(registry.find(Kind::schedule, "test.throwing"), nullptr);
  EXPECT_TRUE(registry.find(Kind::schedule, "test.good") != nullptr);
  EXPECT_EQ(registry.failures().size(), 8u);
  for (const LoadFailure& failure : registry.failures()) {
    EXPECT_FALSE(failure.named) << failure.path;
    EXPECT_FALSE(failure.reason.starts_with(failure.path.string())) << failure.reason;
  }
  EXPECT_NO_THROW(registry.require_named());
}

TEST_F(LoadingTest, AFailureNamesALibraryOnceHoweverItIsReached) {
  file("broken.so", "nothing");
  fs::create_symlink(folder_, folder_ / "link");
  Registry registry;
  registry.load({{folder_ / "link" / "." / "broken.so", "--plugin-path"}});
  ASSERT_EQ(registry.failures().size(), 1u);
  EXPECT_THAT(registry.failures()[0].reason, StartsWith("not a shared library"));
}

TEST_F(LoadingTest, AFileThatIsNamedMustLoad) {
  Registry registry;
  registry.load({{file("broken.so", "nothing"), "--plugin-path"}, {library("good"), "x"}});
  EXPECT_NE(registry.find(Kind::schedule, "test.good"), nullptr) << "listing still works";
  try {
    registry.require_named();
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("broken.so: not a shared library"));
  }
}

TEST_F(LoadingTest, ANamedPathMustExist) {
  Registry registry;
  registry.load({{folder_ / "absent", "LEAKPROBE_PLUGIN_PATH"}, {folder_ / "nobody", ""}});
  ASSERT_EQ(registry.failures().size(), 1u);
  EXPECT_THAT(registry.failures()[0].reason, HasSubstr("named by LEAKPROBE_PLUGIN_PATH"));
  EXPECT_THROW(registry.require_named(), Error);
}

TEST_F(LoadingTest, ANamedFolderMustHoldLibraries) {
  Registry registry;
  registry.load({{folder_, "--plugin-path"}});
  ASSERT_EQ(registry.failures().size(), 1u);
  EXPECT_THAT(registry.failures()[0].reason, HasSubstr("holds no *.so file"));
}

/// The schedule that throws, called under the guard at a step that chooses how.
std::string thrown(int64_t step) {
  Registry registry;
  registry.load_file(library("throws_in_calls"));
  const Registration* found = registry.find(Kind::schedule, "test.throwing");
  const kit::TestContext context;
  const auto options = found->parameters->make();
  const auto schedule = std::static_pointer_cast<Schedule>(found->make(options.get(), context));
  const std::string phase = "elicit";
  const Stage stage(phase, step);
  try {
    guarded(plugin_text(Kind::schedule, "test.throwing", "schedule"),
            [&] { return schedule->factor(step, 10); });
  } catch (const PluginError& error) {
    return error.what();
  }
  return "";
}

TEST(Guard, NamesPluginPhaseAndStepWhateverIsThrown) {
  const std::string who = "schedule 'test.throwing', phase elicit, step ";
  EXPECT_EQ(thrown(0), who + "0: first line");
  EXPECT_EQ(thrown(1), who + "1: rows.txt: is empty; fill it");
  EXPECT_THAT(thrown(2), AllOf(HasSubstr(who + "2: shape '[3]' is invalid"), Not(HasSubstr("\n"))));
  EXPECT_EQ(thrown(3), who + "3: threw an object of type int");
  EXPECT_THAT(thrown(4), HasSubstr(who + "4: out of memory"));
  EXPECT_THAT(thrown(5), HasSubstr("a mistake in the program: "));
}

TEST(Guard, ExceptionsOfALibraryKeepTheirTypes) {
  Registry registry;
  registry.load_file(library("throws_in_calls"));
  const Registration* found = registry.find(Kind::schedule, "test.throwing_constructor");
  const kit::TestContext context;
  const auto options = found->parameters->make();
  EXPECT_THROW(found->make(options.get(), context), Error);
}

}  // namespace
}  // namespace leakprobe
