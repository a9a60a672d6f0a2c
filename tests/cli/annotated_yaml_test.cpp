#include "annotated_yaml.h"

#include <gtest/gtest.h>

#include <sstream>

namespace leakprobe::cli {
namespace {

TEST(AnnotatedYaml, EveryValueSaysWhereItComesFrom) {
  Value task = Value::map();
  task.set("length", 16);
  task.set("prefixes", Value(Value::List{"regular", "reverse"}));
  Value phase = Value::map();
  phase.set("name", "suppress");
  phase.set("steps", 800);
  Value experiment = Value::map();
  experiment.set("task", task);
  experiment.set("phases", Value(Value::List{phase}));
  Value origins = Value::map();
  origins.set("task", "quick.yaml:3");
  origins.set("task.length", "default");
  origins.set("phases", "quick.yaml:9");
  origins.set("phases.suppress.steps", "command line");

  std::ostringstream stream;
  print_annotated_yaml(Terminal(stream, 0, false), experiment, origins);
  EXPECT_EQ(stream.str(),
            "task:                           # quick.yaml:3\n"
            "  length: 16                    # default\n"
            "  prefixes: [regular, reverse]\n"
            "phases:                         # quick.yaml:9\n"
            "  - name: suppress\n"
            "    steps: 800                  # command line\n");
}

TEST(AnnotatedYaml, TextThatCouldBeMistakenStaysQuoted) {
  Value experiment = Value::map();
  experiment.set("prefixes", Value(Value::List{" regular", "a, b", "true"}));
  std::ostringstream stream;
  print_annotated_yaml(Terminal(stream, 0, false), experiment, Value::map());
  EXPECT_EQ(stream.str(), "prefixes: [\" regular\", \"a, b\", \"true\"]\n");
}

}  // namespace
}  // namespace leakprobe::cli
