#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "leakprobe/plugin.h"
#include "plugin/search.h"
#include "plugin/trust.h"

namespace leakprobe {

/// A plugin and the library it came from.
struct RegisteredPlugin {
  Registration registration;
  std::filesystem::path library;  ///< canonical; empty for a part of the program itself
};

/// A file or folder that was to be searched or loaded and could not be.
struct LoadFailure {
  std::filesystem::path path;
  std::string reason;  ///< without the path
  /// Somebody named this very path: without it the experiment is not what its author meant.
  bool named = false;
};

/// All plugins that can be used, by kind and name. Pointers to them stay valid.
class Registry {
 public:
  /// Looks at every entry. What cannot be loaded goes to failures() and stops nothing else.
  void load(const std::vector<SearchEntry>& entries);
  /// Places by which others may change what was loaded, each once.
  const std::vector<OpenPlace>& open_places() const { return open_places_; }
  /// Called with each of them as it is found.
  void on_open_place(std::function<void(const OpenPlace&)> call) {
    on_open_place_ = std::move(call);
  }
  /// Loads one library; throws Error "<path>: <reason>". A library that is there already is passed
  /// over.
  void load_file(const std::filesystem::path& path);
  /// Takes plugins of `library`: all or, where one has the kind and name of another's or would be a
  /// second default of its kind, none and an Error that names both libraries.
  void add(std::vector<Registration> registrations, const std::filesystem::path& library = {});

  /// Throws Error for the first named path among the failures: for whoever is going to use plugins
  /// rather than to list them.
  void require_named() const;

  const Registration* find(Kind kind, std::string_view name) const;
  const RegisteredPlugin* find_plugin(Kind kind, std::string_view name) const;
  /// One that is known to be there; throws Error where it is not.
  const Registration& at(Kind kind, std::string_view name) const;
  /// The plugin of `kind` that experiments without one mean; nullptr where none says so.
  const Registration* default_of(Kind kind) const;
  /// Names of one kind, sorted.
  std::vector<std::string> names(Kind kind) const;
  /// What to do about a plugin `name` of a kind that is not there: the name that may be meant, how
  /// to say where another library lies, or which plugins there are.
  std::string hint_for(Kind kind, const std::string& name) const;
  /// All plugins by kind, then by name.
  std::vector<const RegisteredPlugin*> plugins() const;
  /// Whether this library is in use, whoever named it.
  bool has_library(const std::filesystem::path& library) const;
  /// Paths of the libraries in use, sorted.
  std::vector<std::filesystem::path> libraries() const;
  const std::vector<LoadFailure>& failures() const { return failures_; }
  /// Takes away the failures from number `first` on: an experiment's libraries fail that experiment
  /// and no other.
  std::vector<LoadFailure> take_failures(size_t first);

  /// SHA-256 of a library's file in 64 hexadecimal digits, read when first asked for.
  const std::string& sha256(const std::filesystem::path& library) const;

 private:
  void load_entry(const SearchEntry& entry);
  void note_open_places(const SearchEntry& entry, const std::vector<std::filesystem::path>& files);
  void record(const std::filesystem::path& path, const std::exception& failure, bool named);

  std::map<std::pair<Kind, std::string>, std::unique_ptr<const RegisteredPlugin>> plugins_;
  std::set<std::filesystem::path> loaded_;
  std::vector<LoadFailure> failures_;
  std::vector<OpenPlace> open_places_;
  std::function<void(const OpenPlace&)> on_open_place_;
  mutable std::map<std::filesystem::path, std::string> hashes_;
};

/// The one of `names` that `name` may mean: 'acme.npo' for 'npo', or one spelt nearly alike; "" =
/// none.
std::string meant_plugin(const std::string& name, const std::vector<std::string>& names);

/// How to say where the library of a plugin 'prefix.name' lies, if it is not among those known; ""
/// for other names, which are our own.
std::string library_hint(const std::string& name);

}  // namespace leakprobe
