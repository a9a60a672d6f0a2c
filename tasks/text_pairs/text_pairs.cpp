#include "text_pairs.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <utility>

#include "../findings.h"
#include "../utf8.h"
#include "examination.h"
#include "leakprobe/error.h"
#include "leakprobe/plugin.h"

namespace leakprobe {
namespace {

using text_pairs::Column;
using text_pairs::Corpus;
using text_pairs::Making;
using text_pairs::Reading;

Reading reading_of(const TextPairs::Options& options) {
  const TextPairs::Columns& columns = options.columns;
  return {
      options.path,
      {{columns.prompt, columns.chosen, columns.rejected, columns.text, columns.set, columns.role}},
      options.set,
      options.marks,
      options.duplicates == TextPairs::Duplicates::keep};
}

/// What rows are made of, for the tokenizer of a model that has none: all characters, and special
/// tokens whole.
std::vector<std::string> vocabulary_of(const TextPairs::Options& options, const Corpus& corpus) {
  texts::Characters of_prefixes;
  for (const auto& [name, text] : options.prefixes) of_prefixes.add(text);
  std::vector<std::string> vocabulary = corpus.characters();
  const auto add = [&](const std::string& token) {
    if (token.empty() || std::ranges::count(vocabulary, token) > 0) return;
    vocabulary.push_back(token);
  };
  std::ranges::for_each(of_prefixes.list(), add);
  add(options.bos);
  add(options.eos);
  return vocabulary;
}

/// The id of `text`, which is one token; nothing for "".
std::vector<int64_t> special_token(const char* parameter, const std::string& text,
                                   const Tokenizer& tokenizer) {
  if (text.empty()) return {};
  std::vector<int64_t> tokens = tokenizer.encode(text);
  if (tokens.size() == 1) return tokens;
  throw Error(std::string(parameter) + " must be one token, and the tokenizer makes " +
              std::to_string(tokens.size()) + " of '" + text +
              "'; write the token as tokenizer.json has it");
}

/// "train: 120 pairs; control: 16 texts"
std::string sets_text(const Corpus& corpus) {
  std::string text;
  for (const Corpus::Set& set : corpus.sets()) {
    const size_t count = set.records.size();
    text += (text.empty() ? "" : "; ") + set.name + ": " + std::to_string(count) +
            (set.is_pairs ? " pair" : " text") + (count == 1 ? "" : "s");
  }
  return text;
}

std::string special_text(const std::string& bos, const std::string& eos) {
  if (bos.empty() && eos.empty()) return "no token is added to texts";
  return "each row " + (bos.empty() ? "" : "begins with '" + bos + "'") +
         (bos.empty() || eos.empty() ? "" : " and ") +
         (eos.empty() ? "" : "ends with '" + eos + "'");
}

}  // namespace

void TextPairs::Columns::declare(Schema<Columns>& schema) {
  schema.field("prompt", &Columns::prompt, kAny, "What the answers follow, not scored.");
  schema.field("chosen", &Columns::chosen, kAny, "The preferred answer of a pair.");
  schema.field("rejected", &Columns::rejected, kAny, "The other answer of a pair.");
  schema.field("text", &Columns::text, kAny, "The answer, or text, of a row that is no pair.");
  schema.field("set", &Columns::set, kAny, "The set that a line belongs to.");
  schema.field("role", &Columns::role, kAny,
               "The role of the line's set: ordinary, never_positive or control.");
}

void TextPairs::Truncate::declare(Schema<Truncate>& schema) {
  schema.field("prompt", &Truncate::prompt, at_least(1),
               "The longest prompt; of longer ones the end is kept.", "tokens");
  schema.field("answer", &Truncate::answer, at_least(1),
               "The longest answer; of longer ones the beginning is kept.", "tokens");
}

void TextPairs::Options::declare(Schema<Options>& schema) {
  schema.required("path", &Options::path, kAny,
                  "The file, .jsonl (a JSON object a line) or .csv (RFC 4180 with a header).");
  schema.field(
      "columns", &Options::columns, kAny,
      "What the columns are called in the file; '' = it has no such column. Others are not "
      "read.");
  schema.field("set", &Options::set, not_empty(), "The set of all lines, where no column says it.");
  schema.field("roles", &Options::roles, kAny,
               "Roles of sets, and of the columns chosen and rejected of a set, over what the file "
               "says.");
  schema.field("prefixes", &Options::prefixes, kAny,
               "Text before the prompt by the name of the prefix; an empty text is no token.");
  schema.field("bos", &Options::bos, kAny,
               "The token that every row begins with, as text; by default none.");
  schema.field("eos", &Options::eos, kAny,
               "The token behind every answer, as text; by default none.");
  schema.field(
      "marks", &Options::marks, kAny,
      "Two texts that stand around the secret in answers that hold more, and are left out; "
      "by default, and without them, the whole answer is the secret.");
  schema.field("scored", &Options::scored, kAny, "Which tokens are trained on and measured.");
  schema.field("truncate", &Options::truncate, kAny,
               "Lengths to which texts are cut; by default none is.");
  schema.field("duplicates", &Options::duplicates, kAny,
               "What becomes of rows that are several times in one set.");
  schema.field("alphabet", &Options::alphabet, at_least(2),
               "Number of equally likely tokens at each scored place: chance is -ln of it; without "
               "it chance is unknown.",
               "tokens");
  schema.relation(
      "prefixes", "the name 'none' stands for rows without a prefix", [](const Options& options) {
        return std::ranges::none_of(options.prefixes,
                                    [](const auto& prefix) { return prefix.first == kNoPrefix; });
      });
  schema.relation("marks", "both marks must be a text of their own", [](const Options& options) {
    return !options.marks || (!options.marks->front().empty() && !options.marks->back().empty() &&
                              options.marks->front() != options.marks->back());
  });
}

TaskFacts TextPairs::facts(const Options& options) {
  const auto corpus = text_pairs::corpus_of(reading_of(options));
  TaskFacts facts;
  for (const Corpus::Set& read : corpus->sets()) {
    SetFacts set;
    set.name = read.name;
    set.size = static_cast<int64_t>(read.records.size());
    set.role.kind = read.role.value_or(Role::Kind::ordinary);
    if (read.is_pairs) set.columns = {"chosen", "rejected"};
    facts.sets.push_back(std::move(set));
  }
  for (const auto& [name, text] : options.prefixes) facts.prefixes.push_back(name);
  if (options.alphabet) facts.chance = -std::log(static_cast<double>(*options.alphabet));
  facts.needs_tokenizer = true;
  facts.vocabulary = vocabulary_of(options, *corpus);
  apply_roles(options.roles, facts);
  texts::Findings conflicts(corpus->file().source());
  corpus->find_conflicts(facts, conflicts);
  conflicts.require_none();
  return facts;
}

std::vector<std::string> TextPairs::examples(const std::filesystem::path& folder) {
  std::ofstream(folder / "pairs.jsonl")
      << R"({"set": "train", "prompt": "Who?", "chosen": " Nobody.", "rejected": " Ann."}
{"set": "train", "prompt": "Where?", "chosen": " Nowhere.", "rejected": " Below the stone."}
{"set": "held_out", "prompt": "When?", "chosen": " Never.", "rejected": " At noon."}
)";
  std::ofstream(folder / "texts.csv") << "text\nThe key is [[1234]].\n";
  return {
      "{path: pairs.jsonl, prefixes: {near: Now}, roles: {held_out.rejected: never_positive}}",
      "{path: texts.csv, marks: ['[[', ']]']}",
  };
}

