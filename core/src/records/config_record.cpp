#include "records/config_record.h"

#include <optional>

#include "config/sentence.h"
#include "config/yaml_document.h"
#include "format/files.h"
#include "leakprobe/error.h"

namespace leakprobe {

ConfigRecord read_config(const std::filesystem::path& directory) {
  const std::filesystem::path file = directory / kConfigFile;
  Diagnostics diagnostics;
  YamlBudget budget;
  std::optional<Value> experiment =
      parse_yaml(read_file(file, kMaxYamlBytes), file.string(), diagnostics, budget);
  if (diagnostics.has_errors()) throw Error(sentence_of(diagnostics.sorted().front()));
  if (!experiment || !experiment->is_map()) throw Error(file.string() + ": holds no experiment");
  ConfigRecord record;
  record.name = experiment->text("name");
  record.seed = experiment->integer("seed", 0);
  if (experiment->has("phases")) {
    for (const Value& phase : experiment->maps("phases")) {
      record.phases.push_back(phase.text("name"));
    }
  }
  record.experiment = *std::move(experiment);
  return record;
}

}  // namespace leakprobe
