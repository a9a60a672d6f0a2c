#include "plugin/guard.h"

#include <gtest/gtest.h>

#include <stdexcept>

namespace leakprobe {
namespace {

TEST(Guard, GivesWhatTheCallGives) {
  int x = 1;
  int& same = guarded(CallSite{"task 'a'"}, [&]() -> int& { return x; });
  EXPECT_EQ(&same, &x);
}

TEST(Guard, LeavesOutWhatIsNotKnown) {
  try {
    guarded("task 'a'", "", -1, [] { throw std::runtime_error(""); });
    FAIL();
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "task 'a': (no message)");
  }
}

TEST(Guard, AnInnerPluginIsNamedOnce) {
  const auto inner = [] {
    guarded("model 'b'", "elicit", 3, [] { throw std::runtime_error("broke"); });
  };
  try {
    guarded("probe 'a'", "elicit", 3, inner);
    FAIL();
  } catch (const PluginError& error) {
    EXPECT_STREQ(error.what(), "model 'b', phase elicit, step 3: broke");
  }
}

TEST(Guard, MakesTheSiteOnlyWhenItIsNeeded) {
  int made = 0;
  const auto site = [&] {
    ++made;
    return CallSite{"task 'a'"};
  };
  guarded(site, [] {});
  EXPECT_EQ(made, 0);
  EXPECT_THROW(guarded(site, [] { throw 1; }), PluginError);
  EXPECT_EQ(made, 1);
}

TEST(Guard, NoHostileMessageReachesTheTerminal) {
  try {
    guarded("task 'a'", "", -1, [] { throw std::runtime_error("\x1b[2Jgone"); });
    FAIL();
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "task 'a': \\x1b[2Jgone");
  }
}

}  // namespace
}  // namespace leakprobe
