#include "plugin/abi.h"

#include <gtest/gtest.h>

#include <string>

namespace leakprobe {
namespace {

TEST(Fingerprint, IsReadFieldByField) {
  const Fingerprint print = parse_fingerprint("v1_0123456789abcdef_t2_15_abi1");
  EXPECT_EQ(print, (Fingerprint{"1", "0123456789abcdef", "2.15", "1"}));
}

TEST(Fingerprint, OfTheCoreHasTheForm) {
  EXPECT_NE(parse_fingerprint(core_fingerprint()).headers, "?");
}

TEST(Fingerprint, WhatHasAnotherFormIsUnknown) {
  EXPECT_EQ(parse_fingerprint("").headers, "?");
  EXPECT_EQ(parse_fingerprint("v1_0123_t2_15_abi1").headers, "?");
  EXPECT_EQ(parse_fingerprint(std::string(1 << 20, 'v')).headers, "?");
}

TEST(Fingerprint, DifferencesNameBothSidesOfWhatDiffers) {
  const Fingerprint core{"1", "aa", "2.15", "1"};
  EXPECT_EQ(fingerprint_differences(core, core), "");
  EXPECT_EQ(fingerprint_differences({"1", "bb", "2.4", "1"}, core),
            "public headers bb (here aa), LibTorch 2.4 (here 2.15)");
}

}  // namespace
}  // namespace leakprobe
