#include "leakprobe/plugin.h"

namespace {

/// What `data_file` names is no part of a run's identity.
class Recorded final : public leakprobe::Schedule {
 public:
  struct Options {
    std::string data_file;
    std::vector<std::string> folders;
    std::filesystem::path good_path;
    std::string profile;
    bool use_file = false;
    static void declare(leakprobe::Schema<Options>& schema) {
      schema.field("data_file", &Options::data_file, leakprobe::kAny, "The recorded rates.");
      schema.field("folders", &Options::folders, leakprobe::kAny, "More of them.");
      schema.field("good_path", &Options::good_path, leakprobe::kAny, "As it should be.");
      schema.field("profile", &Options::profile, leakprobe::kAny, "No file by its name.");
      schema.field("use_file", &Options::use_file, leakprobe::kAny, "No text.");
    }
  };
  Recorded(const Options&, const leakprobe::Context&) {}
  double factor(int64_t, int64_t) const override { return 0.5; }
};

}  // namespace

LEAKPROBE_PLUGIN(registrar) {
  registrar.add<Recorded>("test.recorded", "Rates that somebody recorded.");
}
