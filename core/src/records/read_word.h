#pragma once

#include <string>

#include "leakprobe/value.h"
#include "leakprobe/words.h"

namespace leakprobe {

/// The enumerator whose word a record has under `key`. Throws Error that names file and path.
template <Worded Enum>
Enum read_word(const Value& record, const char* key) {
  const std::string& text = record.text(key);
  if (const auto value = value_of<Enum>(text)) return *value;
  std::string known;
  for (const Word<Enum>& word : words_of(Enum{})) {
    known += (known.empty() ? "" : ", ") + std::string(word.word);
  }
  record.fail(key, "expected one of " + known + ", found " + Value(text).describe());
}

}  // namespace leakprobe
