#include "plugin/guard.h"

#include <c10/util/Exception.h>
#include <cxxabi.h>
#include <sys/mman.h>

#include <boost/core/demangle.hpp>
#include <filesystem>
#include <new>
#include <string_view>
#include <system_error>
#include <typeinfo>

#include "leakprobe/host/memory_words.h"
#include "machine/threads.h"
#include "text/quote.h"

namespace leakprobe {
namespace {

thread_local const Stage* innermost = nullptr;

std::string first_line(std::string_view text) {
  const size_t begin = text.find_first_not_of("\n\r ");
  if (begin == std::string_view::npos) return "(no message)";
  text.remove_prefix(begin);
  return printable(text.substr(0, text.find('\n')));
}

/// What LibTorch says, which has no type of its own for memory that is not there.
std::string torch_text(const c10::Error& error) {
  const std::string text = first_line(error.what_without_backtrace());
  const bool overflows = text.find("Storage size calculation overflowed") != std::string::npos;
  return overflows || host::means_no_memory(text) ? host::kOutOfMemory : text;
}

/// Whether the process gets no more memory that is worth speaking of. oneDNN says neither that nor
/// how much it needs.
bool memory_is_used_up() {
  constexpr size_t kSome = size_t{64} << 20;
  void* some = ::mmap(nullptr, kSome, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (some == MAP_FAILED) return true;
  ::munmap(some, kSome);
  return false;
}

/// A thread that cannot be started ends in EAGAIN, whose words ask to try again.
std::string system_text(const std::system_error& error) {
  const bool is_thread = error.code() == std::errc::resource_unavailable_try_again;
  return first_line(error.what()) + (is_thread ? kFewerThreads : "");
}

}  // namespace

Stage::Stage(const std::string& phase, std::optional<int64_t> step)
    : phase_(phase), step_(step), outer_(innermost) {
  innermost = this;
}

Stage::~Stage() { innermost = outer_; }

std::string Stage::text() {
  if (innermost == nullptr) return "";
  std::string text = ", phase " + innermost->phase_;
  if (!innermost->step_) return text;
  if (*innermost->step_ < 0) return text + " before its first step";
  return text + ", step " + std::to_string(*innermost->step_);
}

std::string plugin_text(Kind kind, const std::string& name, const std::string& path) {
  std::string text = std::string(name_of(kind)) + " " + quote(name);
  // The experiment's only one of its kind, or one that is called by its type.
  if (path.empty() || path == name_of(kind) || path.ends_with("." + name)) return text;
  return text + " (" + path + ")";
}

std::string at_its_place(Kind kind, const std::string& name, const std::string& path,
                         std::string failure) {
  const std::string begin = plugin_text(kind, name, path);
  if (!failure.starts_with(begin)) return failure;
  return failure.replace(0, begin.size(), "plugin " + quote(name));
}

std::string failure_text(std::exception_ptr failure) {
  try {
    std::rethrow_exception(std::move(failure));
  } catch (const c10::Error& error) {
    return torch_text(error);
  } catch (const CheckError& error) {
    return "a mistake in the program: " + first_line(error.what());
  } catch (const std::bad_alloc&) {
    return host::kOutOfMemory;
  } catch (const std::filesystem::filesystem_error& error) {
    return printable(error.path1().string()) + ": " + error.code().message();
  } catch (const std::system_error& error) {
    return system_text(error);
  } catch (const std::runtime_error& error) {
    return first_line(error.what());
  } catch (const std::exception& error) {
    const std::string type = boost::core::demangle(typeid(error).name());
    if (type == "dnnl::error" && memory_is_used_up()) return host::kOutOfMemory;
    // The words of a logic_error, such as "map::at", say little without its type.
    return "threw " + type + ": " + first_line(error.what());
  } catch (const std::string& text) {
    return "threw a text: " + first_line(text);
  } catch (const char* text) {
    return "threw a text: " + first_line(text != nullptr ? text : "");
  } catch (...) {
    const std::type_info* type = abi::__cxa_current_exception_type();
    return "threw an object of type " + boost::core::demangle(type ? type->name() : "?");
  }
}

void throw_plugin_error(const std::string& plugin, const std::string& what) {
  throw PluginError(plugin + Stage::text() + ": " + what);
}

}  // namespace leakprobe
