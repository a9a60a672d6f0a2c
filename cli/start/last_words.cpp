#include "last_words.h"

#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <exception>
#include <new>

#include "exit_status.h"
#include "leakprobe/host/memory_words.h"

namespace leakprobe::cli {
namespace {

void write_text(const char* text) {
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, text, std::strlen(text));
}

std::terminate_handler usual = nullptr;

[[noreturn]] void terminate() {
  try {
    if (std::current_exception() != nullptr) throw;
  } catch (const std::bad_alloc&) {
    end_with(host::kOutOfMemory);
  } catch (const std::exception& error) {
    if (host::means_no_memory(error.what())) end_with(host::kOutOfMemory);
  } catch (...) {
  }
  usual();
  std::abort();
}

}  // namespace

void end_with(const char* what, const char* why) {
  for (const char* part : {"leakprobe: error: ", what, why, "\n"}) write_text(part);
  ::_exit(kFailed);
}

void say_lack_of_memory() { usual = std::set_terminate(terminate); }

}  // namespace leakprobe::cli
