// compiles
#include <leakprobe/plugin.h>

using namespace leakprobe;

struct P final : Task {
  struct Options {
    Named<Role> roles;
    static void declare(Schema<Options>& schema) {
      schema.field("roles", &Options::roles, kAny, "Roles.");
    }
  };
  static TaskFacts facts(const Options&) { return {}; }
  P(const Options&, const Context&) {}
  Row row(const RowRequest&, Random) const override { return {}; }
};

LEAKPROBE_PLUGIN(registrar) { registrar.add<P>("x.p", "A thing."); }
