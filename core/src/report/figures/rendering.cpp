#include "report/figures/rendering.h"

// Without it Boost.Process links Boost.Filesystem.
#define BOOST_PROCESS_USE_STD_FS
#include <boost/dll/runtime_symbol_info.hpp>
#include <boost/process/args.hpp>
#include <boost/process/io.hpp>
#include <boost/process/search_path.hpp>
#include <boost/process/system.hpp>
#include <chrono>
#include <string>

#include "format/files.h"
#include "report/figures/renderer.h"

namespace leakprobe {
namespace {

namespace fs = std::filesystem;

/// Of a figure: many times what the largest takes on a slow machine.
constexpr std::chrono::minutes kLongest{1};

}  // namespace

fs::path report_resources() {
  const fs::path library = boost::dll::this_line_location();
  return library.parent_path().parent_path() / "share" / "leakprobe" / "report";
}

void render_figures(const std::vector<fs::path>& specs, FiguresWritten& written) {
  const auto missing = [&](const std::string& why) {
    written.hints.push_back("no SVG and PNG of the figures: " + why);
  };
  const fs::path resources = report_resources();
  if (!is_there(resources / "python" / "vl_convert")) {
    return missing("the renderer is not installed; run ./dev setup and build again");
  }
  const auto python = boost::process::search_path("python3");
  if (python.empty()) return missing("there is no python3; install it");
  std::vector<std::string> arguments = {(resources / "render_figures.py").string()};
  for (const fs::path& spec : specs) arguments.push_back(spec.string());
  const std::string failure =
      run_renderer(python, arguments, kLongest * static_cast<int64_t>(specs.size() + 1));
  if (!failure.empty()) return missing("the renderer failed: " + failure);
  for (const fs::path& spec : specs) {
    const fs::path stem = spec.parent_path() / spec.stem().stem();
    for (const char* ending : {".svg", ".png"}) {
      const fs::path drawn = stem.string() + ending;
      if (!is_there(drawn)) return missing("the renderer left out " + drawn.string());
      written.files.push_back(drawn);
    }
  }
}

}  // namespace leakprobe
