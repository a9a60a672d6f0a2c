#include "plugin/staging.h"

#include <algorithm>
#include <set>

#include "config/names.h"
#include "leakprobe/error.h"
#include "plugin/facts_fault.h"
#include "text/quote.h"

namespace leakprobe {

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
  return !word_begins && name_fault(name).empty();
}

namespace {

/// What is wrong with the facts of an objective, where they can be asked for without an experiment:
/// other kinds, and objectives with required parameters, are asked when one is composed.
std::string fault_of_default_facts(const Registration& registration) {
  const std::vector<Field>& fields = registration.parameters->fields();
  if (registration.kind != Kind::objective ||
      std::any_of(fields.begin(), fields.end(),
                  [](const Field& field) { return field.required; })) {
    return "";
  }
  try {
    const auto options = registration.parameters->make();
    return fault_of_facts(registration.kind, registration.facts(options.get()));
  } catch (const Error&) {
    return "";  // its defaults lack something that only an experiment can say
  }
}

std::string fault_of_model(const ModelRegistration& model) {
  if (model.model_type.empty()) return "its kModelType is empty";
  std::set<std::string> names;
  for (const ModelRegistration::Shape& shape : model.shapes) {
    if (shape.name.empty() || !names.insert(shape.name).second) {
      return "its shape " + quote(shape.name) + " has no name of its own";
    }
  }
  return "";
}

}  // namespace

void StagingRegistrar::add(Registration registration) {
  const std::string what = std::string(name_of(registration.kind)) + " " + quote(registration.name);
  if (!is_plugin_name(registration.name)) {
    throw Error(what + ": a plugin's name is short and snake_case, such as 'npo' or 'acme.npo'");
  }
  if (registration.doc.empty()) {
    throw Error(what + ": describe the plugin in one sentence");
  }
  for (const Registration& other : registrations_) {
    if (other.kind == registration.kind && other.name == registration.name) {
      throw Error(what + " is registered twice; remove one");
    }
    if (other.kind == registration.kind && other.is_default && registration.is_default) {
      throw Error(what + " would be the default, which " + quote(other.name) +
                  " is already; take kIsDefault from one of them");
    }
  }
  std::string fault = fault_of_default_facts(registration);
  if (registration.model) fault = fault_of_model(*registration.model);
  if (!fault.empty()) throw Error(what + ": " + fault);
  registrations_.push_back(std::move(registration));
}

}  // namespace leakprobe
