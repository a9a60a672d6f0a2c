#include <gtest/gtest.h>

#include "leakprobe/diagnostic.h"
#include "plugin/registry.h"

namespace leakprobe {
namespace {

TEST(PluginSuggestion, ANameWithoutItsPrefixIsUnderstood) {
  const std::vector<std::string> names = {"objective/acme.simpo", "acme.simpo", "probe/acme.simpo"};
  EXPECT_EQ(meant_plugin("simpo", names), "objective/acme.simpo");
  EXPECT_EQ(meant_plugin("probe/simpo", names), "probe/acme.simpo");
  EXPECT_EQ(meant_plugin("acme.simop", names), "acme.simpo");
  EXPECT_EQ(meant_plugin("dpo", {"acme.simpo"}), "");
}

TEST(PluginSuggestion, OnlyADottedNameMayLieInAnotherLibrary) {
  EXPECT_EQ(library_hint("dpo"), "");
  EXPECT_NE(library_hint("acme.dpo").find("--plugin-path or LEAKPROBE_PLUGIN_PATH"),
            std::string::npos);
}

TEST(PluginSuggestion, ListsEachKnownNameOnce) {
  EXPECT_EQ(suggest("xyzzy", {"likelihood", "acme.rank", "likelihood"}, "known probes"),
            "known probes: likelihood, acme.rank");
}

}  // namespace
}  // namespace leakprobe
