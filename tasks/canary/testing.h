#pragma once

#include <filesystem>
#include <string>

#include "../own_files.h"

namespace leakprobe::canary {

/// A carrier's file in a folder of the test's own.
class OwnCarrier : public texts::OwnFiles {
 protected:
  std::filesystem::path write(const std::string& content) const {
    return file("carrier.txt", content);
  }
};

}  // namespace leakprobe::canary
