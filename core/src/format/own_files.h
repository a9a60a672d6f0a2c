#pragma once

#include <filesystem>
#include <set>
#include <string>
#include <vector>

namespace leakprobe {

/// What leakprobe made in a folder. The folder's file ".leakprobe" lists it, a line "<maker>
/// <name>" each, before it is made; nothing else is ever replaced or deleted there. Lines are only
/// appended, so that several processes may make files in one folder.
class OwnFiles {
 public:
  /// `maker` is the part of leakprobe that speaks: "run", "sweep" or "report". Throws Error where
  /// there is a list that cannot be read.
  OwnFiles(std::filesystem::path folder, std::string maker);

  /// Names in the folder that this maker listed.
  const std::set<std::string>& names() const { return names_; }
  bool owns(const std::string& name) const { return names_.contains(name); }
  /// Whether something that any maker listed is in the folder.
  bool any_is_there() const;

  /// Lists names that are about to be made. Throws Error for the first of which something is there
  /// that no maker listed, or a link in its place, and lists none then.
  void claim(const std::vector<std::string>& names);

  /// Lists names without looking: for what replaces nothing, however it is put in place.
  void list(const std::vector<std::string>& names);

  /// Removes what is there of a listed name: a file or a link; with `remove_folder` also a folder
  /// with all that it holds. Throws Error where it cannot.
  void remove_file(const std::string& name) const;
  void remove_folder(const std::string& name) const;
  /// Removes the list and then the folder, unless something else is left in it.
  void remove_if_empty() const;

 private:
  void require(const std::string& name) const;

  std::filesystem::path folder_;
  std::string maker_;
  std::set<std::string> names_;   ///< of this maker
  std::set<std::string> others_;  ///< of the others
};

/// What runs and sweeps call themselves in such lists.
inline constexpr const char* kRunMaker = "run";
inline constexpr const char* kSweepMaker = "sweep";

/// The name of the list.
inline constexpr const char* kOwnFilesList = ".leakprobe";

}  // namespace leakprobe
