#include "plugin/guard.h"

#include <c10/util/Exception.h>
#include <cxxabi.h>

#include <boost/core/demangle.hpp>
#include <filesystem>
#include <new>
#include <string_view>
#include <typeinfo>

#include "text/quote.h"

namespace leakprobe {
namespace {

constexpr const char* kOutOfMemory =
    "out of memory; use a smaller batch or model, or end other programs";

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
  for (const char* words : {"not enough memory", "can't allocate memory", "out of memory",
                            "Storage size calculation overflowed"}) {
    if (text.find(words) != std::string::npos) return kOutOfMemory;
  }
  return text;
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
  if (!path.empty()) text += " (" + path + ")";
  return text;
}

std::string failure_text(std::exception_ptr failure) {
  try {
    std::rethrow_exception(std::move(failure));
  } catch (const c10::Error& error) {
    return torch_text(error);
  } catch (const CheckError& error) {
    return "a mistake in the program: " + first_line(error.what());
  } catch (const std::bad_alloc&) {
    return kOutOfMemory;
  } catch (const std::filesystem::filesystem_error& error) {
    return printable(error.path1().string()) + ": " + error.code().message();
  } catch (const std::runtime_error& error) {
    return first_line(error.what());
  } catch (const std::exception& error) {
    // The words of a logic_error, such as "map::at", say little without its type.
    return "threw " + boost::core::demangle(typeid(error).name()) + ": " + first_line(error.what());
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
