#include <leakprobe/testing/laws.h>

LEAKPROBE_TEST_LAWS(task)
