#include "plugin/guard.h"

#include <c10/util/Exception.h>

#include <new>
#include <string_view>

#include "format/quote.h"

namespace leakprobe {
namespace {

std::string first_line(std::string_view text) {
  const size_t begin = text.find_first_not_of("\n\r ");
  if (begin == std::string_view::npos) return "(no message)";
  text.remove_prefix(begin);
  return printable(text.substr(0, text.find('\n')));
}

}  // namespace

std::string CallSite::text() const {
  std::string text = plugin;
  if (!phase.empty()) text += ", phase " + phase;
  if (step) text += ", step " + std::to_string(*step);
  return text;
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
    return first_line(error.what_without_backtrace());
  } catch (const CheckError& error) {
    return "a mistake in the program: " + first_line(error.what());
  } catch (const std::bad_alloc&) {
    return "out of memory; use a smaller batch";
  } catch (const std::exception& error) {
    return first_line(error.what());
  } catch (...) {
    return "threw something that is no std::exception";
  }
}

void throw_plugin_error(const CallSite& site, std::exception_ptr failure) {
  throw PluginError(site.text() + ": " + failure_text(std::move(failure)));
}

}  // namespace leakprobe
