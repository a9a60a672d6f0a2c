#pragma once

#include <any>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "conformance/answers.h"
#include "leakprobe/kit/conformance.h"
#include "leakprobe/plugin.h"
#include "leakprobe/task.h"
#include "leakprobe/tokenizer.h"

/// Laws, each with what asks it, and what the kit knows of each kind.
namespace leakprobe {

/// What is seen while one law is asked.
class Findings {
 public:
  /// Notes `what` where `holds` is false; gives `holds`.
  bool expect(bool holds, const std::string& what) {
    if (!holds) seen_.push_back(what);
    return holds;
  }
  /// Notes `fault`, one of contract.h, unless it is ""; gives whether it is.
  bool expect_none(const std::string& fault) { return expect(fault.empty(), fault); }
  /// The law says nothing of this plugin, for this reason.
  void pass_over(std::string why) { why_not_ = std::move(why); }

  const std::vector<std::string>& seen() const { return seen_; }
  const std::string& why_not() const { return why_not_; }

 private:
  std::vector<std::string> seen_;
  std::string why_not_;
};

/// A plugin under test with options that were read.
struct Subject {
  const Registration& registration;
  const void* options;
  std::any facts;
  const TaskFacts& task;  ///< the kit's, which options were read by
  /// For plugins that need one, where the caller has one.
  std::shared_ptr<const Tokenizer> tokenizer = nullptr;
  /// Whether LibTorch may be told here to work with more than one thread.
  bool may_use_threads = false;

  template <class Interface>
  std::shared_ptr<Interface> make(const Context& context) const {
    return std::static_pointer_cast<Interface>(registration.make(options, context));
  }
  template <class Facts>
  const Facts& facts_as() const {
    return std::any_cast<const Facts&>(facts);
  }
};

/// How instances of a kind are made and asked, for the laws of every kind.
struct Interview {
  std::function<std::shared_ptr<void>(const Context&)> make;
  /// Adds what the instance says to all that the kit asks.
  std::function<void(void* instance, Answers& answers)> ask;
  /// What instances get besides their options.
  std::shared_ptr<const Tokenizer> tokenizer = nullptr;
  /// Whether what an instance says depends on what it was asked before.
  bool keeps_state = false;
  /// Whether asking takes gradients.
  bool takes_gradients = false;
};

/// An interview of plugins of the kind `Interface`, which are asked by `ask`.
template <class Interface, class Ask>
Interview interview(const Subject& subject, Ask ask) {
  return {[&subject](const Context& context) -> std::shared_ptr<void> {
            return subject.make<Interface>(context);
          },
          [ask](void* instance, Answers& answers) {
            ask(*static_cast<Interface*>(instance), answers);
          }};
}

/// A law and what asks it.
struct AskedLaw {
  kit::Law law;
  void (*ask)(const Subject& subject, Findings& findings);
};

/// What the kit knows of a kind.
struct KindKit {
  /// The kind's own laws.
  std::vector<AskedLaw> laws;
  /// `subject` outlives what it gives.
  Interview (*interview)(const Subject& subject);
};

KindKit model_kit();
KindKit task_kit();
KindKit objective_kit();
KindKit freezing_kit();
KindKit phase_kit();
KindKit probe_kit();
KindKit optimizer_kit();
KindKit schedule_kit();
KindKit sink_kit();
KindKit reward_kit();
KindKit kit_of(Kind kind);

}  // namespace leakprobe
