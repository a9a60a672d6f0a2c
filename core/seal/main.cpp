#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <exception>
#include <string>

#include "leakprobe/error.h"
#include "plugin/seal.h"

// leakprobe-seal LIBRARY...: writes into plugin libraries the checksums of what they hold, by which
// leakprobe finds damaged ones before it loads them. leakprobe_add_plugin runs it after linking;
// whoever changes a library later (its RPATH, not by strip) runs it again.

namespace leakprobe {
namespace {

void seal(const std::string& path) {
  const ElfLibrary library(path);
  const std::optional<Extent> place = seal_place(library);
  if (!place) {
    throw Error(path + ": has no room for a checksum: it holds no LEAKPROBE_PLUGIN block");
  }
  const std::vector<std::byte> bytes = make_seal(library, *place);
  const FileDescriptor file(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
  if (!file.is_open()) fail_with_errno(path, "cannot be written", errno);
  const ssize_t written =
      ::pwrite(file.get(), bytes.data(), bytes.size(), static_cast<off_t>(place->begin));
  if (written != static_cast<ssize_t>(bytes.size())) {
    fail_with_errno(path, "its checksum cannot be written", written < 0 ? errno : ENOSPC);
  }
}

}  // namespace
}  // namespace leakprobe

int main(int count, char** arguments) {
  if (count < 2) {
    std::fputs("usage: leakprobe-seal LIBRARY...\n", stderr);
    return 2;
  }
  for (int i = 1; i < count; ++i) {
    try {
      leakprobe::seal(arguments[i]);
    } catch (const std::exception& error) {
      std::fprintf(stderr, "leakprobe-seal: %s\n", error.what());
      return 1;
    }
  }
  return 0;
}
