#include <ATen/Parallel.h>

#include <cstdlib>

#include "leakprobe/plugin.h"

// Plugins that break the laws of every kind, one each.
namespace {

using namespace leakprobe;

/// A schedule that does something when it is made, and something when it is asked.
template <auto made, auto asked>
class Acting : public Schedule {
 public:
  using Options = NoOptions;
  Acting(const Options&, const Context&) { made(); }
  double factor(int64_t, int64_t) const override { return asked(); }
};

void nothing() {}
double one() { return 1; }

int64_t made = 0;
void count() { ++made; }
double worn_out() { return made < 50 ? 1 : 0.5; }

double different_each_time() {
  static double last = 0;
  return last += 1;
}

/// What an instance remembers of those before it.
class Numbered final : public Schedule {
 public:
  using Options = NoOptions;
  Numbered(const Options&, const Context&) : number_(static_cast<double>(++numbers_)) {}
  double factor(int64_t, int64_t) const override { return number_; }

 private:
  static inline int64_t numbers_ = 0;
  const double number_;
};

double throws_a_number() { throw 42; }
double ends_the_program() { std::_Exit(3); }

/// Throws where nothing may be thrown.
class Noexcept final : public Schedule {
 public:
  using Options = NoOptions;
  Noexcept(const Options&, const Context&) {}
  double factor(int64_t, int64_t) const noexcept override { return throws_a_number(); }
};

void switches_gradients_off() { c10::GradMode::set_enabled(false); }
void switches_gradients_on() { c10::GradMode::set_enabled(true); }
void takes_three_threads() { at::set_num_threads(3); }
void takes_doubles() { c10::set_default_dtype(caffe2::TypeMeta::Make<double>()); }
void draws() { torch::rand({1}); }

/// A key that belongs to the engine.
class Stepping final : public Phase {
 public:
  struct Options {
    int64_t steps = 1;
    static void declare(Schema<Options>& schema) {
      schema.field("steps", &Options::steps, kAny, "Steps of a stair.");
    }
  };
  explicit Stepping(const Options&) {}
  Plan plan(const PlanContext&) const override { return {}; }
};

/// With examples that are none.
template <auto examples_of>
class WithExamples final : public Acting<nothing, one> {
 public:
  static std::vector<std::string> examples() { return examples_of(); }
  using Acting<nothing, one>::Acting;
};
std::vector<std::string> misspelt() { return {"{warmup: 2}"}; }
std::vector<std::string> cut_short() { return {"{warmup: [}"}; }
std::vector<std::string> none() { return {}; }
std::vector<std::string> throwing() { throw std::runtime_error("no file can be made"); }

/// A number that is written as another one.
struct Doubled {
  int64_t value = 1;
};

}  // namespace

template <>
struct leakprobe::ParameterType<Doubled> {
  static std::string name() { return "number"; }
  static Value schema() { return ParameterType<int64_t>::schema(); }
  static bool read(Doubled& out, const Value& value, const std::string& path, Reader& reader) {
    return ParameterType<int64_t>::read(out.value, value, path, reader);
  }
  static Value write(const Doubled& number) { return 2 * number.value; }
};

namespace {

class Forgetful final : public Schedule {
 public:
  struct Options {
    Doubled steps;
    static void declare(Schema<Options>& schema) {
      schema.field("steps", &Options::steps, kAny, "A number of steps.");
    }
  };
  Forgetful(const Options&, const Context&) {}
  double factor(int64_t, int64_t) const override { return 1; }
};

}  // namespace

LEAKPROBE_PLUGIN(registrar) {
  registrar.add<Acting<count, worn_out>>("test.worn_out", "It wears out.");
  registrar.add<Acting<nothing, different_each_time>>("test.restless", "It says more each time.");
  registrar.add<Numbered>("test.numbered", "It knows which one it is.");
  registrar.add<Acting<nothing, throws_a_number>>("test.throws_a_number", "It throws 42.");
  registrar.add<Acting<nothing, ends_the_program>>("test.exits", "It ends the program.");
  registrar.add<Noexcept>("test.noexcept", "It throws where nothing may be thrown.");
  registrar.add<Acting<switches_gradients_off, one>>("test.gradients_off", "It wants none.");
  registrar.add<Acting<switches_gradients_on, one>>("test.gradients_on", "It wants some.");
  registrar.add<Acting<takes_three_threads, one>>("test.three_threads", "It wants three.");
  registrar.add<Acting<takes_doubles, one>>("test.doubles", "It wants doubles.");
  registrar.add<Acting<draws, one>>("test.draws", "It draws.");
  registrar.add<Stepping>("test.stepping", "It has a key of the engine's.");
  registrar.add<WithExamples<misspelt>>("test.misspelt", "Its example has another key.");
  registrar.add<WithExamples<cut_short>>("test.cut_short", "Its example is no YAML.");
  registrar.add<WithExamples<none>>("test.without_example", "It has no example.");
  registrar.add<WithExamples<throwing>>("test.throwing_example", "It cannot make its example.");
  registrar.add<Forgetful>("test.forgetful", "It writes something else than it read.");
}
