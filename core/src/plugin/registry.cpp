#include "plugin/registry.h"

#include <algorithm>
#include <exception>
#include <system_error>

#include "format/files.h"
#include "format/sha256.h"
#include "leakprobe/diagnostic.h"
#include "leakprobe/error.h"
#include "plugin/guard.h"
#include "plugin/library.h"
#include "text/quote.h"

namespace leakprobe {
namespace {

std::string library_text(const std::filesystem::path& library) {
  return library.empty() ? "the program itself" : library.string();
}

}  // namespace

void Registry::load(const std::vector<SearchEntry>& entries) {
  for (const SearchEntry& entry : entries) load_entry(entry);
}

void Registry::load_entry(const SearchEntry& entry) {
  const bool named = !entry.named_by.empty();
  std::error_code failed;
  if (!std::filesystem::exists(entry.path, failed)) {
    if (named) {
      failures_.push_back(
          {entry.path,
           "named by " + entry.named_by + " but there is no such file or folder; correct the path",
           true});
    }
    return;
  }
  std::vector<std::filesystem::path> files = {entry.path};
  const bool folder = std::filesystem::is_directory(entry.path, failed);
  if (folder) {
    try {
      files = libraries_in(entry.path);
    } catch (const Error& error) {
      record(entry.path, error, named);
      return;
    }
    if (files.empty() && named) {
      failures_.push_back(
          {entry.path, "named by " + entry.named_by + " but holds no *.so file; correct the path",
           true});
    }
  }
  note_open_places(entry, files);
  for (const std::filesystem::path& file : files) {
    try {
      load_file(file);
    } catch (const OutOfMemory&) {
      throw;  // without the library something in the experiment would seem to be wrong
    } catch (const Error& error) {
      record(file, error, named && !folder);
    }
  }
}

void Registry::note_open_places(const SearchEntry& entry,
                                const std::vector<std::filesystem::path>& files) {
  for (OpenPlace& found : leakprobe::open_places(entry, files)) {
    const bool known =
        std::any_of(open_places_.begin(), open_places_.end(), [&](const OpenPlace& other) {
          return other.path == found.path && other.reason == found.reason;
        });
    if (known) continue;
    open_places_.push_back(std::move(found));
    if (on_open_place_) on_open_place_(open_places_.back());
  }
}

void Registry::record(const std::filesystem::path& path, const std::exception& failure,
                      bool named) {
  std::string reason = failure.what();
  std::error_code failed;
  for (const std::filesystem::path& name : {path, std::filesystem::canonical(path, failed)}) {
    const std::string prefix = name.string() + ": ";
    if (reason.starts_with(prefix)) reason.erase(0, prefix.size());
  }
  failures_.push_back({path, std::move(reason), named});
}

void Registry::load_file(const std::filesystem::path& path) {
  std::error_code failed;
  const std::filesystem::path canonical = std::filesystem::canonical(path, failed);
  // A path that cannot be resolved fails below with the reason of the system.
  const std::filesystem::path& file = failed ? path : canonical;
  if (loaded_.count(file)) return;
  add(load_library(file), file);
  loaded_.insert(file);
}

void Registry::add(std::vector<Registration> registrations, const std::filesystem::path& library) {
  for (const Registration& registration : registrations) {
    if (const auto* other = find_plugin(registration.kind, registration.name)) {
      throw Error(library_text(library) + ": " + plugin_text(registration.kind, registration.name) +
                  " is already there from " + library_text(other->library) +
                  "; remove one of them or rename the plugin");
    }
    const Registration* other = registration.is_default ? default_of(registration.kind) : nullptr;
    if (other != nullptr) {
      throw Error(library_text(library) + ": " + plugin_text(registration.kind, registration.name) +
                  " would be the default, which " + quote(other->name) + " of " +
                  library_text(find_plugin(other->kind, other->name)->library) +
                  " is already; take kIsDefault from one of them");
    }
  }
  for (Registration& registration : registrations) {
    std::pair key(registration.kind, registration.name);
    plugins_.emplace(std::move(key), std::make_unique<const RegisteredPlugin>(
                                         RegisteredPlugin{std::move(registration), library}));
  }
}

std::vector<LoadFailure> Registry::take_failures(size_t first) {
  const auto begin = failures_.begin() + static_cast<std::ptrdiff_t>(first);
  std::vector<LoadFailure> taken(begin, failures_.end());
  failures_.erase(begin, failures_.end());
  return taken;
}

void Registry::require_named() const {
  for (const LoadFailure& failure : failures_) {
    if (failure.named) throw Error(failure.path.string() + ": " + failure.reason);
  }
}

const Registration* Registry::find(Kind kind, std::string_view name) const {
  const RegisteredPlugin* plugin = find_plugin(kind, name);
  return plugin ? &plugin->registration : nullptr;
}

const RegisteredPlugin* Registry::find_plugin(Kind kind, std::string_view name) const {
  const auto found = plugins_.find(std::pair(kind, std::string(name)));
  return found == plugins_.end() ? nullptr : found->second.get();
}

const Registration& Registry::at(Kind kind, std::string_view name) const {
  const Registration* found = find(kind, name);
  LEAKPROBE_CHECK(
      found, "no " + std::string(name_of(kind)) + " '" + std::string(name) + "' is registered");
  return *found;
}

const Registration* Registry::default_of(Kind kind) const {
  for (const auto& [key, plugin] : plugins_) {
    if (key.first == kind && plugin->registration.is_default) return &plugin->registration;
  }
  return nullptr;
}

std::vector<std::string> Registry::names(Kind kind) const {
  std::vector<std::string> names;
  for (const auto& [key, plugin] : plugins_) {
    if (key.first == kind) names.push_back(key.second);
  }
  return names;
}

std::string meant_plugin(const std::string& name, const std::vector<std::string>& names) {
  const size_t kind_end = name.find('/') + 1;  // 0 where no kind is named
  for (const std::string& candidate : names) {
    if (candidate.starts_with(name.substr(0, kind_end)) &&
        candidate.ends_with("." + name.substr(kind_end))) {
      return candidate;
    }
  }
  return meant_word(name, names);
}

std::string library_hint(const std::string& name) {
  if (name.find('.') == std::string::npos) return "";
  return "name its library with --plugin-path or LEAKPROBE_PLUGIN_PATH, or under 'plugins:' of the "
         "experiment";
}

std::string Registry::hint_for(Kind kind, const std::string& name) const {
  const std::string what(name_of(kind));
  const std::vector<std::string> known = names(kind);
  if (known.empty()) return "no " + what + " plugin was found; see `leakprobe doctor`";
  const std::string near = meant_plugin(name, known);
  if (!near.empty()) return "did you mean " + quote(near) + "?";
  std::string hint = library_hint(name);
  if (!hint.empty()) hint += "; ";
  return hint + suggest("", known, "known " + what + " plugins");
}

std::vector<const RegisteredPlugin*> Registry::plugins() const {
  std::vector<const RegisteredPlugin*> plugins;
  for (const auto& [key, plugin] : plugins_) plugins.push_back(plugin.get());
  return plugins;
}

bool Registry::has_library(const std::filesystem::path& library) const {
  std::error_code failed;
  return loaded_.contains(std::filesystem::canonical(library, failed));
}

std::vector<std::filesystem::path> Registry::libraries() const {
  return {loaded_.begin(), loaded_.end()};
}

const std::string& Registry::sha256(const std::filesystem::path& library) const {
  auto found = hashes_.find(library);
  if (found == hashes_.end()) {
    found = hashes_.emplace(library, sha256_hex_of_file(library)).first;
  }
  return found->second;
}

}  // namespace leakprobe
