#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>

#include "format/files.h"
#include "format/json.h"
#include "format/support.h"
#include "leakprobe/host/report.h"
#include "report/figures/rendering.h"
#include "report/synthetic_runs.h"

namespace leakprobe {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::Each;
using testing::Ge;
using testing::HasSubstr;
using testing::Not;

std::string replaced(std::string text, const std::string& what, const std::string& by) {
  for (size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + by.size())) {
    text.replace(at, what.size(), by);
  }
  return text;
}

std::string output_of(const std::string& command) {
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(command.c_str(), "r"), pclose);
  std::string text;
  char buffer[1 << 14];
  while (const size_t read = fread(buffer, 1, sizeof buffer, pipe.get())) text.append(buffer, read);
  return text;
}

/// A report.html in a browser without a window, used by page_driver.js.
class Page : public testing::Test {
 protected:
  void SetUp() override {
    if (std::system("command -v chromium >/dev/null") != 0) {
      GTEST_SKIP() << "there is no chromium: install the Debian package";
    }
    if (!fs::exists(report_resources() / "vega.js")) GTEST_SKIP() << "no vega.js: ./dev setup";
    synthetic::write_sweep(folder_.path() / "sweep",
                           {{"prefix", {"with", "without"}}, {"freezing", {"with", "without"}}},
                           {{{"with", "with"}, 0.2, 3, 0, {}, -3.0},
                            {{"with", "without"}, 0.05, 2, 1, {}, -2.0},
                            {{"without", "with"}, -0.3, 3, 0, {}, -1.5},
                            {{"without", "without"}, 0.1, 0, 3}});
    host::ReportOptions options;
    options.directories = {folder_.path() / "sweep"};
    options.against = "suppressed";
    host::report(options);
    page_ = read_file(folder_.path() / "sweep" / "report.html");
  }

  /// What the driver wrote down; `scheme` is "light" or "dark".
  JsonValue use(const std::string& scheme) const {
    const std::string driver =
        read_file(fs::path(LEAKPROBE_SOURCE_FOLDER) / "tests/unit/report/page_driver.js");
    const size_t head = page_.find("</title>") + 8;
    const fs::path file = folder_.write("used.html", page_.substr(0, head) + "<script>" + driver +
                                                         "</script>" + page_.substr(head));
    const std::string dom = output_of(
        "timeout 120 chromium --headless --no-sandbox --disable-gpu --virtual-time-budget=60000 "
        "--user-data-dir=" +
        (folder_.path() / "profile").string() + " --blink-settings=preferredColorScheme=" +
        (scheme == "dark" ? "0" : "1") + " --dump-dom file://" + file.string() + " 2>/dev/null");
    const std::string open = "<pre id=\"found\">";
    const size_t begin = dom.find(open), end = dom.find("</pre>", begin);
    if (begin == std::string::npos) throw std::runtime_error("the page did not come to its end");
    return JsonValue::parse(dom.substr(begin + open.size(), end - begin - open.size()), "page");
  }

  static std::vector<std::string> texts(const JsonValue& list) {
    std::vector<std::string> found;
    for (size_t i = 0; i < list.size(); ++i) found.push_back(list[i].as_string());
    return found;
  }

  const TestFolder folder_;
  std::string page_;
};

TEST_F(Page, DrawsHidesAndSortsWithoutAMistakeOrARequest) {
  const JsonValue found = use("light");
  EXPECT_THAT(texts(found.at("mistakes")), testing::IsEmpty());
  EXPECT_THAT(texts(found.at("requests")), testing::IsEmpty());
  EXPECT_EQ(found.get_int("drawn"), 3);
  EXPECT_THAT(texts(found.at("texts")), testing::IsSupersetOf({"INVALID", "elicit (reverse)",
                                                               "suppress (regular)", "held_out"}));
  ASSERT_EQ(found.at("hidden").size(), 3u);
  for (size_t chart = 0; chart < 3; ++chart) {
    EXPECT_GT(found.at("hidden")[chart].as_int(), 0) << "chart " << chart;
    EXPECT_TRUE(found.at("shown_again")[chart].as_bool()) << "chart " << chart;
  }
  EXPECT_GT(found.get_int("switched_on"), 0);
  EXPECT_NE(texts(found.at("other_group")), texts(found.at("texts")));
}

TEST_F(Page, SortsATableByNumbersAndBack) {
  const JsonValue found = use("light");
  const auto numbers = [](const std::vector<std::string>& cells) {
    std::vector<double> read;
    for (const std::string& cell : cells) {
      read.push_back(std::stod(replaced(replaced(cell, "\u2212", "-"), "+", "")));
    }
    return read;
  };
  const auto ascending = numbers(texts(found.at("ascending")));
  EXPECT_EQ(ascending.size(), 12u);
  EXPECT_TRUE(std::is_sorted(ascending.begin(), ascending.end()));
  EXPECT_LT(ascending.front(), ascending.back());
  const auto descending = numbers(texts(found.at("descending")));
  EXPECT_TRUE(std::is_sorted(descending.rbegin(), descending.rend()));
}

TEST_F(Page, FollowsTheReadersColourScheme) {
  const JsonValue light = use("light"), dark = use("dark");
  EXPECT_EQ(light.get_string("ground"), "rgb(255, 255, 255)");
  EXPECT_EQ(dark.get_string("ground"), "rgb(20, 23, 26)");
  EXPECT_EQ(light.get_string("title_fill"), "#1b1f24");
  EXPECT_EQ(dark.get_string("title_fill"), "#e8eaed");
  EXPECT_THAT(texts(dark.at("mistakes")), testing::IsEmpty());
}

TEST_F(Page, TakesNamesAsTextAndNotAsAPartOfItself) {
  // The processor of the runs is "A processor <of some kind>".
  EXPECT_THAT(page_, HasSubstr("A processor \\u003cof some kind>"));
  EXPECT_THAT(page_, Not(HasSubstr("processor <of")));
  EXPECT_THAT(page_, HasSubstr("default-src 'none'"));
}

}  // namespace
}  // namespace leakprobe
