#include <map>

#include "completion.h"
#include "text.h"

namespace leakprobe::cli {
namespace {

/// The words stand in COMP_WORDS, broken at '=' and ':' too, and only what is behind the last break
/// is replaced.
constexpr const char* kBash = R"script(# Completion of leakprobe for bash. In ~/.bashrc:
#   source <(leakprobe completion bash)
_leakprobe() {
  local words=() word i behind_break=
  for ((i = 1; i <= COMP_CWORD; ++i)); do
    word=${COMP_WORDS[i]}
    if [[ -n $word && -z ${word//[=:]/} && ${#words[@]} -gt 0 ]]; then
      words[-1]+=$word
      behind_break=1
    elif [[ -n $behind_break ]]; then
      words[-1]+=$word
      behind_break=
    else
      words+=("$word")
    fi
  done
  mapfile -t COMPREPLY < <("$1" complete -- "${words[@]}" 2>/dev/null)
  word=${words[-1]}
  if [[ $word != "${COMP_WORDS[COMP_CWORD]}" ]]; then
    COMPREPLY=("${COMPREPLY[@]#"${word%"${word##*[=:]}"}"}")
  fi
  if [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *[.=] ]]; then
    compopt -o nospace 2>/dev/null
  fi
}
complete -o bashdefault -o default -F _leakprobe leakprobe
)script";

constexpr const char* kZsh = R"script(#compdef leakprobe
# Completion of leakprobe for zsh. In ~/.zshrc, behind compinit:
#   source <(leakprobe completion zsh)
_leakprobe() {
  local -a typed found open
  typed=("${(@Q)words[2,CURRENT]}")
  typed[-1]=${(Q)PREFIX}
  found=(${(f)"$("${(Q)words[1]}" complete -- "${(@)typed}" 2>/dev/null)"})
  if (( ! ${#found} )); then
    compset -P '*='
    _files
    return
  fi
  open=(${(M)found:#*[.=]})
  compadd -S '' -a open
  found=(${found:#*[.=]})
  compadd -a found
}
if [[ ${funcstack[1]} == _leakprobe ]]; then
  _leakprobe "$@"
else
  compdef _leakprobe leakprobe
fi
)script";

constexpr const char* kFish =
    R"script(# Completion of leakprobe for fish. In ~/.config/fish/config.fish:
#   leakprobe completion fish | source
function __leakprobe_complete
    set -l words (commandline -opc) (commandline -ct)
    set -l found ($words[1] complete -- $words[2..-1] 2>/dev/null)
    if test (count $found) -gt 0
        printf '%s\n' $found
    else
        __fish_complete_path (commandline -ct)
    end
end
complete -c leakprobe -f -a '(__leakprobe_complete)'
)script";

const std::map<std::string, const char*>& scripts() {
  static const std::map<std::string, const char*> all = {
      {"bash", kBash}, {"zsh", kZsh}, {"fish", kFish}};
  return all;
}

}  // namespace

const std::vector<std::string>& shells() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> all;
    for (const auto& [name, script] : scripts()) all.push_back(name);
    return all;
  }();
  return names;
}

std::string completion_script(const std::string& shell) {
  const auto found = scripts().find(shell);
  if (found != scripts().end()) return found->second;
  throw host::UsageError("there is no completion for " + in_quotes(shell) + "; " +
                         suggest(shell, shells(), "shells"));
}

}  // namespace leakprobe::cli
