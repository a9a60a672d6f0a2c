#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "leakprobe/plugin.h"
#include "plugin/search.h"

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
  /// Loads one library; throws Error "<path>: <reason>". A library that is there already is passed
  /// over.
  void load_file(const std::filesystem::path& path);
  /// Takes plugins of `library`: all or, where one has the kind and name of another's, none and an
  /// Error that names both libraries.
  void add(std::vector<Registration> registrations, const std::filesystem::path& library = {});

  /// Throws Error for the first named path among the failures: for whoever is going to use plugins
  /// rather than to list them.
  void require_named() const;

  const Registration* find(Kind kind, std::string_view name) const;
  const RegisteredPlugin* find_plugin(Kind kind, std::string_view name) const;
  /// Names of one kind, sorted.
  std::vector<std::string> names(Kind kind) const;
  /// All plugins by kind, then by name.
  std::vector<const RegisteredPlugin*> plugins() const;
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
  void record(const std::filesystem::path& path, const std::exception& failure, bool named);

  std::map<std::pair<Kind, std::string>, std::unique_ptr<const RegisteredPlugin>> plugins_;
  std::set<std::filesystem::path> loaded_;
  std::vector<LoadFailure> failures_;
  mutable std::map<std::filesystem::path, std::string> hashes_;
};

}  // namespace leakprobe
