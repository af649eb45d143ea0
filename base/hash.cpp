#include "base/hash.h"

#include <openssl/evp.h>

#include <array>
#include <cstdint>

#include "base/check.h"

namespace eval {
namespace {

constexpr std::size_t kDigestBytes = 32;

std::string to_hex(const std::array<unsigned char, kDigestBytes>& digest) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  text.reserve(digest.size() * 2);
  for (const unsigned char byte : digest) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

}  // namespace

struct Sha256::State {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  ~State() { EVP_MD_CTX_free(context); }
};

Sha256::Sha256() : state_(std::make_unique<State>()) {
  EVAL_CHECK(EVP_DigestInit_ex(state_->context, EVP_sha256(), nullptr) == 1);
}

Sha256::~Sha256() = default;

void Sha256::add(std::string_view bytes) {
  EVAL_CHECK(EVP_DigestUpdate(state_->context, bytes.data(), bytes.size()) == 1);
}

std::string Sha256::hex() {
  std::array<unsigned char, kDigestBytes> digest{};
  EVAL_CHECK(EVP_DigestFinal_ex(state_->context, digest.data(), nullptr) == 1);
  return to_hex(digest);
}

struct ContentHash::State {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  ~State() { EVP_MD_CTX_free(context); }
};

ContentHash::ContentHash() : state_(std::make_unique<State>()) {
  EVAL_CHECK(EVP_DigestInit_ex(state_->context, EVP_sha256(), nullptr) == 1);
}

ContentHash::~ContentHash() = default;

ContentHash& ContentHash::add(std::string_view field) {
  const std::uint64_t size = field.size();
  std::array<unsigned char, 8> prefix{};
  for (std::size_t i = 0; i < prefix.size(); ++i) {
    prefix[i] = static_cast<unsigned char>(size >> (8 * i));
  }
  EVAL_CHECK(EVP_DigestUpdate(state_->context, prefix.data(), prefix.size()) == 1);
  EVAL_CHECK(EVP_DigestUpdate(state_->context, field.data(), field.size()) == 1);
  return *this;
}

std::string ContentHash::hex() {
  std::array<unsigned char, kDigestBytes> digest{};
  EVAL_CHECK(EVP_DigestFinal_ex(state_->context, digest.data(), nullptr) == 1);
  return to_hex(digest);
}

std::string sha256_hex(std::string_view data) {
  std::array<unsigned char, kDigestBytes> digest{};
  EVAL_CHECK(EVP_Digest(data.data(), data.size(), digest.data(), nullptr, EVP_sha256(), nullptr) ==
             1);
  return to_hex(digest);
}

}  // namespace eval
