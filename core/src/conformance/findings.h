#pragma once

#include <string>
#include <vector>

#include "leakprobe/plugin.h"
#include "leakprobe/slot.h"
#include "leakprobe/tokenizer.h"

namespace leakprobe {

/// What was found wrong with one plugin.
class Findings {
 public:
  Findings(std::string plugin, std::vector<std::string>& failures)
      : plugin_(std::move(plugin)), failures_(failures) {}

  /// Records `what` where `holds` is false; gives `holds`.
  bool expect(bool holds, const std::string& what) {
    if (!holds) failures_.push_back(plugin_ + ": " + what);
    return holds;
  }
  /// Records `fault`, one of contract.h, unless it is ""; gives whether it is.
  bool expect_none(const std::string& fault) { return expect(fault.empty(), fault); }

 private:
  std::string plugin_;
  std::vector<std::string>& failures_;
};

/// A plugin under test with options that were read.
struct Subject {
  const Registration& registration;
  const void* options;
  std::any facts;

  template <class Interface>
  std::shared_ptr<Interface> make(const Context& context) const {
    return std::static_pointer_cast<Interface>(registration.make(options, context));
  }
};

void check_objective(const Subject& subject, Findings& findings);
void check_task(const Subject& subject, Findings& findings);
void check_freezing(const Subject& subject, Findings& findings);
void check_schedule(const Subject& subject, Findings& findings);
void check_optimizer(const Subject& subject, Findings& findings);
void check_probe(const Subject& subject, Findings& findings);
void check_sink(const Subject& subject, Findings& findings);
void check_reward(const Subject& subject, Findings& findings);
void check_phase(const Subject& subject, const TaskFacts& task, Findings& findings);
void check_model(const Subject& subject, Findings& findings);

/// Irregular numbers in [low, high), the same everywhere, by shape.
torch::Tensor irregular(torch::IntArrayRef shape, uint64_t salt, double low, double high);

/// What a plugin is checked with that takes any tokenizer: its tokens are the characters of ASCII.
std::shared_ptr<const Tokenizer> ascii_tokenizer();

}  // namespace leakprobe
