#include "report/figures/figures.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

#include "report/synthetic_runs.h"

namespace leakprobe {
namespace {
namespace fs = std::filesystem;
fs::path base() { return fs::path("/tmp/figs"); }

Value runs(const std::string& name, int64_t n, double bump, const std::string& verdict = "VALID", int64_t invalid = 0) {
  Value list = Value::list();
  for (int64_t seed = 0; seed < n; ++seed) {
    list.push_back(synthetic::write_run(base() / "runs" / (name + "-s" + std::to_string(seed)),
      {seed, bump * (0.7 + 0.1 * static_cast<double>(seed)), seed < invalid ? "INVALID" : verdict}));
  }
  return list;
}
TEST(Figures, eight_seeds) {
  const auto w = write_figures(synthetic::report({}, {synthetic::group("password-quick", {}, runs("a", 8, 0.2))}), base() / "fig5");
  for (auto& h : w.hints) printf("%s\n", h.c_str());
}
TEST(Figures, shares) {
  std::vector<Value> groups;
  std::vector<std::string> cases = {"0.05", "0.125", "0.25", "0.375"};
  for (auto& c : cases) groups.push_back(synthetic::group("task.held_out=" + c, {{"task.held_out", c}}, runs("h" + c, 5, 0.25 - 0.5 * std::stod(c), "VALID", c == "0.25" ? 2 : 0)));
  write_figures(synthetic::report({{"task.held_out", cases}}, groups), base() / "fig2");
}
TEST(Figures, models) {
  std::vector<Value> groups;
  std::vector<std::string> cases = {"EleutherAI/pythia-70m", "EleutherAI/pythia-160m", "EleutherAI/pythia-410m"};
  for (auto& c : cases) groups.push_back(synthetic::group("model.path=" + c, {{"model.path", c}}, runs("m" + std::to_string(c.size()) + c.substr(19), 5, 0.25)));
  write_figures(synthetic::report({{"model.path", cases}}, groups), base() / "fig3");
}
TEST(Figures, ablation) {
  std::vector<Value> groups;
  for (std::string p : {"with", "without"}) for (std::string f : {"with", "without"})
    groups.push_back(synthetic::group("prefix=" + p + ", freezing=" + f, {{"prefix", p}, {"freezing", f}}, runs("p" + p + f, 4, p == "with" ? (f == "with" ? 0.2 : 0.05) : -0.3, p == "without" && f == "without" ? "INVALID" : "VALID")));
  write_figures(synthetic::report({{"prefix", {"with", "without"}}, {"freezing", {"with", "without"}}}, groups), base() / "fig4");
}
}
}
