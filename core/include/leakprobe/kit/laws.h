#pragma once

#include <gtest/gtest.h>

#include <map>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "leakprobe/kit/conformance.h"

/// The laws of a kind as GoogleTest's tests of a plugin, one a law. In a file after TESTS of
/// leakprobe_add_plugin, which says where the plugin's library is:
///
///     #include <leakprobe/kit/laws.h>
///
///     LEAKPROBE_TEST_LAWS(objective)
///
/// once for each kind of plugins that the library has. Libraries with plugins that the examples
/// name, besides those of the installation, may follow: LEAKPROBE_TEST_LAWS(phase, "other.so").
namespace leakprobe::kit {

/// What became of the laws of the library's plugins, which are asked once a process.
inline const std::vector<Verdict>& verdicts_of(const Conformance& conformance) {
  static std::map<std::string, std::vector<Verdict>> known;
  std::string key = conformance.library.string();
  for (const std::filesystem::path& path : conformance.beside) key += ":" + path.string();
  const auto found = known.find(key);
  return found != known.end() ? found->second
                              : known.emplace(key, verify(conformance)).first->second;
}

/// Fails where the law is broken, skips where it says nothing of these plugins.
inline void expect_law(const Conformance& conformance, Kind kind, const Law& law) {
  bool is_there = false, is_asked = false;
  std::string why_not;
  for (const Verdict& verdict : verdicts_of(conformance)) {
    if (verdict.kind != kind || verdict.law.name != law.name) continue;
    is_there = true;
    is_asked = is_asked || verdict.outcome != Verdict::Outcome::not_asked;
    for (const std::string& reason : verdict.reasons) {
      const std::string who = verdict.plugin() + " " + verdict.options + ": " + reason;
      if (verdict.outcome == Verdict::Outcome::broken) ADD_FAILURE() << who;
      why_not += (why_not.empty() ? "" : "\n") + who;
    }
  }
  EXPECT_TRUE(is_there) << conformance.library << " has no plugin of the kind " << name_of(kind);
  if (is_there && !is_asked) GTEST_SKIP() << why_not;
}

inline std::string name_of_law(const ::testing::TestParamInfo<Law>& law) { return law.param.name; }

/// As GoogleTest shows the law of a test that failed.
inline void PrintTo(const Law& law, std::ostream* stream) {
  *stream << law.contract << " (" << law.header << ")";
}

}  // namespace leakprobe::kit

/// `kind` is a word of leakprobe::Kind.
#define LEAKPROBE_TEST_LAWS(kind, ...)                                                           \
  class kind##_laws : public ::testing::TestWithParam<::leakprobe::kit::Law> {};                 \
  TEST_P(kind##_laws, hold) {                                                                    \
    const std::vector<std::filesystem::path> beside = {__VA_ARGS__};                             \
    ::leakprobe::kit::expect_law({LEAKPROBE_PLUGIN_PATH_FOR_TESTS, beside, {}},                  \
                                 ::leakprobe::Kind::kind, GetParam());                           \
  }                                                                                              \
  INSTANTIATE_TEST_SUITE_P(                                                                      \
      all, kind##_laws, ::testing::ValuesIn(::leakprobe::kit::laws_of(::leakprobe::Kind::kind)), \
      ::leakprobe::kit::name_of_law);
