extern "C" __attribute__((visibility("default"))) int from_an_absent_library() { return 1; }
