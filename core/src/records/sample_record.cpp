#include "records/sample_record.h"

#include "records/ledger_record.h"
#include "records/line_version.h"

namespace leakprobe {

Value SampleRecord::to_value() const {
  Value value = Value::map();
  value.set("v", kLineVersion);
  value.set("phase", phase);
  value.set("step", step);
  value.set("term", term);
  value.set("group", group);
  value.set("planted", planted);
  value.set("set", set.empty() ? Value() : Value(set));
  value.set("text", text ? Value(*text) : Value());
  value.set("tokens", Value(Value::List(tokens.begin(), tokens.end())));
  value.set("secret", Value(Value::List{secret.begin, secret.end}));
  value.set("reward", reward);
  value.set("advantage", advantage);
  return value;
}

SampleRecord SampleRecord::of(const Value& value) {
  require_line_version(value);
  SampleRecord record;
  record.phase = value.text("phase");
  record.step = value.integer("step", 0, kMostCounted - 1);
  record.term = value.text("term");
  record.group = value.integer("group", 0);
  record.planted = value.boolean("planted");
  if (value.has("set")) record.set = value.text("set");
  if (value.has("text")) record.text = value.text("text");
  record.tokens = value.integers("tokens", 0);
  const std::vector<int64_t> secret = value.integers("secret", 0);
  if (secret.size() != 2 || secret[0] > secret[1] ||
      secret[1] > static_cast<int64_t>(record.tokens.size())) {
    value.fail("secret", "is no part of the tokens");
  }
  record.secret = {secret[0], secret[1]};
  record.reward = value.number("reward");
  record.advantage = value.number("advantage");
  return record;
}

}  // namespace leakprobe
