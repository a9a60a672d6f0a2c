#include "leakprobe/params.h"

#include <gtest/gtest.h>

#include "config/support.h"
#include "leakprobe/error.h"
#include "leakprobe/slot.h"
#include "leakprobe/stream.h"
#include "leakprobe/weights_ref.h"

namespace leakprobe {
namespace {

struct Loss {
  static constexpr Kind kKind = Kind::objective;
  using Interface = Loss;
  struct Facts {};
};

/// Chooses a plugin for every mapping with a `type`, and no other.
class FakeReferences : public Resolver {
 public:
  std::shared_ptr<const PluginChoice> choose(Kind kind, const Value& value, const std::string& path,
                                             Reader& reader) override {
    const Value* type = value.find("type");
    if (type == nullptr) {
      reader.error(value, path, "no type");
      return nullptr;
    }
    return make(kind, type->as_string(), path);
  }
  std::shared_ptr<const PluginChoice> choose_default(Kind kind, const std::string& type,
                                                     const std::string& path, const Place&,
                                                     Reader&) override {
    return make(kind, type, path);
  }
  std::optional<Stream> stream(const Value& value, const std::string& path,
                               Reader& reader) override {
    if (!value.is_string()) {
      reader.error(value, path, "no stream");
      return std::nullopt;
    }
    Stream stream;
    stream.name = value.as_string();
    return stream;
  }

 private:
  static std::shared_ptr<const PluginChoice> make(Kind kind, const std::string& type,
                                                  const std::string& path) {
    auto choice = std::make_shared<PluginChoice>();
    choice->kind = kind;
    choice->type = type;
    choice->path = path;
    choice->resolved = Value::map();
    choice->resolved.set("type", type);
    return choice;
  }
};

class FakeReader : public Reader {
 public:
  Diagnostics& diagnostics() override { return diagnostics_; }
  Resolver& resolver() override { return references_; }

 private:
  Diagnostics diagnostics_;
  FakeReferences references_;
};

struct Part {
  double weight = 1.0;
  Slot<Loss> loss{"cross_entropy"};
  static void declare(Schema<Part>& schema) {
    schema.field("weight", &Part::weight, at_least(0.0), "Share of the loss.");
    schema.field("loss", &Part::loss, kAny, "What is minimised.");
  }
};

struct Everything {
  bool flag = false;
  int64_t count = 3;
  double rate = 0.5;
  std::string mode = "sum";
  std::filesystem::path file;
  std::optional<double> clip;
  std::vector<std::string> words = {"a"};
  std::array<int64_t, 2> pair = {0, 1};
  std::optional<std::array<int64_t, 2>> part_of;
  std::map<std::string, double> numbers;
  Named<Part> parts;
  std::vector<Part> list;
  Part part;
  Slot<Loss> loss;
  Stream rows;
  WeightsRef from;

