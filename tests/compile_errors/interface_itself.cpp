// error: a plugin has a public `struct Options`; without parameters: `using Options = NoOptions;`
#include <leakprobe/plugin.h>

using namespace leakprobe;

LEAKPROBE_PLUGIN(registrar) { registrar.add<Objective>("x.p", "A thing."); }
