#include "format/sha256.h"

#include <fmt/ranges.h>
#include <openssl/evp.h>

#include <array>
#include <memory>
#include <vector>

#include "format/files.h"
#include "leakprobe/error.h"

namespace leakprobe {
namespace {

class Sha256 {
 public:
  Sha256() : context_(EVP_MD_CTX_new(), &EVP_MD_CTX_free) {
    if (context_ == nullptr || EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) != 1) {
      fail();
    }
  }

  void update(std::string_view bytes) {
    if (EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) != 1) fail();
  }

  std::string finish() {
    std::array<unsigned char, 32> digest{};
    if (EVP_DigestFinal_ex(context_.get(), digest.data(), nullptr) != 1) fail();
    return fmt::format("{:02x}", fmt::join(digest, ""));
  }

 private:
  [[noreturn]] static void fail() {
    throw Error("OpenSSL cannot compute SHA-256; check the installation of libssl");
  }

  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context_;
};

}  // namespace

std::string sha256_hex(std::string_view bytes) {
  Sha256 digest;
  digest.update(bytes);
  return digest.finish();
}

std::string sha256_hex_of_file(const std::filesystem::path& path) {
  const FileDescriptor file = open_for_reading(path);
  Sha256 digest;
  std::vector<char> buffer(1 << 20);
  while (const size_t got = read_some(file, path, buffer.data(), buffer.size())) {
    digest.update({buffer.data(), got});
  }
  return digest.finish();
}

}  // namespace leakprobe
