#include <leakprobe/plugin.h>

using namespace leakprobe;

namespace {

/// What probes measured, a line for each set behind each prefix, with tabs between the columns.
class ExampleSink final : public Sink {
 public:
  using Options = NoOptions;
  static SinkFacts facts(const Options&) { return {"example_sink.tsv"}; }

  ExampleSink(const Options&, const Context&) {}

  std::string beginning() override { return "phase\tstep\tprobe\tset\tprefix\tvalue\n"; }

  std::string write(const Value& record) override {
    if (record.find_text("record") != "evaluation") return "";
    std::string lines;
    const std::string when = record.text("phase") + '\t' + to_json(record.at("step")) + '\t' +
                             record.text("probe") + '\t';
    for (const Value& cell : record.items("cells")) {
      lines += when + cell.text("set") + '\t' + cell.text("prefix") + '\t' +
               to_json(cell.at("value")) + '\n';
    }
    return lines;
  }
};

}  // namespace

LEAKPROBE_PLUGIN(registrar) {
  registrar.add<ExampleSink>("example.sink", "Evaluations as a table with tabs.");
}
