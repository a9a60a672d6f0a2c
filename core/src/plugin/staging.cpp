#include "plugin/staging.h"

#include "format/quote.h"
#include "leakprobe/error.h"

namespace leakprobe {
namespace {

/// snake_case words with dots between them, such as "dpo" and "acme.ipo".
bool is_plugin_name(const std::string& name) {
  bool word_begins = true;
  for (const char c : name) {
    const bool letter = c >= 'a' && c <= 'z';
    const bool inner = (c >= '0' && c <= '9') || c == '_';
    if (c == '.' && !word_begins) {
      word_begins = true;
    } else if (letter || (inner && !word_begins)) {
      word_begins = false;
    } else {
      return false;
    }
  }
  return !word_begins;
}

}  // namespace

void StagingRegistrar::add(Registration registration) {
  const std::string what = std::string(name_of(registration.kind)) + " " + quote(registration.name);
  if (!is_plugin_name(registration.name)) {
    throw Error(what + ": a plugin's name is snake_case, such as 'npo' or 'acme.npo'");
  }
  if (registration.doc.empty()) {
    throw Error(what + ": describe the plugin in one sentence");
  }
  for (const Registration& other : registrations_) {
    if (other.kind == registration.kind && other.name == registration.name) {
      throw Error(what + " is registered twice; remove one");
    }
  }
  registrations_.push_back(std::move(registration));
}

}  // namespace leakprobe
