extern "C" __attribute__((visibility("default"))) int an_ordinary_library() { return 1; }
