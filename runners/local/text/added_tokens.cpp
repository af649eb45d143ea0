#include "runners/local/text/added_tokens.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/text.h"
#include "runners/local/text/unicode.h"

namespace eval::runners::local {
bool AddedToken::is_control() const {
  if (special) return true;
  // Byte tokens look the same but stand for text.
  if (content.size() < 3 || (content.size() == 6 && content.starts_with("<0x"))) return false;
  return (content.front() == '<' && content.back() == '>') ||
         (content.front() == '[' && content.back() == ']');
}

void TokenTrie::insert(std::string_view text, std::size_t value) {
  if (text.empty()) return;
  begins_[static_cast<unsigned char>(text.front())] = true;
  std::uint32_t node = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    auto& next = nodes_[node].next;
    const auto found = std::find_if(next.begin(), next.end(),
                                    [byte](const auto& edge) { return edge.first == byte; });
    if (found != next.end()) {
      node = found->second;
      continue;
    }
    const auto fresh = static_cast<std::uint32_t>(nodes_.size());
    next.emplace_back(byte, fresh);
    nodes_.emplace_back();
    node = fresh;
  }
  nodes_[node].value = value;
}

std::optional<std::pair<std::size_t, std::size_t>> TokenTrie::longest(std::string_view text) const {
  std::optional<std::pair<std::size_t, std::size_t>> best;
  std::uint32_t node = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const auto& next = nodes_[node].next;
    const auto found = std::find_if(next.begin(), next.end(),
                                    [byte](const auto& edge) { return edge.first == byte; });
    if (found == next.end()) break;
    node = found->second;
    if (nodes_[node].value) best = {i + 1, *nodes_[node].value};
  }
  return best;
}

Result<AddedToken> AddedTokens::read(const Json& entry, const BpeModel& model) {
  AddedToken token;
  token.content = EVAL_TRY(read_string(entry, "content"));
  const std::int64_t id = EVAL_TRY(read_integer(entry, "id", -1));
  token.single_word = EVAL_TRY(read_bool(entry, "single_word", false));
  token.left_strip = EVAL_TRY(read_bool(entry, "lstrip", false));
  token.right_strip = EVAL_TRY(read_bool(entry, "rstrip", false));
  token.special = EVAL_TRY(read_bool(entry, "special", false));
  token.normalized = EVAL_TRY(read_bool(entry, "normalized", !token.special));
  if (token.content.empty() || token.content.size() > kTokenBytesMax) {
    return fail(ErrorCode::BadInput, "\"content\" should be a text of 1 to 4096 bytes");
  }
  const std::string name = shorten(token.content, 60);
  if (id < 0 || id >= static_cast<std::int64_t>(kVocabularyMax)) {
    return fail(ErrorCode::BadInput, fmt::format("\"{}\" has the id {}, out of range", name, id));
  }
  token.id = static_cast<TokenId>(id);
  const auto known = model.id_of(token.content);
  if (known && *known != token.id) {
    return fail(ErrorCode::BadInput,
                fmt::format("\"{}\" has the id {}, but {} in the vocabulary", name, id, *known));
  }
  const std::string_view other = model.token(token.id);
  if (!known && !other.empty()) {
    return fail(ErrorCode::BadInput,
                fmt::format("\"{}\" has the id {}, which is \"{}\" in the vocabulary", name, id,
                            shorten(other, 60)));
  }
  return token;
}

Result<AddedTokens> AddedTokens::create(const Json& file, const BpeModel& model,
                                        const Normalizer& normalizer) {
  AddedTokens added;
  const Json* entries = find_member(file, "added_tokens");
  if (entries == nullptr) return added;
  if (!entries->is_array() || entries->size() > kAddedTokensMax) {
    return fail(ErrorCode::BadInput, "\"added_tokens\" should be a list, and not endless");
  }
  std::map<TokenId, std::string> by_id;
  std::map<std::string, TokenId, std::less<>> by_content;
  for (std::size_t i = 0; i < entries->size(); ++i) {
    const std::string place = fmt::format("added_tokens[{}]", i);
    AddedToken token = EVAL_TRY_IN(read((*entries)[i], model), place);
    const auto [other, fresh] = by_id.emplace(token.id, token.content);
    if (!fresh || !by_content.emplace(token.content, token.id).second) {
      return fail(ErrorCode::BadInput,
                  fmt::format("\"{}\" and \"{}\" are the same text, or both have the id {}",
                              shorten(other->second, 60), shorten(token.content, 60), token.id),
                  place);
    }
    added.tokens_.push_back(std::move(token));
  }
  for (std::size_t i = 0; i < added.tokens_.size(); ++i) {
    const AddedToken& token = added.tokens_[i];
    if (token.is_control()) added.control_.insert(token.content, i);
    if (token.normalized) {
      added.normalized_.insert(EVAL_TRY(normalizer.apply(token.content)), i);
    } else {
      added.raw_.insert(token.content, i);
    }
  }
  return added;
}

void AddedTokens::cut(std::string_view text, Which which, bool control,
                      std::vector<Stretch>& stretches) const {
  const TokenTrie& trie = which == Which::Raw          ? raw_
                          : which == Which::Normalized ? normalized_
                                                       : control_;
  std::size_t done = 0;
  for (std::size_t at = 0; at < text.size();) {
    const auto match = trie.begins(text[at]) ? trie.longest(text.substr(at)) : std::nullopt;
    if (!match) {
      ++at;
      continue;
    }
    const AddedToken& token = tokens_[match->second];
    std::size_t begin = at;
    std::size_t end = at + match->first;
    // Even a match that is not wanted is passed over as a whole, as in the library.
    at = end;
    if (token.is_control() && !control) continue;
    if (token.single_word &&
        (words_.ends_with(text.substr(0, begin)) || words_.starts_with(text.substr(end)))) {
      continue;
    }
    // A match inside of white space that the token before took counts all the same: the library
    // writes both tokens, and then goes on from the end of this one.
    if (token.left_strip) begin = std::max(trim_right(text.substr(0, begin)).size(), done);
    if (token.right_strip) end = text.size() - trim_left(text.substr(end)).size();
    if (begin > done) stretches.push_back({{done, begin}, nullptr});
    stretches.push_back({{begin, end}, &token});
    done = end;
  }
  if (done < text.size()) stretches.push_back({{done, text.size()}, nullptr});
}

}  // namespace eval::runners::local
