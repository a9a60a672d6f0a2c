// A saved state is taken up as it was written, or refused in one sentence.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <limits>

#include "leakprobe/error.h"
#include "leakprobe/host/workbench.h"
#include "records/run_state.h"
#include "support/run_helpers.h"

namespace leakprobe {
namespace {

namespace fs = std::filesystem;
using namespace testing_support;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

const fs::path kTiny = source_folder() / "examples/tiny.yaml";

/// `step`: told of each.
host::RunStatus resume(const fs::path& out,
                       std::function<void(const host::RunProgress&)> step = {}) {
  const host::Workbench workbench({{}, LEAKPROBE_PROGRAM});
  host::RunOptions options;
  options.out = out;
  options.resume = true;
  options.observer.step = std::move(step);
  return workbench.run({kTiny, {"threads=1"}}, options).status;
}

/// A run that was stopped within elicit, its references and evidence saved.
const fs::path& stopped_run() {
  static const fs::path run = [] {
    const fs::path out = fresh_folder("stopped") / "run";
    for (int step = 0; step < 20; ++step) {
      const auto stop = [](const host::RunProgress&) { host::request_stop(); };
      EXPECT_EQ(resume(out, stop), host::RunStatus::interrupted);
    }
    return out;
  }();
  return run;
}

/// What resuming says after the facts and tensors were changed and the checksum made good.
std::string refusal(const std::function<void(RunState&)>& change) {
  const fs::path out = fresh_folder("changed") / "run";
  fs::copy(stopped_run(), out, fs::copy_options::recursive);
  const SavedState saved = SavedState::load(out / "state.safetensors");
  RunState state{saved.tensors, saved.facts};
  change(state);
  state.save(out / "state.safetensors");
  try {
    resume(out);
  } catch (const Error& refused) {
    return refused.what();
  } catch (const std::exception& other) {
    return std::string("not an Error: ") + other.what();
  }
  return "it was resumed";
}

Value& fact(RunState& state, std::initializer_list<const char*> path) {
  Value* at = &state.facts;
  for (const char* step : path) {
    at = at->is_list() ? &at->as_list().at(std::stoul(step)) : at->find(step);
    if (at == nullptr) throw std::out_of_range(step);
  }
  return *at;
}

/// A set in the ledger whose rows are counted one by one.
Value& counted_set(RunState& state) {
  for (Value& column : fact(state, {"ledger", "columns"}).as_list()) {
    for (Value& set : column.find("sets")->as_list()) {
      if (set.find("counts") != nullptr) return set;
    }
  }
  throw std::out_of_range("counts");
}

torch::Tensor& tensor(RunState& state, const std::string& name) {
  for (auto& [known, value] : state.tensors) {
    if (known == name) return value;
  }
  throw std::out_of_range(name);
}

const auto kRefused =
    AllOf(HasSubstr("state.safetensors: "), HasSubstr("start again with --fresh"));

TEST(SavedState, UnchangedIsResumed) {
  EXPECT_EQ(refusal([](RunState&) {}), "it was resumed");
}

TEST(SavedState, WithoutOneOfItsFactsIsRefused) {
  const SavedState saved = SavedState::load(stopped_run() / "state.safetensors");
  for (const Value::Entry& entry : saved.facts.entries()) {
    const std::string& key = entry.key;
    if (key == "version" || key == "finished") continue;
    EXPECT_THAT(refusal([&](RunState& state) { state.facts.erase(key); }), kRefused) << key;
  }
}

TEST(SavedState, WithAFactOfAnotherTypeIsRefused) {
  const SavedState saved = SavedState::load(stopped_run() / "state.safetensors");
  for (const Value::Entry& entry : saved.facts.entries()) {
    const std::string& key = entry.key;
    if (key == "version") continue;
    const std::string said = refusal([&](RunState& state) { fact(state, {key.c_str()}) = true; });
    EXPECT_THAT(said, HasSubstr("--fresh")) << key;
    EXPECT_THAT(said, Not(HasSubstr("not an Error"))) << key;
  }
}

TEST(SavedState, WithAFactThatCannotBeIsRefused) {
  for (const std::function<void(RunState&)>& change : std::vector<std::function<void(RunState&)>>{
           [](RunState& state) { fact(state, {"phase"}) = "nope"; },
           [](RunState& state) { fact(state, {"step"}) = 1'000'000; },
           [](RunState& state) { fact(state, {"step"}) = -3; },
           [](RunState& state) { fact(state, {"references"}).push_back(7); },
           [](RunState& state) {
             fact(state, {"evidence", "series", "0"}).erase("key");
           },
           [](RunState& state) {
             fact(state, {"evidence", "series", "0", "best"}).erase("step");
           },
           [](RunState& state) {
             fact(state, {"evidence", "metrics", "0", "late"}) = 1;
           },
           [](RunState& state) { fact(state, {"ledger"}).erase("columns"); },
           [](RunState& state) {
             fact(state, {"ledger", "columns", "0", "sets", "0"}) = 1;
           },
           [](RunState& state) { counted_set(state).find("counts")->as_list().pop_back(); },
           [](RunState& state) { counted_set(state).find("counts")->as_list()[0] = -1; },
           [](RunState& state) { counted_set(state).erase("counts"); },
           [](RunState& state) { counted_set(state).set("set", "nope"); },
           [](RunState& state) { fact(state, {"written"}).erase("items.jsonl"); },
           [](RunState& state) { fact(state, {"written"}).set("timing.jsonl", -1); },
           [](RunState& state) {
             fact(state, {"written", "timing.jsonl"}).set("bytes", -1);
           },
           [](RunState& state) {
             fact(state, {"written", "items.jsonl"}).erase("xxh3_128");
           },
       }) {
    EXPECT_THAT(refusal(change), kRefused);
  }
}

void erase_optimizer(RunState& state, size_t most) {
  std::erase_if(state.tensors, [&](const auto& one) {
    return most > 0 && one.first.starts_with("optimizer") && most-- > 0;
  });
}

void add_steps(RunState& state, std::initializer_list<const char*> path, int64_t more) {
  Value& steps = fact(state, path);
  steps = steps.as_integer() + more;
}

TEST(SavedState, WithoutWhatTheStepsUpToThereLeftIsRefused) {
  const auto expect_refused = [](const std::string& what,
                                 const std::function<void(RunState&)>& change) {
    EXPECT_THAT(refusal(change), kRefused) << what;
  };
  const auto empty = [](const char* part, const char* list) {
    return [=](RunState& state) { fact(state, {part}).set(list, Value::list()); };
  };
  const auto less = [](const char* part, const char* list) {
    return [=](RunState& state) { fact(state, {part, list}).as_list().pop_back(); };
  };
  expect_refused("no optimizer", [](RunState& state) { erase_optimizer(state, 1'000'000); });
  expect_refused("a part of the optimizer", [](RunState& state) { erase_optimizer(state, 1); });
  expect_refused("no series", empty("evidence", "series"));
  expect_refused("a series less", less("evidence", "series"));
  expect_refused("no metrics", empty("evidence", "metrics"));
  expect_refused("no columns", empty("ledger", "columns"));
  expect_refused("a column less", less("ledger", "columns"));
  expect_refused("a phase less", less("ledger", "phases"));
  expect_refused("an earlier phase", [](RunState& state) { fact(state, {"phase"}) = "calibrate"; });
  expect_refused("a later step", [](RunState& state) { add_steps(state, {"step"}, 1); });
  expect_refused("an earlier step", [](RunState& state) { add_steps(state, {"step"}, -1); });
  expect_refused("fewer steps", [](RunState& state) { add_steps(state, {"ledger", "steps"}, -1); });
  expect_refused("steps beyond counting", [](RunState& state) {
    for (Value& phase : fact(state, {"ledger", "phases"}).as_list()) {
      phase.set("steps", std::numeric_limits<int64_t>::max());
    }
  });
}

TEST(SavedState, WithFilesThatBeginAnewIsRefused) {
  for (const char* name : {"metrics.jsonl", "timing.jsonl", "items.jsonl"}) {
    const std::string said = refusal([&](RunState& state) {
      fact(state, {"written", name}).set("bytes", 0);
    });
    EXPECT_THAT(said, HasSubstr(std::string(name) + ": was altered since the state was saved"));
  }
}

TEST(SavedState, WithTensorsOfAnotherShapeOrTypeIsRefused) {
  const std::string weight = "weights/" + [] {
    const SavedState saved = SavedState::load(stopped_run() / "state.safetensors");
    return saved.under("weights").front().first;
  }();
  EXPECT_THAT(refusal([&](RunState& state) { tensor(state, weight) = torch::zeros({1}); }),
              kRefused);
  EXPECT_THAT(refusal([&](RunState& state) {
                tensor(state, weight) = tensor(state, weight).to(torch::kFloat64);
              }),
              kRefused);
  EXPECT_THAT(refusal([&](RunState& state) {
                std::erase_if(state.tensors, [&](const auto& one) { return one.first == weight; });
              }),
              kRefused);
}

TEST(SavedState, WithKeptReferencesThatCannotBeIsRefused) {
  const auto counts_to = [](int64_t first, int64_t count) {
    return refusal([&](RunState& state) {
      torch::Tensor& keys = tensor(state, "reference/0/keys");
      keys = keys.clone();
      keys.select(1, 2).fill_(first);
      keys.select(1, 3).fill_(count);
    });
  };
  const SavedState saved = SavedState::load(stopped_run() / "state.safetensors");
  const int64_t all = saved.under("reference/0").back().second.numel();
  for (const auto& [first, count] : {std::pair<int64_t, int64_t>{0, all},
                                     {0, 0},
                                     {-1, 1},
                                     {0, -1},
                                     {all, 1},
                                     {int64_t{1} << 62, int64_t{1} << 62},
                                     {int64_t{-1}, int64_t{2}}}) {
    const std::string said = counts_to(first, count);
    EXPECT_THAT(said, HasSubstr("reference values are damaged")) << first << " " << count;
    EXPECT_THAT(said, HasSubstr("--fresh"));
  }
  EXPECT_THAT(refusal([&](RunState& state) {
                tensor(state, "reference/0/keys") = torch::zeros({3}, torch::kInt64);
              }),
              HasSubstr("reference values are damaged"));
}

}  // namespace
}  // namespace leakprobe
