#pragma once

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <memory>
#include <string>
#include <vector>

#include "leakprobe/params.h"
#include "leakprobe/reward.h"

namespace leakprobe {

/// One value for completions whose text matches a regular expression, another for all others.
class RegexReward final : public Reward {
 public:
  struct Options {
    std::string pattern;
    double hit = 1.0;
    double miss = 0.0;
    bool whole = false;
    static void declare(Schema<Options>& schema);
  };
  /// Throws Error where the pattern is no regular expression, with the position in it.
  static RewardFacts facts(const Options& options);
  static std::vector<std::string> examples() { return {"{pattern: '[a-c]+'}"}; }
  RegexReward(const Options& options, const Context&);

  /// Throws Error where a match would take too many steps or too much memory.
  double of(const Completion& completion) const override;

 private:
  bool matches(const std::string& text) const;
  const Options options_;
  const std::shared_ptr<const pcre2_code> code_;
};

}  // namespace leakprobe
