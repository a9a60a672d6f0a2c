#include <leakprobe/kit/laws.h>

LEAKPROBE_TEST_LAWS(model)
