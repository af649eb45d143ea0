#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace eval {

// SHA-256 of `data` as 64 lower-case hex digits.
std::string sha256_hex(std::string_view data);

// SHA-256 over several fields so that field boundaries count: each field is prefixed with its
// length. Use it for every content key made of more than one part.
class ContentHash {
 public:
  ContentHash();
  ~ContentHash();
  ContentHash(const ContentHash&) = delete;
  ContentHash& operator=(const ContentHash&) = delete;

  ContentHash& add(std::string_view field);
  // Finishes; the object must not be used afterwards.
  std::string hex();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace eval
