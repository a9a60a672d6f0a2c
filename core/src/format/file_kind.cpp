#include "format/file_kind.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <string_view>

namespace leakprobe {
namespace {

struct Format {
  std::string_view beginning;
  std::string_view words;
};

constexpr std::string_view kConvert =
    ", which is not read here; convert it to safetensors (transformers: save_pretrained)";

using namespace std::string_view_literals;
constexpr std::array kFormats = {
    Format{"PK\x03\x04"sv, "is a zip archive, as PyTorch writes it (.bin, .pt)"sv},
    Format{"\x80\x02"sv, "is a Python pickle, as old PyTorch writes it (.bin, .pt)"sv},
    Format{"\x89HDF\r\n"sv, "is an HDF5 file (Keras, TensorFlow)"sv},
    Format{"lmgg"sv, "is a GGML file, older than GGUF"sv},
    Format{"fmgg"sv, "is a GGML file, older than GGUF"sv},
    Format{"tjgg"sv, "is a GGML file, older than GGUF"sv},
};

}  // namespace

bool is_gguf_file(const std::filesystem::path& path) {
  std::error_code ignored;
  if (!std::filesystem::is_regular_file(path, ignored)) return false;  // a pipe would wait for ever
  std::array<char, 4> beginning{};
  std::ifstream file(path, std::ios::binary);
  return file.read(beginning.data(), beginning.size()) &&
         std::string_view(beginning.data(), beginning.size()) == "GGUF";
}

std::string foreign_format(std::span<const std::byte> file) {
  const std::string_view text(reinterpret_cast<const char*>(file.data()), file.size());
  if (text.starts_with("GGUF")) return "is a GGUF file; name it as the model itself";
  for (const Format& format : kFormats) {
    if (text.starts_with(format.beginning)) return std::string(format.words).append(kConvert);
  }
  return "";
}

}  // namespace leakprobe
