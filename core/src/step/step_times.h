#pragma once

#include <chrono>

namespace leakprobe {

/// Where the seconds of one step went. What is missing to the whole is drawing and packing rows,
/// the objectives and the ledger. A GPU is handed its work and not waited for: there the parts say
/// when it was handed over, and the waiting is where its results are first needed.
struct StepTimes {
  double sampling = 0;   ///< making rollouts and their rewards
  double reference = 0;  ///< scoring rows under the reference model
  double forward = 0;    ///< the model up to the hidden states
  double head = 0;       ///< log-probabilities of the targets
  double backward = 0;
  double optimizer = 0;  ///< gradient norm and update
};

/// Adds the seconds of its life to a total.
class Timed {
 public:
  explicit Timed(double& total) : total_(total) {}
  Timed(const Timed&) = delete;
  Timed& operator=(const Timed&) = delete;
  ~Timed() { total_ += std::chrono::duration<double>(Clock::now() - start_).count(); }

 private:
  using Clock = std::chrono::steady_clock;
  double& total_;
  Clock::time_point start_ = Clock::now();
};

}  // namespace leakprobe
