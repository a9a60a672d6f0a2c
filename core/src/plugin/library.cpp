#include "plugin/library.h"

#include <dlfcn.h>

#include <algorithm>
#include <boost/dll/shared_library.hpp>
#include <cerrno>
#include <deque>
#include <string>

#include "format/files.h"
#include "leakprobe/error.h"
#include "leakprobe/host/memory_words.h"
#include "plugin/abi.h"
#include "plugin/elf.h"
#include "plugin/guard.h"
#include "plugin/seal.h"
#include "plugin/staging.h"
#include "text/quote.h"

namespace leakprobe {
namespace {

[[noreturn]] void fail(const std::filesystem::path& path, const std::string& what) {
  throw Error(path.string() + ": " + what);
}

/// The name of the one descriptor in the file, which must have the core's fingerprint. A library
/// that is damaged, or may be, is refused first.
std::string checked_descriptor_name(const std::filesystem::path& path) {
  const ElfLibrary file(path);
  const SealState seal = seal_state(file);
  if (seal == SealState::broken) {
    fail(path,
         "is damaged: its checksum is not that of its content; build or copy it again (whoever "
         "changed it on purpose, such as its RPATH, runs leakprobe-seal on it)");
  }
  const std::string prefix = kDescriptorPrefix;
  const std::vector<std::string> names = file.exported_names(prefix);
  if (names.empty()) {
    fail(path,
         "no leakprobe plugin: it exports no descriptor; add a LEAKPROBE_PLUGIN block and build it "
         "with leakprobe_add_plugin");
  }
  const std::string expected = prefix + std::string(core_fingerprint());
  if (std::find(names.begin(), names.end(), expected) == names.end()) {
    const std::string differences = fingerprint_differences(
        parse_fingerprint(std::string_view(names.front()).substr(prefix.size())),
        parse_fingerprint(core_fingerprint()));
    fail(path, "built for another leakprobe: " + differences +
                   "; rebuild the plugin against the headers and the LibTorch of this program");
  }
  if (seal == SealState::missing) {
    fail(path,
         "carries no checksum, so that it cannot be told whether it is whole; build it with "
         "leakprobe_add_plugin, or run leakprobe-seal on it");
  }
  return expected;
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
    const char* said = ::dlerror();
    const std::string reason = said != nullptr ? said : failed.message();
    if (host::means_no_memory(reason)) {
      fail_with_errno(path, "cannot be loaded", ENOMEM);
    }
    fail(path, "cannot be loaded: " + printable(reason) +
                   "; make what it needs findable (`ldd` lists it)");
  }
  return pinned->emplace_back(std::move(library));
}

}  // namespace

std::vector<Registration> load_library(const std::filesystem::path& path) {
  const std::string name = checked_descriptor_name(path);
  const boost::dll::shared_library& library = pin(std::filesystem::absolute(path));

  ::dlerror();
  const void* found = ::dlsym(library.native(), name.c_str());
  if (found == nullptr) {
    const char* reason = ::dlerror();
    fail(path, "its descriptor is not found once it is loaded: " +
                   printable(reason ? reason : "it is empty") + "; build or copy it again");
  }
  const auto& descriptor = *static_cast<const PluginDescriptor*>(found);
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
