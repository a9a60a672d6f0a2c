// error: registrar.add<P>(name, doc) takes a class that is defined before it
#include <leakprobe/plugin.h>

using namespace leakprobe;

struct P;

LEAKPROBE_PLUGIN(registrar) { registrar.add<P>("x.p", "A thing."); }
