#include "evaluator/pipeline/fresh_verdicts.h"

namespace eval::evaluator {

void FreshVerdicts::add(const std::string& key, const judges::Judgement& judgement) {
  const std::lock_guard lock(mutex_);
  judgements_.insert_or_assign(key, judgement);
}

std::optional<judges::Judgement> FreshVerdicts::find(const std::string& key) const {
  const std::lock_guard lock(mutex_);
  const auto found = judgements_.find(key);
  if (found == judgements_.end()) return std::nullopt;
  judges::Judgement judgement = found->second;
  judgement.from_cache = true;
  return judgement;
}

void FreshVerdicts::remove(const std::string& key) {
  const std::lock_guard lock(mutex_);
  judgements_.erase(key);
}

}  // namespace eval::evaluator
