#include "instances/silent_instances.h"

#include <spdlog/logger.h>
#include <spdlog/sinks/null_sink.h>

#include <utility>

namespace leakprobe {

SilentInstances::SilentInstances(const Composition& composition, const Registry& registry,
                                 std::shared_ptr<const Tokenizer> tokenizer, torch::Device device,
                                 std::function<void(const std::string&, const std::string&)> warn)
    : environment_{std::make_shared<spdlog::logger>(
                       "quiet", std::make_shared<spdlog::sinks::null_sink_mt>()),
                   composition.seed,
                   device,
                   std::move(tokenizer),
                   composition.model.model.facts().max_positions,
                   std::move(warn)},
      instances_(environment_, registry) {}

}  // namespace leakprobe
