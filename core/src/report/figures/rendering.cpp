#include "report/figures/rendering.h"

// Without it Boost.Process links Boost.Filesystem.
#define BOOST_PROCESS_USE_STD_FS
#include <boost/dll/runtime_symbol_info.hpp>
#include <boost/process/args.hpp>
#include <boost/process/io.hpp>
#include <boost/process/search_path.hpp>
#include <boost/process/system.hpp>
#include <string>

#include "format/files.h"

namespace leakprobe {
namespace {

namespace fs = std::filesystem;
namespace process = boost::process;

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
  const auto python = process::search_path("python3");
  if (python.empty()) return missing("there is no python3; install it");
  process::ipstream errors;
  std::vector<std::string> arguments = {(resources / "render_figures.py").string()};
  for (const fs::path& spec : specs) arguments.push_back(spec.string());
  const int status = process::system(python, process::args(arguments),
                                     process::std_in<process::null, process::std_out> process::null,
                                     process::std_err > errors);
  if (status != 0) {
    std::string line, last;
    while (std::getline(errors, line)) {
      if (!line.empty()) last = line;
    }
    return missing("the renderer failed: " + last);
  }
  for (const fs::path& spec : specs) {
    const fs::path stem = spec.parent_path() / spec.stem().stem();
    written.files.insert(written.files.end(), {stem.string() + ".svg", stem.string() + ".png"});
  }
}

}  // namespace leakprobe
