// In a folder that was removed LibTorch's libraries do not find each other, and end the program as
// they are loaded, with words of their own. What stands in .preinit_array comes before that.

#include <unistd.h>

#include <array>
#include <cstddef>

namespace {

void require_working_folder(int, char**, char**) {
  std::array<char, 1 << 14> folder;
  if (::getcwd(folder.data(), folder.size()) != nullptr) return;
  constexpr char kMessage[] =
      "leakprobe: error: the present folder cannot be used; it may have been removed: change into "
      "another one\n";
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, kMessage, sizeof kMessage - 1);
  ::_exit(1);
}

[[gnu::used,
  gnu::section(".preinit_array")]] void (*const before_libraries)(int, char**,
                                                                  char**) = require_working_folder;

}  // namespace
