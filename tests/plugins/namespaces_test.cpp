// An author's test, with both namespaces in use.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "leakprobe/kit/conformance.h"
#include "leakprobe/kit/test_context.h"
#include "leakprobe/plugin.h"

using namespace leakprobe;

TEST(Author, UsesLeakprobesNamespaceBesideGoogleTests) {
  const kit::TestContext context;
  context.warn("a word");
  EXPECT_THAT(context.warnings, testing::ElementsAre("a word"));
}
