#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <string>
#include <vector>

#include "format/json_to_value.h"
#include "format/support.h"
#include "leakprobe/value.h"

/// Records are read back as they were written, and of damaged ones the file and the path are named.
namespace leakprobe {

/// A record as its file gives it back.
inline Value as_read(const Value& record, const std::string& file) {
  return value_of_json(to_json(record), file);
}

/// What somebody did to a record, and what is said of it.
struct Damage {
  std::function<void(Value&)> change;
  std::string said;  ///< the path and what is wrong there, behind the file's name
};

/// Holds each damage against what `read` says of it.
template <class Read>
void expect_named(const Value& whole, const std::string& file, const Read& read,
                  const std::vector<Damage>& damages) {
  EXPECT_EQ(error_of([&] { read(as_read(whole, file)); }), "no error");
  for (const Damage& damage : damages) {
    Value changed = whole;
    damage.change(changed);
    EXPECT_EQ(error_of([&] { read(as_read(changed, file)); }), file + ": " + damage.said);
  }
}

/// Each member of a record in turn is missing, and is of a type that no member has where it is
/// needed. `optional` may be missing or null, but nothing else.
template <class Read>
void expect_checked(const Value& whole, const std::string& file, const Read& read,
                    const std::vector<std::string>& optional) {
  for (const Value::Entry& entry : whole.entries()) {
    const bool needed = std::find(optional.begin(), optional.end(), entry.key) == optional.end();
    Value without = whole;
    without.erase(entry.key);
    const std::string missing = error_of([&] { read(as_read(without, file)); });
    EXPECT_EQ(missing, needed ? file + ": " + entry.key + ": is missing" : "no error");
    Value odd = whole;
    const bool is_text = entry.value.is_string();
    odd.set(entry.key, is_text ? Value(Value::List{}) : Value("odd"));
    EXPECT_THAT(error_of([&] { read(as_read(odd, file)); }),
                testing::StartsWith(file + ": " + entry.key + ": "));
  }
}

}  // namespace leakprobe
