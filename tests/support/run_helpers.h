#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "format/json.h"
#include "plugin/registry.h"

/// What tests that run whole experiments share.
namespace leakprobe::testing_support {

std::filesystem::path source_folder();
std::filesystem::path fixture(const std::string& name);
/// kit::devices() as experiments name them.
std::vector<std::string> devices();
/// A folder that is empty now and deleted when the process ends.
std::filesystem::path fresh_folder(const std::string& name);
/// Runs an experiment with the plugins of the build tree; the run directory. Fails the test where
/// it could not be run to its end.
std::filesystem::path run_once(const std::filesystem::path& experiment,
                               const std::vector<std::string>& overrides = {});
/// The plugins of the build tree.
Registry& registry();
/// Makes status.json say that the files which it lists are as they were when the run was complete.
void vouch_again(const std::filesystem::path& run);
std::vector<JsonValue> json_lines(const std::filesystem::path& file);
std::string file_text(const std::filesystem::path& file);

}  // namespace leakprobe::testing_support
