#include "plugin/abi.h"

#include <regex>

#include "leakprobe/plugin.h"
#include "text/quote.h"

#define LEAKPROBE_TEXT(text) #text
#define LEAKPROBE_TEXT_OF(macro) LEAKPROBE_TEXT(macro)

extern "C" {
const char LEAKPROBE_ABI_NAME(leakprobe_core_)[] = LEAKPROBE_TEXT_OF(LEAKPROBE_ABI_SYMBOL_SUFFIX);
}

namespace leakprobe {

Fingerprint parse_fingerprint(std::string_view text) {
  static const std::regex form("v([0-9]{1,9})_([0-9a-f]{16})_t([0-9]{1,9})_([0-9]{1,9})_abi([01])");
  std::match_results<std::string_view::const_iterator> parts;
  // The bound keeps std::regex, which recurses, away from hostile names.
  if (text.size() > 100 || !std::regex_match(text.begin(), text.end(), parts, form)) {
    return {"?", "?", "?", "?"};
  }
  return {parts.str(1), parts.str(2), parts.str(3) + "." + parts.str(4), parts.str(5)};
}

std::string_view core_fingerprint() { return LEAKPROBE_ABI_NAME(leakprobe_core_); }

std::string fingerprint_differences(const Fingerprint& plugin, const Fingerprint& core) {
  std::string text;
  const auto compare = [&](std::string_view field, const std::string& theirs,
                           const std::string& ours) {
    if (theirs == ours) return;
    if (!text.empty()) text += ", ";
    text += field;
    text += " " + printable(theirs) + " (here " + ours + ")";
  };
  compare("plugin API version", plugin.api_version, core.api_version);
  compare("public headers", plugin.headers, core.headers);
  compare("LibTorch", plugin.libtorch, core.libtorch);
  compare("C++ ABI", plugin.cxx_abi, core.cxx_abi);
  return text;
}

}  // namespace leakprobe
