#include "runners/local/engine/sequence.h"

#include "base/hash.h"

namespace eval::runners::local {

std::string token_hash(const std::vector<TokenId>& tokens) {
  std::string bytes;
  bytes.reserve(tokens.size() * 4);
  for (const TokenId token : tokens) {
    const auto word = static_cast<std::uint32_t>(token);
    for (int shift = 0; shift < 32; shift += 8) {
      bytes.push_back(static_cast<char>((word >> shift) & 0xffU));
    }
  }
  return sha256_hex(bytes);
}

}  // namespace eval::runners::local
