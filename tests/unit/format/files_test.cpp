#include "format/files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <iterator>

#include "format/atomic_file.h"
#include "format/sha256.h"
#include "support.h"
#include "text/quote.h"

namespace leakprobe {
namespace {

using testing::HasSubstr;

size_t files_in(const std::filesystem::path& folder) {
  return static_cast<size_t>(std::distance(std::filesystem::directory_iterator(folder),
                                           std::filesystem::directory_iterator()));
}

TEST(Files, ReadsWholeFilesAndSaysWhyNot) {
  const TestFolder folder;
  const std::string bytes("a\0b\n", 4);
  EXPECT_EQ(read_file(folder.write("f", bytes)), bytes);
  EXPECT_EQ(read_file(folder.write("empty", "")), "");
  EXPECT_THAT(error_of([&] { read_file(folder.path()); }), HasSubstr("is a folder"));
  EXPECT_THAT(error_of([&] { read_file(folder.path() / "f", 3); }),
              HasSubstr("is larger than 3 bytes"));
  EXPECT_EQ(read_file(folder.path() / "f", 4), bytes);
}

/// Opening a pipe waits for a writer, a device may never end, and so may a file of the kernel.
TEST(Files, WhatIsNoFileOnDiskIsRefusedAtOnce) {
  const TestFolder folder;
  const std::string pipe = (folder.path() / "pipe").string();
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  const std::string link = (folder.path() / "link").string();
  std::filesystem::create_symlink(pipe, link);
  const std::string socket = (folder.path() / "socket").string();
  ASSERT_EQ(::mknod(socket.c_str(), S_IFSOCK | 0600, 0), 0);
  for (const auto& [path, kind] : {std::pair(pipe, "a pipe"),
                                   {link, "a pipe"},
                                   {socket, "a socket"},
                                   {std::string("/dev/zero"), "a device"},
                                   {std::string("/dev/null"), "a device"},
                                   {std::string("/dev/tty"), "a device"}}) {
    const std::string why = std::string("is ") + kind + " where a file is needed";
    EXPECT_EQ(why_no_file(path), why);
    const auto refused = HasSubstr(path + ": " + why + "; give the path of a file on disk");
    EXPECT_THAT(error_of([&] { read_file(path); }), refused);
    EXPECT_THAT(error_of([&] { MappedFile file(path); }), refused);
    EXPECT_THAT(error_of([&] { sha256_hex_of_file(path); }), refused);
  }
  for (const char* path :
       {"/proc/self/status", "/proc/kmsg", "/sys/kernel/mm/transparent_hugepage/enabled"}) {
    if (!is_there(path)) continue;
    EXPECT_THAT(error_of([&] { read_file(path); }),
                HasSubstr("is a file that the kernel makes up"));
  }
  const std::string loop = (folder.path() / "loop").string();
  std::filesystem::create_symlink(loop, loop);
  EXPECT_THAT(error_of([&] { read_file(loop); }), HasSubstr("links lead in a circle here"));
  EXPECT_FALSE(is_there(loop));
  EXPECT_TRUE(is_taken(loop));
}

TEST(Files, WhatLiesInThePlaceOfAFileIsNamed) {
  const TestFolder folder;
  std::filesystem::create_symlink("loop", folder.path() / "loop");
  std::filesystem::create_symlink("nowhere", folder.path() / "dangling");
  EXPECT_EQ(why_no_file(folder.write("f", "")), "");
  EXPECT_EQ(why_no_file(folder.path() / "absent"), "");
  EXPECT_EQ(why_no_file(folder.path() / "f/below"), "");
  EXPECT_EQ(why_no_file(folder.path()), "is a folder where a file is needed");
  EXPECT_EQ(why_no_file(folder.path() / "dangling"), "is a link to nowhere, which is not there");
  EXPECT_THAT(why_no_file(folder.path() / "loop"), HasSubstr("links lead in a circle here"));
  EXPECT_FALSE(is_taken(folder.path() / std::string(300, 'n'))) << "nothing can have this name";
}

TEST(Files, NothingIsAppendedToWhatALinkLeadsTo) {
  const TestFolder folder;
  const auto thesis = folder.write("thesis.txt", "years");
  const auto link = folder.path() / "log.txt";
  std::filesystem::create_symlink(thesis, link);
  EXPECT_THAT(error_of([&] { open_for_appending(link); }), HasSubstr("log.txt: is a link where"));
  const std::string pipe = (folder.path() / "pipe").string();
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_THAT(error_of([&] { open_for_appending(pipe); }), HasSubstr("is a pipe where a file"));
  EXPECT_EQ(read_file(thesis), "years");
}

TEST(Files, ANameThatIsTooLongIsASentence) {
  const TestFolder folder;
  EXPECT_THAT(error_of([&] { create_folders(folder.path() / std::string(300, 'n')); }),
              HasSubstr("cannot be created: File name too long; choose a shorter name"));
}

TEST(CreateFolders, NamesWhatLiesInTheWay) {
  const TestFolder folder;
  folder.write("file", "");
  std::filesystem::create_symlink("nowhere", folder.path() / "dangling");
  std::filesystem::create_symlink("loop", folder.path() / "loop");
  const auto refused = [&](const std::string& name) {
    return error_of([&] { create_folders(folder.path() / name); });
  };
  EXPECT_THAT(refused("file"), HasSubstr("/file: is a file where a folder is needed"));
  EXPECT_THAT(refused("file/a/b"), HasSubstr("/file: is a file where a folder is needed"));
  EXPECT_THAT(refused("dangling"), HasSubstr("/dangling: is a link that leads nowhere"));
  EXPECT_THAT(refused("loop/a"), HasSubstr("/loop: is a link that leads nowhere"));
}

TEST(AtomicFile, WhatKilledProcessesLeftGoesAndNothingElse) {
  const TestFolder folder;
  folder.write(".leakprobe-4194303-0.tmp", "half of a checkpoint");
  folder.write(".leakprobe-1-7.tmp", "of a process that lives");
  std::filesystem::permissions(folder.path(), std::filesystem::perms::all);
  for (const char* theirs : {".leakprobe", ".leakprobe-x-0.tmp", ".leakprobe-5-.tmp", "a.tmp",
                             ".leakprobe-4194303-0.tmp.old"}) {
    folder.write(theirs, "");
  }
  // A live process of somebody else cannot be asked by who is not root.
  const pid_t child = ::fork();
  if (child == 0) {
    if (::setgid(65534) != 0 || ::setuid(65534) != 0) ::_exit(0);
    remove_temporary_files(folder.path());
    ::_exit(std::filesystem::exists(folder.path() / ".leakprobe-1-7.tmp") ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0) << "it took the file of another user's process";
  remove_temporary_files(folder.path());
  EXPECT_FALSE(std::filesystem::exists(folder.path() / ".leakprobe-4194303-0.tmp"));
  EXPECT_EQ(files_in(folder.path()), 6U);
}

TEST(Files, MapsRegularFilesOnly) {
  const TestFolder folder;
  const MappedFile mapped(folder.write("f", "abc"));
  ASSERT_EQ(mapped.bytes().size(), 3U);
  EXPECT_EQ(mapped.bytes()[2], std::byte{'c'});
  EXPECT_TRUE(MappedFile(folder.write("empty", "")).bytes().empty());
  EXPECT_THAT(error_of([&] { MappedFile file(folder.path()); }), HasSubstr("is a folder"));
}

TEST(Files, AGitLfsPointerIsCalledOne) {
  const TestFolder folder;
  const auto pointer =
      folder.write("any.bin", "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\n");
  const std::string words =
      pointer.string() + ": is a Git LFS pointer, not the file itself; fetch it with: git lfs pull";
  EXPECT_EQ(error_of([&] { read_file(pointer); }), words);
  EXPECT_EQ(error_of([&] { MappedFile{pointer}; }), words);
}

TEST(Files, AMappingSurvivesItsFileBeingReplaced) {
  const TestFolder folder;
  const auto path = folder.write("f", "old");
  const MappedFile mapped(path);
  write_file_atomically(path, "");
  EXPECT_EQ(mapped.bytes()[0], std::byte{'o'});
}

TEST(AtomicFile, AppearsCompleteOrNotAtAll) {
  const TestFolder folder;
  const auto path = folder.write("f", "old");
  {
    AtomicFile file(path);
    file.write("half of the n");
    EXPECT_EQ(read_file(path), "old");
  }
  EXPECT_EQ(read_file(path), "old");
  EXPECT_EQ(files_in(folder.path()), 1U) << "the temporary file is left behind";
  AtomicFile file(path);
  file.write("new");
  file.write("");
  file.write("er");
  file.commit();
  EXPECT_EQ(read_file(path), "newer");
  EXPECT_EQ(files_in(folder.path()), 1U);
}

TEST(AtomicFile, TakesNamesAsLongAsTheFileSystemDoes) {
  const TestFolder folder;
  const auto path = folder.path() / std::string(255, 'n');
  write_file_atomically(path, "x");
  EXPECT_EQ(read_file(path), "x");
}

TEST(AtomicFile, SaysWhyItCannotWrite) {
  const TestFolder folder;
  EXPECT_THAT(error_of([&] { write_file_atomically(folder.path() / "none" / "f", "x"); }),
              HasSubstr("none/f: cannot be created: No such file or directory; check the path"));
  std::filesystem::create_directory(folder.path() / "d");
  EXPECT_THAT(error_of([&] { write_file_atomically(folder.path() / "d", "x"); }),
              HasSubstr("cannot be put in place: Is a directory"));
  EXPECT_EQ(files_in(folder.path()), 1U);
}

TEST(Sha256, EqualsThePublishedDigests) {
  EXPECT_EQ(sha256_hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  const TestFolder folder;
  const std::string bytes(3000000, 'a');
  EXPECT_EQ(sha256_hex_of_file(folder.write("f", bytes)), sha256_hex(bytes));
  EXPECT_THAT(error_of([&] { sha256_hex_of_file(folder.path()); }), HasSubstr("is a folder"));
}

TEST(Quote, HarmlessTextStaysAndTheRestIsEscaped) {
  EXPECT_EQ(quote("model.layers.0"), "'model.layers.0'");
  EXPECT_EQ(quote("\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80"),
            "'\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80'");
  EXPECT_EQ(quote(std::string_view("a\0\n\x1b\x7f\xff", 6)), "'a\\x00\\x0a\\x1b\\x7f\\xff'");
  EXPECT_EQ(quote("\xC0\x80\xED\xA0\x80\xC2\x9B\xE2\x82"),
            "'\\xc0\\x80\\xed\\xa0\\x80\\xc2\\x9b\\xe2\\x82'");
  EXPECT_EQ(quote(std::string(200, 'x')), "'" + std::string(200, 'x') + "'");
  EXPECT_EQ(quote(std::string(1000, 'x')), "'" + std::string(100, 'x') + "…'");
  const std::string cut = quote("x" + [] {
    std::string text;
    for (int i = 0; i < 200; ++i) text += "\xC3\xA9";
    return text;
  }());
  EXPECT_EQ(cut.find("\\x"), std::string::npos) << cut;
}

TEST(Files, WhatWasNotFetchedIsCalledSo) {
  const TestFolder folder;
  const auto expect = [](const std::filesystem::path& path, const std::string& words) {
    EXPECT_EQ(error_of([&] { read_file(path); }), path.string() + words);
    EXPECT_EQ(error_of([&] { MappedFile{path}; }), path.string() + words);
  };
  expect(folder.write("annex.bin", "/annex/objects/SHA256E-s12--4d7a.bin\n"),
         ": is a git-annex pointer, not the file itself; fetch it with: git annex get annex.bin");
  const auto link = folder.path() / "locked.bin";
  std::filesystem::create_symlink("../.git/annex/objects/zX/0q/SHA256E-s1--ab/SHA256E-s1--ab",
                                  link);
  expect(link,
         ": is a link of git-annex to contents that are not here; fetch them with: git annex get "
         "locked.bin");
  expect(folder.write("rows.safetensors.dvc",
                      "outs:\n- md5: a304afb96060aad90176268345e10355\n  path: rows.safetensors\n"),
         ": is a DVC pointer, not the file itself; fetch the file with: dvc pull "
         "rows.safetensors.dvc, and name it without '.dvc'");
  expect(folder.path() / "rows.safetensors",
         ": is not there, and rows.safetensors.dvc beside it is; fetch the file with: dvc pull "
         "rows.safetensors.dvc");
  const auto dangling = folder.path() / "dangling";
  std::filesystem::create_symlink("/nowhere/at/all", dangling);
  expect(dangling, ": is a link to /nowhere/at/all, which is not there; check the link");
  expect(folder.path() / "absent", ": cannot be opened: No such file or directory; check the path");
}

TEST(Files, AMappedFileIsKnownByItsAddresses) {
  const TestFolder folder;
  const auto path = folder.write("f", "abc");
  const void* address = nullptr;
  {
    const MappedFile mapped(path);
    address = mapped.bytes().data() + 2;
    ASSERT_NE(mapped_file_at(address), nullptr);
    EXPECT_EQ(mapped_file_at(address), path.string());
    EXPECT_EQ(mapped_file_at(mapped.bytes().data() + 3), nullptr);
  }
  EXPECT_EQ(mapped_file_at(address), nullptr);
}

}  // namespace
}  // namespace leakprobe
