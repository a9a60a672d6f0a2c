#include "tokenizer/tokenizer_json_check.h"

#include <algorithm>

#include "text/quote.h"

namespace leakprobe {

void require_members_among(const JsonValue& object, std::initializer_list<std::string_view> names) {
  for (const std::string& key : object.keys()) {
    if (std::find(names.begin(), names.end(), key) != names.end() || !object.has(key)) continue;
    object.fail("the member " + quote(key) +
                " is not known: use a tokenizer that works without it");
  }
}

void refuse(const JsonValue& value, const std::string& what, const std::string& supported) {
  value.fail(what + " is not supported: use a tokenizer with " + supported);
}

}  // namespace leakprobe
