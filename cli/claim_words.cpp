#include "claim_words.h"

#include "text.h"

namespace leakprobe::cli {
namespace {

std::string endpoint(const std::string& at) {
  if (at == "maximum") return "at its maximum over phase ";
  return at == "start" ? "at the start of phase " : "at the end of phase ";
}

}  // namespace

std::string claim_words(const Value& claim, bool chance) {
  const auto word = [&](const char* key) {
    const Value* value = claim.find(key);
    return value == nullptr || value->is_null() ? "" : visible(plain(*value));
  };
  return "Set '" + word("set") + "' behind prefix '" + word("prefix") + "', " +
         endpoint(word("at")) + word("phase") + " (" + word("measure") + ", nats per token" +
         (chance ? " against chance" : "") + ")";
}

}  // namespace leakprobe::cli