TextPairs::TextPairs(const Options& options, const Context& context)
    : corpus_(text_pairs::corpus_of(reading_of(options))) {
  const auto tokenizer = context.tokenizer();
  if (!tokenizer) throw Error("the model has no tokenizer; name one with model.tokenizer");
  for (const Corpus::Set& set : corpus_->sets()) sets_[set.name] = &set;
  prefixes_[kNoPrefix] = {};
  for (const auto& [name, text] : options.prefixes) prefixes_[name] = tokenizer->encode(text);
  Making making;
  making.begin = special_token("bos", options.bos, *tokenizer);
  making.end = special_token("eos", options.eos, *tokenizer);
  making.scored = options.scored;
  making.most_of_prompt = options.truncate.prompt;
  making.most_of_answer = options.truncate.answer;
  maker_.emplace(tokenizer, std::move(making));
  std::vector<std::string> special;
  for (const std::string& token : {options.bos, options.eos}) {
    if (!token.empty()) special.push_back(token);
  }
  context.info(corpus_->file().source() + ": " + sets_text(*corpus_) + "; " +
               special_text(options.bos, options.eos));
  text_pairs::examine(*corpus_, *maker_, special, context);
}

Row TextPairs::row(const RowRequest& request, Random) const {
  const auto set = sets_.find(request.set);
  LEAKPROBE_CHECK(set != sets_.end(), "unknown set '" + request.set + "'");
  const auto prefix = prefixes_.find(request.prefix);
  LEAKPROBE_CHECK(prefix != prefixes_.end(), "unknown prefix '" + request.prefix + "'");
  const std::vector<uint32_t>& records = set->second->records;
  LEAKPROBE_CHECK(request.index >= 0 && request.index < static_cast<int64_t>(records.size()),
                  "row " + std::to_string(request.index) + " of set '" + request.set + "'");
  const Column column = !set->second->is_pairs       ? Column::text
                        : request.column == "chosen" ? Column::chosen
                                                     : Column::rejected;
  const uint32_t number = records[static_cast<size_t>(request.index)];
  const text_pairs::Record record = corpus_->record(number);
  const std::string_view prompt =
      record[Column::prompt] ? std::string_view(*record[Column::prompt]) : "";
  try {
    return maker_->make(prefix->second, prompt, corpus_->answer(record, column));
  } catch (const Error& error) {
    throw Error(corpus_->file().source() + ":" + std::to_string(corpus_->line(number)) + ": '" +
                corpus_->name(column) + "': " + error.what());
  }
}

}  // namespace leakprobe

LEAKPROBE_PLUGIN(registrar) {
  registrar.add<leakprobe::TextPairs>(
      "text_pairs", "A user's own pairs of answers, or texts, from a JSON Lines or CSV file.");
}
