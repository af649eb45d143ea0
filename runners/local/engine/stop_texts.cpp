#include "runners/local/engine/stop_texts.h"

#include <algorithm>
#include <utility>

namespace eval::runners::local {
namespace {

// Length of the longest end of `text` that a stop text begins with, but is not.
std::size_t possible_beginning(const std::string& text, const std::vector<std::string>& stops) {
  std::size_t longest = 0;
  for (const std::string& stop : stops) {
    for (std::size_t n = std::min(stop.size() - 1, text.size()); n > longest; --n) {
      if (text.ends_with(std::string_view(stop).substr(0, n))) longest = n;
    }
  }
  return longest;
}

}  // namespace

StopTexts::StopTexts(std::vector<std::string> texts) : texts_(std::move(texts)) {
  std::erase_if(texts_, [](const std::string& text) { return text.empty(); });
}

std::string StopTexts::feed(std::string_view piece) {
  if (stopped_) return {};
  held_ += piece;
  std::size_t found = std::string::npos;
  for (const std::string& stop : texts_) found = std::min(found, held_.find(stop));
  stopped_ = found != std::string::npos;
  const std::size_t certain = stopped_ ? found : held_.size() - possible_beginning(held_, texts_);
  std::string passed = held_.substr(0, certain);
  held_.erase(0, certain);
  return passed;
}

std::string StopTexts::finish() {
  return stopped_ ? std::string() : std::exchange(held_, {});
}

}  // namespace eval::runners::local
