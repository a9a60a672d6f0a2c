// The program proper is a library that main() loads, and with it LibTorch: linked, they would be
// loaded before main, and where that fails (no memory, a present folder that was removed) the
// system's loader ends the program with words of its own.

#include <dlfcn.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <system_error>

#include "asked_to_end.h"
#include "last_words.h"
#include "leakprobe/host/memory_words.h"
#include "standard_streams.h"

namespace leakprobe::cli {
namespace {

/// In a folder that was removed LibTorch's libraries do not find each other.
void require_working_folder() {
  std::array<char, 1 << 14> folder;
  if (::getcwd(folder.data(), folder.size()) != nullptr) return;
  end_with("the present folder cannot be used; it may have been removed: change into another one");
}

/// Threads that wait for one another sleep soon. By default they spin for so long that two runs on
/// one processor, each with a thread a core, take thirty times as long as one after the other.
void wait_without_spinning() {
  if (std::getenv("OMP_WAIT_POLICY") == nullptr) ::setenv("GOMP_SPINCOUNT", "2000", 0);
}

[[noreturn]] void end_unloaded() {
  const char* reason = ::dlerror();
  if (reason == nullptr) reason = "the loader gives no reason";
  if (host::means_no_memory(reason)) end_with(host::kOutOfMemory);
  end_with("the program cannot be loaded; build or install it again: ", reason);
}

using Program = int (*)(int, char**);

/// It lies in lib/ beside the bin/ of this program, whatever link that was started by.
std::string library_path() {
  std::error_code unknown;
  const std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe", unknown);
  constexpr const char* kName = "libleakprobe_program.so";
  return unknown ? kName : (program.parent_path().parent_path() / "lib" / kName).string();
}

Program load_program() {
  void* library = ::dlopen(library_path().c_str(), RTLD_LAZY | RTLD_GLOBAL);
  if (library == nullptr) end_unloaded();
  void* entry = ::dlsym(library, "leakprobe_program");
  if (entry == nullptr) end_unloaded();
  return reinterpret_cast<Program>(entry);
}

/// Those that can be interrupted and gone on with end alike where they have not begun yet: whoever
/// asks them to end need not know how far they are.
bool may_go_on(int argc, char** argv) {
  const std::span<char*> words(argv, static_cast<size_t>(argc));
  return std::any_of(words.begin(), words.end(),
                     [](const std::string_view word) { return word == "run" || word == "sweep"; });
}

}  // namespace
}  // namespace leakprobe::cli

int main(int argc, char** argv) {
  using namespace leakprobe::cli;
  open_standard_streams();
  if (may_go_on(argc, argv)) end_unbegun_on_signals();
  require_working_folder();
  say_lack_of_memory();
  wait_without_spinning();
  return load_program()(argc, argv);
}
