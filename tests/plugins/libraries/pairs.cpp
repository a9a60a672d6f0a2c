#include <map>
#include <string>

#include "leakprobe/plugin.h"
#include "leakprobe/roles.h"

namespace {

using leakprobe::Role;
using leakprobe::Row;
using leakprobe::SetFacts;
using leakprobe::TaskFacts;

constexpr int64_t kPrompt = 2;
constexpr int64_t kAnswer = 4;
constexpr int64_t kLetters = 24;  ///< two more tokens are prefixes

/// Pairs of answers to a prompt: the sets train, held_out, again (train's items once more), fresh
/// (without size) and control. `flat` gives each column of theirs a set of its own, with the same
/// rows.
class Pairs final : public leakprobe::Task {
 public:
  struct Options {
    bool flat = false;
    bool shared = false;
    bool plain_control = false;
    std::map<std::string, Role> roles;
    static void declare(leakprobe::Schema<Options>& schema) {
      schema.field("flat", &Options::flat, leakprobe::kAny, "Whether columns are sets.");
      schema.field("shared", &Options::shared, leakprobe::kAny,
                   "Whether item 5 of train is chosen where item 1 of held_out is rejected.");
      schema.field("plain_control", &Options::plain_control, leakprobe::kAny,
                   "Whether an item of the control is one row.");
      schema.field("roles", &Options::roles, leakprobe::kAny, "Roles of sets and columns.");
    }
  };

  static TaskFacts facts(const Options& options) {
    TaskFacts facts;
    const auto add = [&](const std::string& name, std::optional<int64_t> size, bool columns) {
      SetFacts set;
      set.name = name;
      set.size = size;
      set.distribution = "answers";
      if (name == "control") set.role.kind = Role::Kind::control;
      if (columns && !options.flat) set.columns = {"chosen", "rejected"};
      if (!options.flat || !columns) return facts.sets.push_back(set);
      for (const char* column : {"_chosen", "_rejected"}) {
        set.name = name + column;
        facts.sets.push_back(set);
      }
    };
    add("train", 8, true);
    add("held_out", 4, true);
    add("again", 8, true);
    add("fresh", std::nullopt, true);
    add("control", std::nullopt, !options.plain_control && !options.flat);
    facts.prefixes = {"near", "far"};
    facts.chance = -3.0;
    facts.longest_row = 1 + kPrompt + kAnswer;
    facts.token_limit = kLetters + 2;
    leakprobe::apply_roles(options.roles, facts);
    return facts;
  }

  Pairs(const Options& options, const leakprobe::Context&) : shared_(options.shared) {}

  Row row(const leakprobe::RowRequest& request, leakprobe::Random random) const override {
    std::string set = request.set;
    std::string column = request.column;
    if (const size_t cut = set.rfind('_'); column.empty() && cut != std::string::npos) {
      column = set.substr(cut + 1);
      set.resize(cut);
    }
    int64_t index = request.index;
    if (shared_ && set == "train" && column == "chosen" && index == 5) {
      set = "held_out";
      column = "rejected";
      index = 1;
    }
    if (set == "again") set = "train";
    // Sets with a size do not depend on the set's random numbers, so that flat sets are equal.
    if (set == "train" || set == "held_out") {
      const leakprobe::RandomStream items(1, set);
      random = items.at(static_cast<uint64_t>(index));
    }
    Row row;
    if (request.prefix == "near") row.tokens.push_back(kLetters);
    if (request.prefix == "far") row.tokens.push_back(kLetters + 1);
    row.secret.begin = static_cast<int64_t>(row.tokens.size());
    const auto letters = [&](int64_t count, bool kept) {
      for (int64_t i = 0; i < count; ++i) {
        const auto letter = static_cast<int64_t>(random.below(kLetters));
        if (kept) row.tokens.push_back(letter);
      }
    };
    letters(kPrompt, true);
    row.scored.assign(row.tokens.size(), 0);
    letters(kAnswer, column != "rejected");
    if (column == "rejected") letters(kAnswer, true);
    row.scored.resize(row.tokens.size(), 1);
    row.secret.end = static_cast<int64_t>(row.tokens.size());
    return row;
  }

 private:
  bool shared_;
};

}  // namespace

LEAKPROBE_PLUGIN(registrar) { registrar.add<Pairs>("test.pairs", "Pairs of answers to a prompt."); }
