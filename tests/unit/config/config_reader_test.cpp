#include "leakprobe/config_reader.h"

#include <gtest/gtest.h>

#include "config/support.h"
#include "leakprobe/error.h"

namespace leakprobe {
namespace {

ConfigReader reader(const std::string& text) { return {yaml(text), "config.json"}; }

template <class Call>
std::string error_of(Call call) {
  try {
    call();
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(ConfigReader, ReadsNestedKeysAndKeysThatHoldDots) {
  const ConfigReader config =
      reader("{rope: {theta: 10000, 'a.b': 2}, llama.block_count: 3, llama.rope: {freq: 1.5}}");
  EXPECT_EQ(config.integer("rope.theta"), 10000);
  EXPECT_EQ(config.integer("rope.a.b"), 2);
  EXPECT_EQ(config.integer("llama.block_count"), 3);
  EXPECT_EQ(config.number("llama.rope.freq"), 1.5);
  EXPECT_FALSE(config.has("rope.theta.x"));
  EXPECT_FALSE(config.has(""));
}

TEST(ConfigReader, NullCountsAsAbsent) {
  const ConfigReader config = reader("{a: null, b: 1}");
  EXPECT_FALSE(config.has("a"));
  EXPECT_EQ(config.integer("a", 7), 7);
  EXPECT_EQ(config.first_number({"a", "b"}, 0.0), 1.0);
  EXPECT_EQ(config.first_number({"a", "c"}, 0.5), 0.5);
  EXPECT_EQ(config.text("c", "x"), "x");
  EXPECT_TRUE(config.boolean("c", true));
}

TEST(ConfigReader, FailuresNameSourceAndKey) {
  const ConfigReader config = reader("{a: 'x', b: 1.5, c: 1}");
  EXPECT_EQ(error_of([&] { config.integer("none"); }),
            "config.json: none: is missing; it is needed to build the model");
  EXPECT_EQ(error_of([&] { config.integer("b"); }),
            "config.json: b: expected an integer, found the number 1.5");
  EXPECT_EQ(error_of([&] { config.number("a", 1.0); }),
            "config.json: a: expected a number, found 'x'");
  EXPECT_EQ(error_of([&] { config.boolean("c", true); }),
            "config.json: c: expected true or false, found the number 1");
  EXPECT_EQ(error_of([&] { config.text("c"); }),
            "config.json: c: expected text, found the number 1");
}

}  // namespace
}  // namespace leakprobe
