#include "records/ledger_record.h"

#include <gtest/gtest.h>

#include <string>

#include "format/json_to_value.h"
#include "format/support.h"
#include "records/damage.h"

namespace leakprobe {
namespace {

using testing::HasSubstr;

LedgerRecord::Column column(const std::string& phase) {
  LedgerRecord::Column column{phase, "useful", "likelihood", "rows", Sign::both, -0.5, {}};
  LedgerRecord::Account& counted = column.sets.emplace_back();
  counted.set = "pairs.rejected";
  counted.role = Role::Kind::never_positive;
  counted.prefix = "good";
  counted.rows = 5;
  counted.pushed_up = 1;
  counted.pushed_down = 3;
  counted.gradient = -0.1;
  counted.counts = {2, 0, 3};
  LedgerRecord::Account& fresh = column.sets.emplace_back();
  fresh.set = "fresh";
  fresh.rows = 7;
  fresh.digest = 0xfedcba9876543210;
  return column;
}

LedgerRecord::Inherited inherited(const std::string& into) {
  LedgerRecord::Inherited record;
  record.into = into;
  record.run = "/elsewhere";
  record.digest = "0123";
  record.seed = 3;
  record.phase = "suppress";
  record.steps = 6;
  record.pushed_up_steps = 2;
  record.columns = {column("suppress")};
  return record;
}

/// A ledger with all that one can hold.
LedgerRecord whole() {
  LedgerRecord record;
  record.protected_rows = 4;
  record.steps = 16;
  record.pushed_up_steps = 3;
  record.protected_uses = 9;
  record.first_pushed_up = LedgerRecord::Violation{"first", 2, "useful", "secret", "good"};
  record.control = {3, 1};
  record.columns = {column("first"), column("second")};
  record.phases = {{"first", 6, 1, {}}, {"second", 4, 0, {}}};
  record.inherited = {inherited("first")};
  record.inherited.front().inherited = {inherited("suppress")};
  return record;
}

const std::string kFile = "runs/x/ledger.json";

LedgerRecord read_back(const LedgerRecord& record) {
  return LedgerRecord::of(as_read(record.to_value(), kFile));
}

TEST(LedgerRecord, IsReadBackAsItWasWritten) {
  EXPECT_EQ(to_json(read_back(whole()).to_value()), to_json(whole().to_value()));
  EXPECT_EQ(to_json(read_back({}).to_value()), to_json(LedgerRecord().to_value()));
}

TEST(LedgerRecord, IsWrittenInOneOrderWhereverItWasReadFrom) {
  const Value again = read_back(read_back(whole())).to_value();
  EXPECT_EQ(to_json(again.items("columns").front()),
            R"({"phase":"first","term":"useful","objective":"likelihood","column":"rows",)"
            R"("declared_sign":"both","weight":-0.5,"sets":[)"
            R"({"set":"pairs.rejected","role":"never_positive","prefix":"good","rows":5,)"
            R"("pushed_up":1,"pushed_down":3,"gradient":-0.1,"counts":[2,0,3]},)"
            R"({"set":"fresh","role":"ordinary","prefix":"","rows":7,"pushed_up":0,)"
            R"("pushed_down":0,"gradient":0.0,"digest":"fedcba9876543210"}]})");
}

TEST(LedgerRecord, OfAnOldRunSaysNotHowOftenProtectedRowsWereUsed) {
  LedgerRecord old = whole();
  old.protected_uses = std::nullopt;
  EXPECT_EQ(old.to_value().find("protected_uses"), nullptr);
  EXPECT_EQ(read_back(old).protected_uses, std::nullopt);
}

TEST(LedgerRecord, SaysWhatBecameOfTheControlWhereALossPushedItsRows) {
  LedgerRecord record;
  EXPECT_EQ(record.control.text(), "");
  EXPECT_EQ(record.to_value().find("control"), nullptr);
  for (const double gradient : {-0.5, 0.0, 0.25, -1.0}) record.control.add(gradient);
  const LedgerRecord again = read_back(record);
  EXPECT_EQ(again.control.pushed_up, 2);
  EXPECT_EQ(again.control.pushed_down, 1);
  EXPECT_EQ(again.control.text(),
            "rows of the control were pushed up 2 times and down 1 time, so that what is compared "
            "with was trained on");
}

TEST(LedgerRecord, AColumnPushesUpAsItDeclares) {
  for (const Sign sign : {Sign::positive, Sign::negative, Sign::both, Sign::none}) {
    LedgerRecord::Column one = column("first");
    one.declared = sign;
    EXPECT_EQ(one.declares_positive(), sign != Sign::negative && sign != Sign::none)
        << word_of(sign);
    one.weight = 0;
    EXPECT_FALSE(one.declares_positive()) << word_of(sign);
  }
}

TEST(LedgerRecord, EachMemberIsLookedAt) {
  expect_checked(whole().to_value(), kFile, LedgerRecord::of,
                 {"protected_uses", "first_pushed_up", "control"});
}

Value& account(Value& ledger, size_t set) {
  return ledger.at("columns").as_list().at(1).at("sets").as_list().at(set);
}

Value& below(Value& ledger) {
  return ledger.at("inherited").as_list().at(0).at("inherited").as_list().at(0);
}

TEST(LedgerRecord, WhatIsDamagedIsNamedWithFileAndPath) {
  const std::string set = "columns[1].sets[0]";
  expect_named(
      whole().to_value(), kFile, LedgerRecord::of,
      {{[](Value& ledger) { ledger.set("version", 2); }, "version: this version is not known"},
       {[](Value& ledger) { ledger.set("steps", -1); },
        "steps: expected an integer from 0 to 9007199254740992, found the number -1"},
       {[](Value& ledger) { ledger.set("steps", 2.0); },
        "steps: expected an integer from 0 to 9007199254740992, found the number 2.0"},
       {[](Value& ledger) { ledger.set("pushed_up_steps", 17); },
        "pushed_up_steps: is more than all steps"},
       {[](Value& ledger) { ledger.at("columns").as_list().push_back(7); },
        "columns[2]: expected a mapping, found the number 7"},
       {[](Value& ledger) { ledger.at("columns").as_list()[1].erase("weight"); },
        "columns[1].weight: is missing"},
       {[](Value& ledger) { ledger.at("columns").as_list()[1].set("declared_sign", "up"); },
        "columns[1].declared_sign: expected one of positive, negative, both, none, found 'up'"},
       {[](Value& ledger) { account(ledger, 0).set("role", "x\x1b[2J"); },
        set + ".role: expected one of ordinary, never_positive, control, found 'x\\x1b[2J'"},
       {[](Value& ledger) { account(ledger, 0).set("rows", 3); },
        set + ".rows: is less than the rows pushed"},
       {[](Value& ledger) { account(ledger, 0).set("counts", nullptr); },
        set + ": has to have either counts or a digest of its rows"},
       {[](Value& ledger) { account(ledger, 1).set("counts", Value(Value::List{1})); },
        "columns[1].sets[1]: has to have either counts or a digest of its rows"},
       {[](Value& ledger) { account(ledger, 0).at("counts").as_list()[2] = -1; },
        set + ".counts[2]: expected an integer of at least 0, found the number -1"},
       {[](Value& ledger) { account(ledger, 0).at("counts").as_list()[2] = "x"; },
        set + ".counts[2]: expected an integer, found 'x'"},
       {[](Value& ledger) { account(ledger, 0).at("counts").as_list().clear(); },
        set + ".counts: is empty"},
       {[](Value& ledger) { account(ledger, 1).set("digest", "FFFF"); },
        "columns[1].sets[1].digest: is no number of 16 hexadecimal digits"},
       {[](Value& ledger) { ledger.at("first_pushed_up").erase("step"); },
        "first_pushed_up.step: is missing"},
       {[](Value& ledger) { ledger.set("first_pushed_up", Value::list()); },
        "first_pushed_up: expected a mapping, found a list"},
       {[](Value& ledger) { below(ledger).set("seed", nullptr); },
        "inherited[0].inherited[0].seed: expected an integer of at least 0, found nothing"},
       {[](Value& ledger) { below(ledger).at("columns").as_list()[0].erase("sets"); },
        "inherited[0].inherited[0].columns[0].sets: is missing"}});
}

TEST(LedgerRecord, CountsWithoutASumAreNamed) {
  const std::string beyond = ": makes more than can be counted, with those before it";
  const auto set_steps = [](const char* list, size_t item) {
    return [=](Value& ledger) { ledger.at(list).as_list().at(item).set("steps", kMostCounted); };
  };
  expect_named(whole().to_value(), kFile, LedgerRecord::of,
               {{set_steps("phases", 1), "phases[1].steps" + beyond},
                {set_steps("inherited", 0), "inherited[0].steps" + beyond},
                {[](Value& ledger) { account(ledger, 1).set("rows", kMostCounted); },
                 "columns[1].sets[1].rows" + beyond}});
}

TEST(LedgerRecord, ForeignTextIsAnErrorThatNamesTheFile) {
  const TestFolder folder;
  EXPECT_EQ(error_of([&] { read_ledger(folder.path()); }),
            folder.path().string() + ": holds no ledger.json; name the folder of a run");
  for (const char* text : {"", "{\"version\": 1", "[]", "7", "null", "{}", "\xff"}) {
    folder.write("ledger.json", text);
    EXPECT_THAT(error_of([&] { read_ledger(folder.path()); }),
                HasSubstr((folder.path() / "ledger.json").string() + ":"))
        << text;
  }
  folder.write("ledger.json", to_pretty_json(whole().to_value()));
  EXPECT_EQ(to_json(read_ledger(folder.path()).to_value()), to_json(whole().to_value()));
}

}  // namespace
}  // namespace leakprobe
