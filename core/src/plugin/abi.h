#pragma once

#include <string>
#include <string_view>

namespace leakprobe {

/// What a plugin and the core must agree on, as it is written in the names of symbols:
/// v<api>_<headers>_t<major>_<minor>_abi<C++ ABI>.
struct Fingerprint {
  std::string api_version;
  std::string headers;  ///< 16 hexadecimal digits
  std::string libtorch;
  std::string cxx_abi;
  friend bool operator==(const Fingerprint&, const Fingerprint&) = default;
};

/// Reads the text form; every field is "?" where it has another one.
Fingerprint parse_fingerprint(std::string_view text);

/// The core's own, in text form.
std::string_view core_fingerprint();

/// Each field that differs, with both sides: "LibTorch 2.4 (here 2.15), ...".
std::string fingerprint_differences(const Fingerprint& plugin, const Fingerprint& core);

}  // namespace leakprobe
