#include "conformance/inputs.h"

#include <string>
#include <utility>
#include <vector>

#include "leakprobe/random.h"
#include "tokenizer/word_vocabulary.h"

namespace leakprobe {

torch::Tensor irregular(torch::IntArrayRef shape, uint64_t salt, double low, double high) {
  torch::Tensor tensor = torch::empty(shape, torch::kFloat32);
  Random random = RandomStream(salt, "conformance").at(0);
  float* numbers = tensor.data_ptr<float>();
  for (int64_t i = 0; i < tensor.numel(); ++i) {
    numbers[i] = static_cast<float>(low + (high - low) * random.uniform());
  }
  return tensor;
}

std::shared_ptr<const Tokenizer> ascii_tokenizer() {
  std::vector<std::string> characters;
  for (char c = 1; c < 127; ++c) characters.emplace_back(1, c);
  return make_word_vocabulary(std::move(characters));
}

TaskFacts kits_task() {
  TaskFacts facts;
  for (const char* name : {"random", "useful", "held_out", "control"}) {
    SetFacts set;
    set.name = name;
    set.distribution = "letters";
    facts.sets.push_back(set);
  }
  facts.sets[1].size = 12;
  facts.sets[2].size = 4;
  facts.sets[2].role.kind = Role::Kind::never_positive;
  facts.sets[3].role.kind = Role::Kind::control;
  facts.prefixes = {"regular", "reverse"};
  facts.chance = -3.258097;
  return facts;
}

}  // namespace leakprobe
