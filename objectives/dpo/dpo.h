#pragma once

#include <array>

#include "leakprobe/objective.h"
#include "leakprobe/params.h"

namespace leakprobe {

/// Direct preference optimisation: prefer the chosen text to the rejected one by more than the
/// reference does.
class Dpo final : public Objective {
 public:
  struct Options {
    enum class Form { sigmoid, hinge, robust };
    friend constexpr auto words_of(Form) {
      return std::array{
          Word{Form::sigmoid, "sigmoid", "-log sigmoid (Rafailov et al. 2023)"},
          Word{Form::hinge, "hinge", "max(0, 1 - margin) (Zhao et al. 2023)"},
          Word{Form::robust, "robust", "sigmoid freed of swapped labels (Chowdhury et al. 2024)"}};
    }
    Form loss = Form::sigmoid;
    double beta = 0.1;
    double label_smoothing = 0.0;
    static void declare(Schema<Options>& schema);
  };
  static ObjectiveFacts facts(const Options&);
  Dpo(const Options& options, const Context&) : options_(options) {}

  Loss evaluate(const Columns& columns) const override;

 private:
  /// Loss of each item as a function of beta * delta.
  torch::Tensor losses(const torch::Tensor& logits) const;
  const Options options_;
};

}  // namespace leakprobe
