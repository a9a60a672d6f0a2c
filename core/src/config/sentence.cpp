#include "config/sentence.h"

#include <utility>

namespace leakprobe {

std::string sentence_of(const Diagnostic& diagnostic) {
  Diagnostic without_hint = diagnostic;
  const std::string hint = std::exchange(without_hint.hint, "");
  return without_hint.text() + (hint.empty() ? "" : "; " + hint);
}

}  // namespace leakprobe
