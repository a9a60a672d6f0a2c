#pragma once

#include <string>
#include <vector>

#include "conformance/laws.h"
#include "leakprobe/plugin.h"

/// The laws of every kind.
namespace leakprobe {

/// Of what is registered.
void documented(const Registration& registration, Findings& findings);
void paths_are_paths(const Registration& registration, Findings& findings);
void own_keys(const Registration& registration, Findings& findings);

/// Of instances.
void answers_or_throws(const Subject& subject, Findings& findings);
void repeats(const Subject& subject, Findings& findings);
void made_often(const Subject& subject, Findings& findings);
void leaves_torch_alone(const Subject& subject, Findings& findings);

/// The laws of every kind in the order in which they are asked, with the header of `kind`.
std::vector<kit::Law> laws_of_every_kind(Kind kind);

}  // namespace leakprobe
