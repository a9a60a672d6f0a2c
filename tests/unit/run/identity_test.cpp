#include "run/identity.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "leakprobe/host/workbench.h"
#include "run/stub_engine.h"
#include "saved.h"

namespace leakprobe::run_test {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::Not;

Value parsed(const std::string& json) { return host::parse_json(json, "test"); }

/// A run directory whose environment.json holds `kThen`, and what has changed since.
class ChangesSince : public testing::Test {
 protected:
  ChangesSince() { fs::create_directories(folder_); }
  ~ChangesSince() override { fs::remove_all(folder_); }

  static Value then() {
    return parsed(R"({"digest": "1", "experiment": {"batch": 4, "optimizer": {"lr": 0.1},
        "phases": [{"name": "learn", "steps": 3}]}, "seed": 0, "leakprobe": "0.1.0",
        "build": "b", "plugins": {"dpo.so": "d"},
        "files": [{"parameter": "task.path", "file": "/x/rows.safetensors", "hash": "r"},
                  {"parameter": "model.path", "file": "/x/model.safetensors", "hash": "m"}]})");
  }
  Changes changes(const std::function<void(Value&)>& change) const {
    Value environment = Value::map();
    environment.set("identity", then());
    std::ofstream(folder_ / "environment.json") << to_json(environment);
    Value now = then();
    change(now);
    return changes_since(folder_, IdentityRecord::of(now));
  }
  /// In words: what has changed, and e where it is another experiment, f where files hold others.
  std::string said(const std::function<void(Value&)>& change) const {
    const Changes found = changes(change);
    if (!found.any()) return "";
    return found.text() + (found.experiment ? " e" : "") + (found.files ? " f" : "");
  }

  const fs::path folder_ =
      fs::temp_directory_path() / ("changes-since-" + std::to_string(::getpid()));
};

TEST_F(ChangesSince, NothingIsNothing) {
  EXPECT_EQ(said([](Value&) {}), "");
}

TEST_F(ChangesSince, AKeyOfTheExperimentIsNamed) {
  EXPECT_EQ(said([](Value& now) {
              now.set("digest", "2");
              now.at("experiment").at("optimizer").set("lr", 0.2);
            }),
            "optimizer.lr has changed e");
  EXPECT_EQ(said([](Value& now) {
              now.set("digest", "2");
              now.at("experiment").at("phases").as_list()[0].set("steps", 4);
            }),
            "phases.learn.steps has changed e");
}

TEST_F(ChangesSince, OfManyKeysThreeAreNamed) {
  const auto add = [](int64_t count) {
    return [count](Value& now) {
      now.set("digest", "2");
      for (int64_t i = 0; i < count; ++i) now.at("experiment").set("k" + std::to_string(i), i);
    };
  };
  EXPECT_EQ(said(add(3)), "k0, k1 and k2 have changed e");
  EXPECT_EQ(said(add(4)), "k0, k1, k2 and more of the experiment have changed e");
}

TEST_F(ChangesSince, AnotherDigestIsNeverNothing) {
  EXPECT_EQ(said([](Value& now) { now.set("digest", "2"); }), "the experiment has changed e");
}

TEST_F(ChangesSince, WhatAFileHoldsIsNamedByItsParameter) {
  EXPECT_EQ(said([](Value& now) {
              now.set("digest", "2");
              now.at("files").as_list()[0].set("hash", "other");
            }),
            "task.path (rows.safetensors) has changed f");
}

TEST_F(ChangesSince, WhereAFileLiesAndWhatItIsCalledDoesNotCount) {
  EXPECT_EQ(said([](Value& now) {
              now.set("digest", "2");
              now.at("experiment").set("batch", 5);
              now.at("files").as_list()[0].set("file", "/elsewhere/renamed.safetensors");
            }),
            "batch has changed e");
  EXPECT_EQ(said([](Value& now) {
              now.set("digest", "2");
              now.at("files").as_list()[0].set("parameter", "task.other");
            }),
            "task.other (rows.safetensors) and task.path (rows.safetensors) have changed f")
      << "but what it is for does";
}

TEST_F(ChangesSince, TheSeedIsNamedWithBoth) {
  EXPECT_EQ(said([](Value& now) { now.set("seed", 12); }), "the seed (0, now 12) has changed e");
}

