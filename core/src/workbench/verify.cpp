#include "leakprobe/host/verify.h"

#include <memory>
#include <utility>
#include <vector>

#include "format/files.h"
#include "leakprobe/host/workbench.h"
#include "leakprobe/kit/conformance.h"
#include "plugin/registry.h"
#include "text/quote.h"
#include "tokenizer/load.h"

namespace leakprobe::host {
namespace {

Value law_value(const kit::Verdict& verdict) {
  Value reasons = Value::list();
  for (const std::string& reason : verdict.reasons) reasons.push_back(reason);
  Value value = Value::map();
  value.set("name", verdict.law.name);
  value.set("outcome", word_of(verdict.outcome));
  value.set("reasons", std::move(reasons));
  value.set("contract", verdict.law.contract);
  value.set("header", verdict.law.header);
  return value;
}

/// Throws UsageError where a path that somebody named holds no plugins that can be used.
void require_plugins(const std::filesystem::path& library,
                     const std::vector<std::filesystem::path>& beside) {
  if (!is_there(library)) {
    throw UsageError("there is no library " + quote(library.string()) +
                     "; name a plugin's .so file, such as "
                     "build/lib/leakprobe/plugins/acme_npo.so");
  }
  std::vector<SearchEntry> entries;
  for (const std::filesystem::path& path : beside) entries.push_back({path, "--beside"});
  try {
    Registry registry;
    registry.load_file(library);
    registry.load(entries);
    registry.require_named();
  } catch (const Error& unfit) {
    throw UsageError(unfit.what());
  }
}

std::shared_ptr<const Tokenizer> tokenizer_at(const std::filesystem::path& path) {
  if (path.empty()) return nullptr;
  try {
    return load_tokenizer(path);
  } catch (const Error& unfit) {
    throw UsageError(unfit.what());
  }
}

}  // namespace

Value verify(const std::filesystem::path& library, const std::vector<std::filesystem::path>& beside,
             const std::filesystem::path& tokenizer) {
  require_plugins(library, beside);
  const kit::Conformance conformance{library, beside, {}, tokenizer_at(tokenizer)};
  Value plugins = Value::list();
  // Verdicts on one plugin with one example come one after the other.
  for (const kit::Verdict& verdict : kit::verify(conformance)) {
    const Value* last = plugins.as_list().empty() ? nullptr : &plugins.as_list().back();
    if (last == nullptr || last->text("plugin") != verdict.plugin() ||
        last->text("options") != verdict.options) {
      Value plugin = Value::map();
      plugin.set("plugin", verdict.plugin());
      plugin.set("options", verdict.options);
      plugin.set("laws", Value::list());
      plugins.push_back(std::move(plugin));
    }
    plugins.as_list().back().at("laws").push_back(law_value(verdict));
  }
  return plugins;
}

}  // namespace leakprobe::host
