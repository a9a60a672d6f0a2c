// The program proper is a library that main() loads, and with it LibTorch: linked, they would be
// loaded before main, and where that fails (no memory, a present folder that was removed) the
// system's loader ends the program with words of its own.

#include <dlfcn.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <system_error>

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

}  // namespace
}  // namespace leakprobe::cli

int main(int argc, char** argv) {
  using namespace leakprobe::cli;
  open_standard_streams();
  require_working_folder();
  say_lack_of_memory();
  wait_without_spinning();
  return load_program()(argc, argv);
}