TEST_F(ChangesSince, APluginsLibraryIsNamedAndNoOtherExperiment) {
  EXPECT_EQ(said([](Value& now) { now.at("plugins").set("dpo.so", "other"); }),
            "plugin dpo.so has changed");
  EXPECT_EQ(said([](Value& now) { now.at("plugins").set("ipo.so", "i"); }),
            "plugin ipo.so has changed");
  EXPECT_EQ(said([](Value& now) { now.at("plugins").erase("dpo.so"); }),
            "plugin dpo.so has changed");
}

TEST_F(ChangesSince, TheProgramIsNamedWithItsVersionsWhereTheyDiffer) {
  EXPECT_EQ(said([](Value& now) { now.set("build", "c"); }), "the program leakprobe has changed");
  EXPECT_EQ(said([](Value& now) {
              now.set("build", "c");
              now.set("leakprobe", "0.2.0");
            }),
            "leakprobe (0.1.0, now 0.2.0) has changed");
}

TEST_F(ChangesSince, SeveralAreListed) {
  EXPECT_EQ(said([](Value& now) {
              now.set("digest", "2");
              now.at("experiment").set("batch", 5);
              now.set("seed", 1);
              now.at("plugins").set("dpo.so", "other");
              now.set("build", "c");
            }),
            "batch, the seed (0, now 1), plugin dpo.so and the program leakprobe have changed e");
}

TEST_F(ChangesSince, ADirectoryThatDoesNotSayIsAnError) {
  std::ofstream(folder_ / "environment.json") << "{\"version\": 1}";
  EXPECT_THAT(failure_of([&] { changes_since(folder_, IdentityRecord::of(then())); }),
              HasSubstr("does not say what the run's files held"));
  fs::remove(folder_ / "environment.json");
  EXPECT_THAT(failure_of([&] { changes_since(folder_, IdentityRecord::of(then())); }),
              HasSubstr("environment.json"));
}

// What it is made of.

class Identity : public Engine {};

TEST_F(Identity, IsOfWhatDecidesTheNumbersAlone) {
  const IdentityRecord one = identity_of(composed(learn()), registry());
  EXPECT_EQ(one.seed, 0);
  EXPECT_EQ(one.build.size(), 64u);
  EXPECT_EQ(one.leakprobe, host::version());
  EXPECT_EQ(one.experiment.find("name"), nullptr);
  EXPECT_EQ(one.experiment.find("threads"), nullptr);
  EXPECT_EQ(one.experiment.find("sinks"), nullptr);
  EXPECT_NE(one.experiment.find("phases"), nullptr);
  const auto same = [&](const std::string& more) {
    return identity_of(composed(learn(), more), registry()).to_value() == one.to_value();
  };
  EXPECT_TRUE(same("name: other\n"));
  EXPECT_TRUE(same("threads: 2\n"));
  EXPECT_TRUE(same("checkpoints: {keep: none}\n"));
  EXPECT_FALSE(same("seed: 1\n"));
  EXPECT_FALSE(same("batch: 3\n"));
  EXPECT_FALSE(same("compute: bfloat16\n"));
  EXPECT_FALSE(same("rows_per_pass: 2\n"));
  EXPECT_FALSE(same("task: {type: words, protect: [control]}\n"));
}

TEST_F(Identity, AnotherOrderOfTermsIsNamed) {
  const auto terms = [](const std::string& first, const std::string& second) {
    const std::string term = ": {objective: {type: up}, rows: {set: taught, repeat: 4}}";
    return composed("  - {name: learn, type: train, terms: {" + first + term + ", " + second +
                    term + "}}\n");
  };
  const fs::path folder = run_folder("ordered");
  fs::create_directories(folder);
  Value environment = Value::map();
  environment.set("identity", identity_of(terms("x", "y"), registry()).to_value());
  std::ofstream(folder / "environment.json") << to_json(environment);
  EXPECT_FALSE(changes_since(folder, identity_of(terms("x", "y"), registry())).any());
  const Changes changes = changes_since(folder, identity_of(terms("y", "x"), registry()));
  EXPECT_TRUE(changes.experiment);
  EXPECT_EQ(changes.text(), "phases.learn.order of terms has changed");
}

}  // namespace
}  // namespace leakprobe::run_test
