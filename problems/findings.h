#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "problems/suite.h"

namespace eval::problems {

// Collects what is wrong with a package while it is read, so that one pass reports all of it.
//
//   fault    the package cannot be used: load_package fails, check_package reports an error
//   error    against the rules of the format, but usable: only check_package reports it
//   warning  odd but harmless: Problem::warnings and check_package
class Findings {
 public:
  void fault(std::string_view rule, Error detail) { add(Effect::Fault, rule, std::move(detail)); }
  void fault(std::string_view rule, std::string what, std::string where, std::string help = {}) {
    fault(rule,
          Error{ErrorCode::BadInput, std::move(what), std::move(where), std::move(help), 0, {}});
  }
  void error(std::string_view rule, std::string what, std::string where, std::string help = {}) {
    add(Effect::Error, rule,
        Error{ErrorCode::BadInput, std::move(what), std::move(where), std::move(help), 0, {}});
  }
  void warning(std::string_view rule, std::string what, std::string where, std::string help) {
    add(Effect::Warning, rule,
        Error{ErrorCode::BadInput, std::move(what), std::move(where), std::move(help), 0, {}});
  }

  // The value, or nullopt after its Error was noted as a fault.
  template <class T>
  std::optional<T> take(std::string_view rule, Result<T> result) {
    if (result) return std::move(*result);
    fault(rule, std::move(result).error());
    return std::nullopt;
  }

  bool usable() const { return fault_count_ == 0; }
  std::vector<Error> faults() const;
  // One sentence each, ending in what to do.
  std::vector<std::string> warnings() const;
  // Everything, errors first, otherwise in the order found.
  std::vector<Finding> all() const;

 private:
  enum class Effect { Fault, Error, Warning };
  void add(Effect effect, std::string_view rule, Error detail);

  std::vector<std::pair<Effect, Finding>> entries_;
  std::set<std::string> seen_;  // what is said once is not said again
  std::size_t fault_count_ = 0;
};

}  // namespace eval::problems
