#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "compose/file_names.h"
#include "leakprobe/value.h"

namespace leakprobe {

inline constexpr int64_t kEnvironmentVersion = 1;

/// What decides which numbers a run gives: two of one identity on one machine give the same bits.
struct IdentityRecord {
  /// A file that the experiment names, or one in a folder that it names.
  struct File {
    std::string parameter, file, hash;
  };
  std::string digest;  ///< of the configuration
  Value experiment;    ///< the keys that count, without paths
  int64_t seed = 0;
  std::string leakprobe;                       ///< version of the program
  std::string build;                           ///< SHA-256 of its library
  std::map<std::string, std::string> plugins;  ///< library, SHA-256
  std::vector<File> files;

  Value to_value() const;
  /// What `to_value` gave. Throws Error that names file and path where it is anything else.
  static IdentityRecord of(const Value& value);
};

/// What a resumed run must find unchanged, because other values give other bits.
struct Circumstances {
  std::string libtorch;        ///< version
  std::string cpu_capability;  ///< that LibTorch uses
  int64_t threads = 0;
  std::string device;
  std::string gpu, cuda;  ///< "" without one
  std::string f32_products;
  std::string compute;
  std::string products_of_probes = {};  ///< of a bfloat16 run on a processor; "" of others

  Value to_value() const;
  /// What `to_value` gave. Throws Error that names file and path where it is anything else.
  static Circumstances of(const Value& value);
  friend bool operator==(const Circumstances&, const Circumstances&) = default;
};

/// environment.json: program, machine and files that a run was made with. Of what only people read
/// old ones lack some: it is "" or 0 then.
struct EnvironmentRecord {
  std::string leakprobe;    ///< version of the program
  int64_t api_version = 0;  ///< of the public headers
  std::string headers;      ///< their hash
  std::string processor;
  Circumstances circumstances;
  std::string model_path;
  std::vector<std::pair<std::string, std::string>> plugins;  ///< library, SHA-256
  std::optional<IdentityRecord> identity;                    ///< old ones do not say

  Value to_value() const;
  /// What `to_value` gave. Throws Error that names file and path where it is anything else.
  static EnvironmentRecord of(const Value& value);
};

/// Throws Error where a directory has none, or a damaged one.
EnvironmentRecord read_environment(const std::filesystem::path& directory);

}  // namespace leakprobe