  static void declare(Schema<Everything>& schema) {
    schema.field("flag", &Everything::flag, kAny, "A switch.");
    schema.field("count", &Everything::count, between(1, 9), "How many.");
    schema.field("rate", &Everything::rate, strictly_between(0.0, 1.0), "How fast.", "1/nat");
    schema.field("mode", &Everything::mode, one_of({"sum", "mean"}), "How rows are added up.");
    schema.field("file", &Everything::file, kAny, "Where rows come from.");
    schema.field("clip", &Everything::clip, above(0.0), "Largest norm.");
    schema.field("words", &Everything::words, each(not_empty()), "Some words.");
    schema.field("pair", &Everything::pair, kAny, "Two numbers.");
    schema.field("part_of", &Everything::part_of, kAny, "From and to.");
    schema.field("numbers", &Everything::numbers, kAny, "Numbers by name.");
    schema.field("parts", &Everything::parts, kAny, "Parts by name.");
    schema.field("list", &Everything::list, kAny, "Parts in a row.");
    schema.field("part", &Everything::part, kAny, "One part.");
    schema.field("loss", &Everything::loss, kAny, "What is minimised.");
    schema.field("rows", &Everything::rows, kAny, "What is trained on.");
    schema.field("from", &Everything::from, kAny, "Where it starts.");
    schema.relation("count", "count must be below 8 where flag is true",
                    [](const Everything& all) { return !all.flag || all.count < 8; });
  }
};

struct Needy {
  Slot<Loss> loss;
  int64_t size = 0;
  static void declare(Schema<Needy>& schema) {
    schema.required("loss", &Needy::loss, kAny, "What is minimised.");
    schema.required("size", &Needy::size, at_least(1), "How large.");
  }
};

template <class Options>
std::shared_ptr<Options> read(const std::string& text, std::string* problems = nullptr,
                              const std::string& file = "test.yaml") {
  FakeReader reader;
  auto options = std::static_pointer_cast<Options>(
      Schema<Options>().read(yaml(text, file), "x", reader, {"name"}));
  if (problems != nullptr) {
    *problems = texts(reader.diagnostics());
  } else {
    EXPECT_EQ(texts(reader.diagnostics()), "");
  }
  return options;
}

template <class Options>
std::string problems_of(const std::string& text) {
  std::string problems;
  read<Options>(text, &problems);
  return problems;
}

TEST(Parameters, EveryTypeIsRead) {
  const auto all = read<Everything>(
      "name: reserved\nflag: true\ncount: 7\nrate: 1e-3\nmode: mean\nclip: 1\nwords: [b, '1']\n"
      "pair: [4, 5]\npart_of: [0, 2]\nnumbers: {z: 1, a: 0.5}\n"
      "parts: {z: {weight: 2, loss: {type: dpo}}, a: {}}\nlist: [{weight: 3}]\npart: {weight: 4}\n"
      "loss: {type: ipo}\nrows: pairs\nfrom: calibrate\n");
  EXPECT_TRUE(all->flag);
  EXPECT_EQ(all->count, 7);
  EXPECT_EQ(all->rate, 1e-3);
  EXPECT_EQ(all->mode, "mean");
  EXPECT_EQ(all->clip, 1.0);
  EXPECT_EQ(all->words, (std::vector<std::string>{"b", "1"}));
  EXPECT_EQ((*all->part_of)[1], 2);
  EXPECT_EQ(all->pair[0], 4);
  EXPECT_EQ(all->numbers.at("a"), 0.5);
  ASSERT_EQ(all->parts.size(), 2u);
  EXPECT_EQ(all->parts[0].first, "z");
  EXPECT_EQ(all->parts[0].second.loss->type, "dpo");
  EXPECT_EQ(all->list.at(0).weight, 3.0);
  EXPECT_EQ(all->part.weight, 4.0);
  EXPECT_EQ(all->loss->type, "ipo");
  EXPECT_EQ(all->rows.name, "pairs");
  EXPECT_EQ(all->from.phase, "calibrate");
}

TEST(Parameters, DefaultsStayAndSlotsAreCompletedEverywhere) {
  const auto all = read<Everything>("parts: {a: {weight: 2}}\nlist: [{}]\n");
  EXPECT_EQ(all->count, 3);
  EXPECT_FALSE(all->clip);
  EXPECT_FALSE(all->loss);
  EXPECT_EQ(all->part.loss->type, "cross_entropy");
  EXPECT_EQ(all->part.loss->path, "x.part.loss");
  EXPECT_EQ(all->parts[0].second.loss->path, "x.parts.a.loss");
  EXPECT_EQ(all->list[0].loss->path, "x.list[0].loss");
}

TEST(Parameters, NullIsAsIfNotWritten) {
  const auto all = read<Everything>("{count: null, clip: null, part: null, loss: null, words: ~}");
  EXPECT_EQ(all->count, 3);
  EXPECT_EQ(all->words.size(), 1u);
  EXPECT_EQ(all->part.loss->type, "cross_entropy");
  EXPECT_NE(problems_of<Needy>("{size: null, loss: {type: dpo}}").find("x.size: missing"),
            std::string::npos);
}

TEST(Parameters, EveryMistakeIsReportedAtOnceAndAtItsPlace) {
  EXPECT_EQ(problems_of<Everything>("flag: yes\ncount: 0\nrate: 1.0\nmode: men\nclip: -1\n"
                                    "words: [a, '']\npair: [1]\nnumbers: {a: b}\ncuont: 1\n"
                                    "parts: {a: {wieght: 1}}\nrows: [1]\nfrom: {run: a}\n"),
            "test.yaml:1:7: error: x.flag: expected true or false, found 'yes'\n"
            "    hint: write true, without quotes\n"
            "test.yaml:2:8: error: x.count: must be from 1 to 9, found the number 0\n"
            "test.yaml:3:7: error: x.rate: must be above 0 and below 1, found the number 1.0\n"
            "test.yaml:4:7: error: x.mode: must be one of 'sum', 'mean', found 'men'\n"
            "    hint: did you mean 'mean'?\n"
            "test.yaml:5:7: error: x.clip: must be above 0, found the number -1\n"
            "test.yaml:6:8: error: x.words: must be a list in which each is some text, not empty, "
            "found a list\n"
            "test.yaml:7:7: error: x.pair: expected 2 elements, found 1\n"
            "test.yaml:8:14: error: x.numbers.a: expected a number, found 'b'\n"
            "test.yaml:9:1: error: x.cuont: unknown parameter 'cuont'\n"
            "    hint: did you mean 'count'?\n"
            "test.yaml:10:13: error: x.parts.a.wieght: unknown parameter 'wieght'\n"
            "    hint: did you mean 'weight'?\n"
            "test.yaml:11:7: error: x.rows: no stream\n"
            "test.yaml:12:7: error: x.from.phase: missing; it is required\n"
            "    hint: The phase of that run.\n");
}

TEST(Parameters, NothingIsConverted) {
  EXPECT_EQ(problems_of<Everything>("count: '3'"),
            "test.yaml:1:8: error: x.count: expected an integer, found '3' in quotes\n"
            "    hint: write it without quotes\n");
  EXPECT_EQ(problems_of<Everything>("count: 3.0"),
            "test.yaml:1:8: error: x.count: expected an integer, found the number 3.0\n"
            "    hint: write 3\n");
  EXPECT_EQ(problems_of<Everything>("count: 1.5"),
            "test.yaml:1:8: error: x.count: expected an integer, found the number 1.5\n");
  EXPECT_EQ(problems_of<Everything>("count: 010"),
            "test.yaml:1:8: error: x.count: expected an integer, found '010'\n"
            "    hint: write it without leading zeros\n");
  EXPECT_EQ(problems_of<Everything>("rate: .nan"),
            "test.yaml:1:7: error: x.rate: expected a number, found '.nan'\n"
            "    hint: NaN and infinity are not taken\n");
  EXPECT_EQ(problems_of<Everything>("rate: 0x10"),
            "test.yaml:1:7: error: x.rate: expected a number, found '0x10'\n"
            "    hint: write it in decimal digits\n");
  EXPECT_EQ(problems_of<Everything>("mode: 1"),
            "test.yaml:1:7: error: x.mode: expected text, found the number 1\n"
            "    hint: put it in quotes\n");
  EXPECT_EQ(problems_of<Everything>("words: a"),
            "test.yaml:1:8: error: x.words: expected a list of text, found 'a'\n"
            "    hint: write [...], also around one element\n");
  EXPECT_EQ(problems_of<Everything>("part: [1]"),
            "test.yaml:1:7: error: x.part: expected a mapping, found a list\n");
  EXPECT_EQ(problems_of<Everything>("[1]"),
            "test.yaml:1:1: error: x: expected a mapping, found a list\n");
}

TEST(Parameters, NumbersThatFloat32HasNoRoomForAreOutOfEveryRange) {
  const std::string hint =
      "\n    hint: training computes in float32, which has no room for what others make\n";
  const std::string sizes = "must be 0, or in size from 1e-30 to 1e+15, found the number ";
  EXPECT_EQ(problems_of<Everything>("clip: 1e308\nnumbers: {a: -2e15, b: 1e-31}"),
            "test.yaml:1:7: error: x.clip: " + sizes + "1e+308" + hint +
                "test.yaml:2:14: error: x.numbers.a: " + sizes + "-2e+15" + hint +
                "test.yaml:2:24: error: x.numbers.b: " + sizes + "1e-31" + hint);
  EXPECT_EQ(problems_of<Everything>("clip: 1e15\nnumbers: {a: -1e-30, b: 0, c: -1e15}"), "");
}

TEST(Parameters, RelationsAreCheckedOnceTheParametersAreGood) {
  EXPECT_EQ(problems_of<Everything>("flag: true\ncount: 8\n"),
            "test.yaml:2:8: error: x.count: count must be below 8 where flag is true\n");
  EXPECT_EQ(problems_of<Everything>("flag: true\ncount: 8\nrate: 2\n"),
            "test.yaml:3:7: error: x.rate: must be above 0 and below 1, found the number 2\n");
}

TEST(Parameters, RequiredOnesAreAskedFor) {
  EXPECT_EQ(problems_of<Needy>("{}"),
            "test.yaml:1:1: error: x.loss: missing; it is required\n"
            "    hint: What is minimised.\n"
            "test.yaml:1:1: error: x.size: missing; it is required\n    hint: How large.\n");
}

TEST(Parameters, PathsAreRelativeToTheirFile) {
  const auto file_of = [](const std::string& text, const std::string& file) {
    return read<Everything>(text, nullptr, file)->file;
  };
  const auto here = std::filesystem::current_path();
  EXPECT_EQ(file_of("file: ../b.txt", "some/folder/a.yaml"), here / "some/b.txt");
  EXPECT_EQ(file_of("file: b.txt", "a.yaml"), here / "b.txt");
  EXPECT_EQ(file_of("file: /x/b.txt", "some/a.yaml"), "/x/b.txt");
  EXPECT_EQ(file_of("file: b.txt", command_line_place("model.path=/a/b.txt").file), here / "b.txt");
  EXPECT_EQ(file_of("file: ''", "some/a.yaml"), "");
}

TEST(Parameters, WhatIsWrittenReadsBackEqual) {
  const std::string text =
      "{flag: true, count: 7, clip: 1.0, file: a/b, words: [], part_of: [1, 2], numbers: {a: 1.0}, "
      "parts: {z: {weight: 2.0}}, list: [{}], loss: {type: ipo}, rows: pairs, from: {run: r, "
      "phase: p}}";
  const Schema<Everything> schema;
  const Value written = schema.write(read<Everything>(text).get());
  EXPECT_EQ(*written.find("clip"), Value(1.0));
  EXPECT_EQ(to_json(*written.find("loss")), R"({"type":"ipo"})");
  EXPECT_TRUE(written.find("parts")->is_ordered);
  EXPECT_FALSE(written.find("numbers")->is_ordered) << "it has an order of its own";
  const auto again = read<Everything>(to_yaml(written));
  EXPECT_EQ(schema.write(again.get()), written);
}

TEST(Parameters, SchemaSaysWhatEditorsNeed) {
  const Value schema = Schema<Everything>().schema();
  const auto property = [&](const char* name) {
    return to_json(*schema.find("properties")->find(name));
  };
  EXPECT_EQ(property("rate"),
            R"({"type":"number","exclusiveMinimum":0.0,"exclusiveMaximum":1.0,"description":)"
            R"("How fast. Unit: 1/nat.","default":0.5})");
  EXPECT_EQ(property("clip"),
            R"({"anyOf":[{"type":"number","exclusiveMinimum":0.0,"maximum":1e+15},)"
            R"({"type":"null"}],)"
            R"("description":"Largest norm.","default":null})");
  EXPECT_EQ(property("mode"),
            R"({"type":"string","enum":["sum","mean"],"description":"How rows are added up.",)"
            R"("default":"sum"})");
  EXPECT_EQ(property("words"),
            R"({"type":"array","items":{"type":"string","minLength":1},"description":)"
            R"("Some words.","default":["a"]})");
  EXPECT_EQ(*schema.find("additionalProperties"), Value(false));
  EXPECT_EQ(to_json(*Schema<Needy>().schema().find("required")), R"(["loss","size"])");
}

TEST(Parameters, FieldsDescribeThemselves) {
  const Schema<Everything> schema;
  EXPECT_EQ(schema.find("parts")->type, "mapping of names to mapping");
  EXPECT_EQ(schema.find("parts")->fields.at(1).type, "objective");
  EXPECT_EQ(schema.find("pair")->type, "2 of integer");
  EXPECT_EQ(schema.find("count")->range, "from 1 to 9");
}

template <int fault>
struct Faulty {
  double rate = -1.0;
  std::optional<double> clip = 1.0;
  static void declare(Schema<Faulty>& schema) {
    if (fault == 0) schema.field("rate", &Faulty::rate, above(0.0), "Out of range.");
    if (fault == 1) schema.field("rate", &Faulty::rate, kAny, "");
    if (fault == 2) schema.field("Rate", &Faulty::rate, kAny, "Not snake_case.");
    if (fault == 3) schema.field("clip", &Faulty::clip, kAny, "Null could not be told apart.");
    if (fault >= 4) schema.field("rate", &Faulty::rate, kAny, "Good.");
    if (fault == 4) schema.field("rate", &Faulty::rate, kAny, "Twice.");
    if (fault == 5) schema.relation("rat", "of nothing", [](const Faulty&) { return true; });
    // A choice that the user has to make is a relation that the defaults do not keep.
    if (fault == 6) schema.relation("rate", "a choice", [](const Faulty&) { return false; });
  }
};

TEST(Parameters, FaultyDeclarationsAreRefused) {
  EXPECT_THROW(Schema<Faulty<0>>(), CheckError);
  EXPECT_THROW(Schema<Faulty<1>>(), CheckError);
  EXPECT_THROW(Schema<Faulty<2>>(), CheckError);
  EXPECT_THROW(Schema<Faulty<3>>(), CheckError);
  EXPECT_THROW(Schema<Faulty<4>>(), CheckError);
  EXPECT_THROW(Schema<Faulty<5>>(), CheckError);
  EXPECT_NO_THROW(Schema<Faulty<6>>());
}

TEST(WeightsRef, IsAPhaseOrAPhaseOfARun) {
  const auto all = read<Everything>("from: {run: ../runs/a, phase: p}", nullptr, "folder/a.yaml");
  EXPECT_EQ(all->from.run, (std::filesystem::current_path() / "runs/a").string());
  EXPECT_EQ(all->from.place.column, 7);
  EXPECT_EQ(all->from, (WeightsRef{"p", all->from.run}));
  EXPECT_EQ(problems_of<Everything>("from: [a]"),
            "test.yaml:1:7: error: x.from: expected the name of a phase, 'initial' or {run: DIR, "
            "phase: NAME}, found a list\n");
}

}  // namespace
}  // namespace leakprobe
