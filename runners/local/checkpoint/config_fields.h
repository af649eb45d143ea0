#pragma once

#include <cstdint>
#include <initializer_list>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"

namespace eval::runners::local {

// Reads the fields of a JSON object within bounds and collects what is wrong with them, so that one
// look at a file reports all its faults. A field at fault reads as the least allowed value.
class ConfigFields {
 public:
  ConfigFields(const Json& object, std::string_view where) : object_(object), where_(where) {}

  // A whole number in [least, most]; absent (or null): `fallback`, or a fault without one.
  std::int64_t integer(std::string_view key, std::int64_t least, std::int64_t most,
                       std::optional<std::int64_t> fallback = {});
  int count(std::string_view key, int least, int most, std::optional<int> fallback = {});
  double number(std::string_view key, double least, double most,
                std::optional<double> fallback = {});
  bool flag(std::string_view key, bool fallback);
  // Absent: empty.
  std::string text(std::string_view key);
  // A list of texts; absent: nullopt.
  std::optional<std::vector<std::string>> texts(std::string_view key);
  // A whole number or a list of them, each in [0, bound); absent: empty.
  std::vector<std::int32_t> token_ids(std::string_view key, std::int64_t bound);

  // The member, or nullptr when it is absent or null.
  const Json* find(std::string_view key) const { return find_member(object_, key); }
  bool has(std::string_view key) const { return find(key) != nullptr; }
  bool is_object() const { return object_.is_object(); }
  // Given as null, which for some fields is not the same as absent.
  bool is_null(std::string_view key) const;

  // Unsupported: "`key` value" is not built here. `known`: what is, for the help and the nearest.
  void unsupported(std::string_view key, std::string_view value,
                   const std::vector<std::string>& known = {});
  void bad(std::string what, std::string help = {});
  // Faults of a part of the file (an object inside), which read it through fields of its own.
  void take_faults(ConfigFields& part);

  bool sound() const { return faults_.empty(); }
  std::string_view where() const { return where_; }
  // All faults as one Error. Precondition: !sound().
  Error error() const { return combine(faults_); }

 private:
  const Json& object_;
  std::string where_;
  std::vector<Error> faults_;
};

}  // namespace eval::runners::local
