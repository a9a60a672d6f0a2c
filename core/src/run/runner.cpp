#include "run/runner.h"

#include <ATen/Parallel.h>

#include <utility>

#include "leakprobe/error.h"
#include "run/device.h"
#include "run/environment_report.h"
#include "run/run.h"
#include "run/run_directory.h"
#include "run/stop.h"
#include "run/verdict.h"

namespace leakprobe {
namespace {

namespace fs = std::filesystem;

fs::path default_directory(const Composition& composition, const host::RunOptions& options) {
  std::string leaf = run_name(composition);
  if (options.limit_steps) leaf += "-limited";
  return runs_folder(composition) / leaf;
}

}  // namespace

fs::path runs_folder(const Composition& composition) { return fs::path("runs") / composition.name; }

std::string run_name(const Composition& composition) {
  return composition.digest + "-s" + std::to_string(composition.seed);
}

host::RunOutcome run_experiment(const Composition& composition, const Registry& registry,
                                const host::RunOptions& options) {
  const Stoppable stoppable;
  if (!composition.model.missing.empty()) throw Error(composition.model.missing);
  prepare_device(torch::Device(composition.device));
  const fs::path path = options.out.empty() ? default_directory(composition, options) : options.out;
  RunDirectory directory(path);
  if (options.fresh) directory.clear();
  switch (directory.content()) {
    case RunDirectory::Content::nothing:
      break;
    case RunDirectory::Content::complete: {
      Value result = directory.read_json("result.json");
      const Value* digest = result.find("digest");
      const Value* seed = result.find("seed");
      if (!digest || digest->as_string() != composition.digest || !seed ||
          seed->as_integer() != static_cast<int64_t>(composition.seed)) {
        throw Error(path.string() +
                    ": holds a finished run of another configuration; choose another --out or "
                    "replace it with --fresh");
      }
      const host::RunStatus status = status_of(result);
      if (status == host::RunStatus::limited) {  // it is no result, so nothing is lost
        directory.clear();
        break;
      }
      if (options.limit_steps) {
        throw Error(path.string() +
                    ": holds a finished run, which a limited one must not replace; choose another "
                    "--out");
      }
      return {status, path, true, std::move(result)};
    }
    case RunDirectory::Content::partial:
      if (options.resume && directory.has_state()) break;
      if (options.resume) {
        directory.clear();
        break;
      }
      throw Error(path.string() +
                  ": holds an unfinished run; go on with --resume or start again with --fresh");
  }
  at::set_num_threads(static_cast<int>(threads_of(composition)));
  try {
    return Run(composition, registry, options, directory).execute();
  } catch (const std::exception& failure) {
    Value details = Value::map();
    details.set("message", failure.what());
    directory.write_status("failed", details);
    throw;
  }
}

}  // namespace leakprobe
