#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "judges/judgement.h"

namespace eval::evaluator {

// Judgements on their way to the store's verdict cache, by key: attempts at one problem follow each
// other closely and often say the same. Thread-safe.
class FreshVerdicts {
 public:
  void add(const std::string& key, const judges::Judgement& judgement);
  // Marked from_cache, as the store would.
  std::optional<judges::Judgement> find(const std::string& key) const;
  // The store has it.
  void remove(const std::string& key);

 private:
  mutable std::mutex mutex_;
  std::map<std::string, judges::Judgement> judgements_;  // guarded by mutex_
};

}  // namespace eval::evaluator
