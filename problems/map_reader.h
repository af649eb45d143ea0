#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "problems/findings.h"

namespace eval::problems {

// Reads one YAML map of a package key by key: a wrong type becomes a fault that names the key, and
// the keys nobody asked for become warnings. Packages in the wild are lax about types (numbers for
// texts, "yes" for true), so the readers are too wherever the meaning is clear.
class MapReader {
 public:
  // `map` may be null (an empty file); anything but a map is a fault. Both references must outlive
  // the reader.
  MapReader(const Json& map, std::string where, Findings& findings);

  // The member if there is one that is not null; marks the key as known.
  const Json* member(std::string_view key);
  std::optional<std::string> text(std::string_view key);
  std::optional<double> number(std::string_view key);
  // A number greater than zero; anything else is a fault.
  std::optional<double> positive(std::string_view key);
  std::optional<bool> flag(std::string_view key);
  // A list of scalars, or a text split at white space.
  std::optional<std::vector<std::string>> words(std::string_view key);

  void know(std::initializer_list<std::string_view> keys);
  // Warns about every key that was neither read nor made known, with the closest known one.
  void report_unknown_keys();

  void wrong_type(std::string_view key, std::string_view expected, const Json& found);
  const std::string& where() const { return where_; }
  Findings& findings() { return findings_; }
  std::vector<std::string> keys() const;

 private:
  const Json& map_;
  std::string where_;
  Findings& findings_;
  std::set<std::string, std::less<>> known_;
};

// The text of a scalar as a person would write it ("0.5", "true"); nullopt for lists and maps.
std::optional<std::string> scalar_text(const Json& value);

}  // namespace eval::problems
