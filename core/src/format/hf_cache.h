#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace leakprobe {

/// Where a model lies, or why it was not found.
struct ModelPath {
  /// An existing folder or file; empty where there is none.
  std::filesystem::path path;
  /// One sentence: what was looked for, where, and what to do; "" where it was found.
  std::string problem;

  bool found() const { return problem.empty(); }
};

/// Finds what `model.path` names: a folder or file (relative to `base`), else `owner/name` or
/// `owner/name@revision` in the local Hugging Face cache. A revision is a branch, a tag or a commit
/// as the cache knows them; "" is main, or what the cache has where that is one snapshot; one in
/// the text wins over `revision`. A repository that the cache has not is looked for where
/// TRANSFORMERS_CACHE, PYTORCH_TRANSFORMERS_CACHE and PYTORCH_PRETRAINED_BERT_CACHE say, which
/// transformers 4 reads. Never uses the network.
ModelPath find_model(const std::string& text, const std::filesystem::path& base,
                     const std::string& revision = "");

/// The folder of the cache: HF_HUB_CACHE, else HUGGINGFACE_HUB_CACHE (its older name), else
/// HF_HOME/hub, else XDG_CACHE_HOME/huggingface/hub, else ~/.cache/huggingface/hub; it need not
/// exist. In all of them ~ and variables are expanded; without HOME the user's entry in passwd says
/// what ~ is.
/// Source: https://huggingface.co/docs/huggingface_hub/package_reference/environment_variables.
std::filesystem::path hf_cache_folder();

}  // namespace leakprobe
