#include "plugin/guard.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <exception>
#include <stdexcept>
#include <system_error>

#include "leakprobe/host/workbench.h"

namespace leakprobe {
namespace {

/// What the guard says of a call that throws.
template <class Call>
std::string said(Call call) {
  try {
    guarded("task 'a'", call);
  } catch (const PluginError& error) {
    return error.what();
  }
  return "";
}

TEST(Guard, GivesWhatTheCallGives) {
  int x = 1;
  int& same = guarded("task 'a'", [&]() -> int& { return x; });
  EXPECT_EQ(&same, &x);
}

TEST(Guard, NamesTheInnermostStage) {
  const auto fail = [] { throw std::runtime_error("broke"); };
  EXPECT_EQ(said(fail), "task 'a': broke");
  const std::string learn = "learn", elicit = "elicit";
  const Stage phase(learn);
  EXPECT_EQ(said(fail), "task 'a', phase learn: broke");
  {
    const Stage step(elicit, 3);
    EXPECT_EQ(said(fail), "task 'a', phase elicit, step 3: broke");
    const Stage before(elicit, -1);
    EXPECT_EQ(said(fail), "task 'a', phase elicit before its first step: broke");
  }
  EXPECT_EQ(said(fail), "task 'a', phase learn: broke");
}

TEST(Guard, HasASentenceForWhateverIsThrown) {
  EXPECT_EQ(said([] { throw std::runtime_error(""); }), "task 'a': (no message)");
  EXPECT_EQ(said([] { throw std::runtime_error("first\nsecond"); }), "task 'a': first");
  EXPECT_EQ(said([] { throw 42; }), "task 'a': threw an object of type int");
  EXPECT_EQ(said([] { throw std::string("a text"); }), "task 'a': threw a text: a text");
  EXPECT_EQ(said([] { throw "a literal"; }), "task 'a': threw a text: a literal");
  EXPECT_THAT(said([] { throw std::out_of_range("map::at"); }),
              ::testing::HasSubstr("threw std::out_of_range: map::at"));
  EXPECT_THAT(said([] { throw std::bad_alloc(); }), ::testing::HasSubstr("out of memory"));
  EXPECT_THAT(said([] { LEAKPROBE_CHECK(false, "never"); }),
              ::testing::HasSubstr("a mistake in the program"));
}

TEST(Guard, OfAThreadThatCannotBeStartedSaysWhatToDo) {
  const auto start = [] {
    throw std::system_error(std::make_error_code(std::errc::resource_unavailable_try_again));
  };
  EXPECT_THAT(said(start), ::testing::StartsWith("task 'a': Resource temporarily unavailable; use "
                                                 "fewer threads (threads: 1, "));
}

TEST(Guard, SaysOfLibTorchsErrorsTheirWordsAloneWithoutAStackTrace) {
  const std::string text = said([] { torch::ones({2, 3}).matmul(torch::ones({2, 3})); });
  EXPECT_THAT(text, ::testing::HasSubstr("mat1 and mat2 shapes cannot be multiplied"));
  EXPECT_THAT(text, ::testing::Not(::testing::HasSubstr("\n")));
}

TEST(Guard, WhatNoMemoryHoldsIsALackOfIt) {
  EXPECT_THAT(said([] {
                torch::empty({int64_t{1} << 40, int64_t{1} << 40});
              }),
              ::testing::HasSubstr("out of memory"));
}

TEST(Guard, AnInnerPluginIsNamedOnce) {
  EXPECT_EQ(said([] { guarded("model 'b'", [] { throw std::runtime_error("broke"); }); }),
            "model 'b': broke");
}

TEST(Guard, APlaceThatSaysNoMoreThanThePluginIsLeftOut) {
  EXPECT_EQ(plugin_text(Kind::task, "acme.words", "task"), "task 'acme.words'");
  EXPECT_EQ(plugin_text(Kind::probe, "acme.ranks", "probes.acme.ranks"), "probe 'acme.ranks'");
  EXPECT_EQ(plugin_text(Kind::probe, "acme.ranks", "probes.mine"),
            "probe 'acme.ranks' (probes.mine)");
  EXPECT_EQ(plugin_text(Kind::sink, "csv", "sinks[1]"), "sink 'csv' (sinks[1])");
  EXPECT_EQ(at_its_place(Kind::task, "acme.words", "task", "task 'acme.words', row 0: broke"),
            "plugin 'acme.words', row 0: broke");
  EXPECT_EQ(at_its_place(Kind::sink, "csv", "sinks[1]", "sink 'csv' (sinks[1]): broke"),
            "plugin 'csv': broke");
  EXPECT_EQ(at_its_place(Kind::task, "acme.words", "task", "words.txt: is empty"),
            "words.txt: is empty");
}

TEST(Guard, MakesTheNameOnlyWhenItIsNeeded) {
  int made = 0;
  const auto plugin = [&] {
    ++made;
    return std::string("task 'a'");
  };
  guarded(plugin, [] {});
  EXPECT_EQ(made, 0);
  EXPECT_THROW(guarded(plugin, [] { throw 1; }), PluginError);
  EXPECT_EQ(made, 1);
}

TEST(Guard, NoHostileMessageReachesTheTerminal) {
  EXPECT_EQ(said([] { throw std::runtime_error("\x1b[2Jgone"); }), "task 'a': \\x1b[2Jgone");
}

TEST(Guard, WhatEndsACommandIsASentenceWhateverItIs) {
  const auto sentence = [](auto thrown) {
    return host::failure_sentence(std::make_exception_ptr(thrown));
  };
  EXPECT_EQ(sentence(42), "threw an object of type int");
  EXPECT_EQ(sentence(std::string("no")), "threw a text: no");
  EXPECT_EQ(sentence(Error("a.yaml: two\nlines")), "a.yaml: two\nlines");
  EXPECT_EQ(sentence(CheckError("a.cpp:1: never")),
            "a mistake in leakprobe or a plugin, please report it: a.cpp:1: never");
}

TEST(Guard, MistakesInFilesKeepTheirPlaces) {
  const auto call = []() -> int {
    throw DiagnosedError({{Diagnostic::Severity::error, {"a.jsonl", 3}, "", "is empty", "fill it"},
                          {Diagnostic::Severity::error, {"a.jsonl", 5}, "", "is blank", ""}});
  };
  try {
    guarded("task 'texts'", call);
    ADD_FAILURE() << "nothing was thrown";
  } catch (const DiagnosedError& found) {
    EXPECT_EQ(found.diagnostics().size(), 2u);
    EXPECT_STREQ(found.what(), "a.jsonl:3: is empty; fill it (and 1 more)");
  }
}

TEST(Guard, ErrorsOfWhatReadsAFileKeepTheirWords) {
  EXPECT_THROW(guarded_reading("model 'a'", [] { throw Error("config.json: no"); }), Error);
  try {
    guarded_reading("model 'a'", [] { throw Error("config.json: no"); });
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "config.json: no");
  }
  EXPECT_THROW(guarded_reading("model 'a'", [] { throw 1; }), PluginError);
}

}  // namespace
}  // namespace leakprobe
