#include "token_rows.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "leakprobe/error.h"
#include "leakprobe/plugin.h"
#include "leakprobe/stream.h"
#include "leakprobe/tensors.h"

namespace leakprobe {
namespace {

/// The one prefix: the first tokens of the rows as they stand in the file.
constexpr const char* kGiven = "given";

[[noreturn]] void fail(const TensorFile& file, const std::string& name, const std::string& what) {
  throw Error(file.source() + ": tensor '" + name + "': " + what);
}

/// {rows, tokens} of a tensor, checked.
std::pair<int64_t, int64_t> shape_of(const TensorFile& file, const std::string& name,
                                     int64_t prefix_length) {
  const TensorInfo& info = file.info(name);
  const std::vector<std::string> integers = {"I64", "I32", "I16", "I8", "U64", "U32", "U16", "U8"};
  if (std::find(integers.begin(), integers.end(), info.dtype) == integers.end()) {
    fail(file, name, "holds " + info.dtype + ", not integers; write token ids as I64");
  }
  if (info.shape.size() != 2 && info.shape.size() != 3) {
    fail(file, name,
         "has " + std::to_string(info.shape.size()) +
             (info.shape.size() == 1 ? " dimension" : " dimensions") +
             "; rows are [rows, tokens] or [steps, batch, tokens]");
  }
  const int64_t tokens = info.shape.back();
  // The first token of a row is not scored, with or without the prefix before it.
  if (tokens < prefix_length + 2) {
    fail(file, name,
         "has rows of " + std::to_string(tokens) + (tokens == 1 ? " token" : " tokens") +
             "; behind a prefix of " + std::to_string(prefix_length) +
             " at least two are needed, so lower prefix_length or "
             "give longer rows");
  }
  int64_t rows = 1;
  for (size_t i = 0; i + 1 < info.shape.size(); ++i) rows *= info.shape[i];
  if (rows == 0) fail(file, name, "has no rows; leave it out of the file");
  return {rows, tokens};
}

/// Larger files are not read before a run.
constexpr int64_t kReadForLimit = int64_t{16} << 20;

/// Which ids the rows hold, where the file is small.
void take_limit(const TensorFile& file, TaskFacts& facts) {
  int64_t bytes = 0;
  for (const std::string& name : file.names()) bytes += file.info(name).bytes;
  if (bytes > kReadForLimit) return;
  for (const std::string& name : file.names()) {
    const int64_t largest = file.read(name).to(torch::kInt64).max().item<int64_t>();
    if (largest == std::numeric_limits<int64_t>::max()) {
      fail(file, name,
           "holds the id " + std::to_string(largest) +
               ", which no model can know; write the ids of a tokenizer");
    }
    facts.token_limit = std::max(facts.token_limit, largest + 1);
  }
}

}  // namespace

void TokenRows::Options::declare(Schema<Options>& schema) {
  schema.required("path", &Options::path, kAny,
                  "The safetensors file; each tensor in it is a set of rows.");
  schema.field("alphabet", &Options::alphabet, at_least(2),
               "Number of equally likely tokens at each scored place: chance is -ln of it; without "
               "it chance is unknown.",
               "tokens");
  schema.field("prefix_length", &Options::prefix_length, between(0, 1 << 20),
               "Tokens at the beginning of each row that are its prefix, named 'given'.", "tokens");
  schema.field("roles", &Options::roles, kAny,
               "Roles of sets that are not ordinary: never_positive, control or "
               "{never_positive: [prefixes]}.");
}

TaskFacts TokenRows::facts(const Options& options) {
  const TensorFile file = TensorFile::open(options.path);
  TaskFacts facts;
  for (const std::string& name : file.names()) {
    const auto [rows, tokens] = shape_of(file, name, options.prefix_length);
    SetFacts set;
    set.name = name;
    set.size = rows;
    facts.sets.push_back(std::move(set));
    facts.longest_row = std::max(facts.longest_row, tokens);
  }
  take_limit(file, facts);
  if (facts.sets.empty()) throw Error(file.source() + ": holds no tensors; write rows into it");
  facts.prefixes = {kGiven};
  if (options.alphabet) facts.chance = -std::log(static_cast<double>(*options.alphabet));
  apply_roles(options.roles, facts);
  return facts;
}

std::vector<std::string> TokenRows::examples(const std::filesystem::path& folder) {
  write_safetensors(folder / "rows.safetensors",
                    {{"useful", torch::arange(12).reshape({3, 4})},
                     {"control", (torch::arange(24) * 5 + 3).remainder(26).reshape({2, 3, 4})}});
  return {"{path: rows.safetensors, alphabet: 26, roles: {control: control}}"};
}

TokenRows::TokenRows(const Options& options, const Context& context)
    : prefix_length_(options.prefix_length) {
  const TensorFile file = TensorFile::open(options.path);
  const auto tokenizer = context.tokenizer();
  for (const std::string& name : file.names()) {
    const auto [rows, tokens] = shape_of(file, name, prefix_length_);
    torch::Tensor set = file.read(name).to(torch::kInt64).reshape({rows, tokens});
    const int64_t lowest = set.min().item<int64_t>();
    const int64_t highest = set.max().item<int64_t>();
    if (lowest < 0) {
      fail(file, name,
           "holds the negative id " + std::to_string(lowest) + "; write the ids of a tokenizer");
    }
    if (tokenizer && highest >= tokenizer->size()) {
      fail(file, name,
           "holds the id " + std::to_string(highest) + "; the model's tokenizer has " +
               std::to_string(tokenizer->size()) + (tokenizer->size() == 1 ? " token" : " tokens") +
               ", so the rows are another model's: make them with this tokenizer");
    }
    sets_.emplace(name, std::move(set));
  }
}

Row TokenRows::row(const RowRequest& request, Random) const {
  const auto set = sets_.find(request.set);
  LEAKPROBE_CHECK(set != sets_.end(), "unknown set '" + request.set + "'");
  LEAKPROBE_CHECK(request.prefix == kGiven || request.prefix == kNoPrefix,
                  "unknown prefix '" + request.prefix + "'");
  LEAKPROBE_CHECK(request.index >= 0 && request.index < set->second.size(0),
                  "row " + std::to_string(request.index) + " of set '" + request.set + "'");
  const int64_t tokens = set->second.size(1);
  const int64_t* begin = set->second.data_ptr<int64_t>() + request.index * tokens;
  const int64_t stripped = request.prefix == kNoPrefix ? prefix_length_ : 0;
  Row row;
  row.tokens.assign(begin + stripped, begin + tokens);
  row.secret = {prefix_length_ - stripped, tokens - stripped};
  row.scored.assign(row.tokens.size(), 0);
  std::fill(row.scored.begin() + std::max<int64_t>(row.secret.begin, 1), row.scored.end(), 1);
  return row;
}

}  // namespace leakprobe

LEAKPROBE_PLUGIN(registrar) {
  registrar.add<leakprobe::TokenRows>(
      "token_rows", "Rows of token ids from a safetensors file, one set a tensor.");
}
