#include "plugin/library.h"

#include <dlfcn.h>

#include <boost/dll/shared_library.hpp>
#include <deque>

#include "format/quote.h"
#include "leakprobe/error.h"
#include "plugin/abi.h"
#include "plugin/elf.h"
#include "plugin/guard.h"
#include "plugin/staging.h"

namespace leakprobe {
namespace {

[[noreturn]] void fail(const std::filesystem::path& path, const std::string& what) {
  throw Error(path.string() + ": " + what);
}

/// The name of the one descriptor in the file, which must have the core's fingerprint.
std::string checked_descriptor_name(const std::filesystem::path& path) {
  const std::string prefix = kDescriptorPrefix;
  const std::vector<std::string> names = exported_names(path, prefix);
  if (names.empty()) {
    fail(path,
         "no leakprobe plugin: it exports no descriptor; add a LEAKPROBE_PLUGIN block and build it "
         "with leakprobe_add_plugin");
  }
  const std::string expected = prefix + std::string(core_fingerprint());
  for (const std::string& name : names) {
    if (name == expected) return name;
  }
  const std::string differences = fingerprint_differences(
      parse_fingerprint(std::string_view(names.front()).substr(prefix.size())),
      parse_fingerprint(core_fingerprint()));
  fail(path, "built for another leakprobe: " + differences +
                 "; rebuild the plugin against the headers and the LibTorch of this program");
}

/// Loads the library and never lets go of it: torch types, exceptions and objects with code of the
/// library may live until the process ends.
const boost::dll::shared_library& pin(const std::filesystem::path& path) {
  static auto* const pinned = new std::deque<boost::dll::shared_library>;
  boost::dll::shared_library library;
  ::dlerror();
  boost::dll::fs::error_code failed;
  library.load(path, failed, boost::dll::load_mode::rtld_now | boost::dll::load_mode::rtld_local);
  if (failed) {
    // Boost's code says "Bad file descriptor" whatever happened.
    const char* reason = ::dlerror();
    fail(path, "cannot be loaded: " + printable(reason ? reason : failed.message()) +
                   "; make what it needs findable (`ldd` lists it)");
  }
  return pinned->emplace_back(std::move(library));
}

}  // namespace

std::vector<Registration> load_library(const std::filesystem::path& path) {
  const std::string name = checked_descriptor_name(path);
  const boost::dll::shared_library& library = pin(std::filesystem::absolute(path));

  const auto& descriptor = library.get<const PluginDescriptor>(name);
  if (descriptor.size != sizeof(PluginDescriptor) ||
      descriptor.api_version != LEAKPROBE_API_VERSION || !descriptor.register_plugins) {
    fail(path, "its descriptor is damaged; rebuild the plugin");
  }
  if (descriptor.core != core_fingerprint().data()) {
    fail(path,
         "it brought a second leakprobe_core into the process; link the plugin with this program's "
         "core, not with a copy");
  }

  StagingRegistrar staging;
  try {
    descriptor.register_plugins(staging);
  } catch (...) {
    fail(path, "registration failed: " + failure_text(std::current_exception()));
  }
  std::vector<Registration> registrations = std::move(staging).take();
  if (registrations.empty()) {
    fail(path, "registers no plugin; call registrar.add in its LEAKPROBE_PLUGIN block");
  }
  return registrations;
}

}  // namespace leakprobe
