#include "judges/proof/prompts.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdint>

#include "base/check.h"
#include "base/embedded.h"
#include "base/hash.h"
#include "base/text.h"

EVAL_EMBEDDED(eval_prompt_proofautograder_1)
EVAL_EMBEDDED(eval_prompt_verifier_1)
EVAL_EMBEDDED(eval_prompt_rubric_1)
EVAL_EMBEDDED(eval_prompt_matharena_scheme_1)
EVAL_EMBEDDED(eval_prompt_matharena_neutral_1)
EVAL_EMBEDDED(eval_prompt_matharena_grade_1)
EVAL_EMBEDDED(eval_prompt_matharena_others_1)
EVAL_EMBEDDED(eval_prompt_answer_1)

namespace eval::judges::proof {
namespace {

// Tags of chat templates and of our own reply formats. A proof that holds one is read as saying it.
constexpr std::array<std::string_view, 28> kTags = {
    "think",       "points",      "score",        "proof",   "scheme",    "comment",
    "part",        "assessment",  "errors",       "same",    "tool_call", "tool_response",
    "tools",       "function",    "parameter",    "system",  "assistant", "user",
    "s",           "bos",         "eos",          "pad",     "unk",       "start_of_turn",
    "end_of_turn", "instruction", "instructions", "im_start"};
constexpr std::array<std::string_view, 4> kMarks = {"[INST]", "[/INST]", "<<SYS>>", "<</SYS>>"};
constexpr std::string_view kFullwidthBar = "\xEF\xBD\x9C";  // U+FF5C, in DeepSeek's tokens
constexpr std::size_t kTokenLengthMax = 64;
constexpr std::string_view kOpen = "\xE2\x80\xB9";   // ‹
constexpr std::string_view kClose = "\xE2\x80\xBA";  // ›

bool is_name_character(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-' || c == '.' ||
         static_cast<unsigned char>(c) >= 0x80;  // DeepSeek writes ▁ for a blank
}

// The length of "<|name|>" at the start of `text`, 0 if it is none.
std::size_t bar_token(std::string_view text, std::string_view bar) {
  if (text.size() < 2 || text[0] != '<' || !text.substr(1).starts_with(bar)) return 0;
  const std::size_t from = 1 + bar.size();
  const std::size_t end = text.substr(0, kTokenLengthMax).find(std::string(bar) + ">", from);
  if (end == std::string_view::npos) return 0;
  const std::string_view name = text.substr(from, end - from);
  const bool is_name = std::ranges::all_of(name, is_name_character);
  return is_name ? end + bar.size() + 1 : 0;
}

// The length of "<name>", "</name>" or "<name attributes>" for a name of kTags, else 0.
std::size_t tag(std::string_view text) {
  if (!text.starts_with('<')) return 0;
  std::size_t at = text.substr(1).starts_with('/') ? 2 : 1;
  const std::size_t start = at;
  while (at < text.size() &&
         (std::isalnum(static_cast<unsigned char>(text[at])) != 0 || text[at] == '_')) {
    ++at;
  }
  const std::string name = to_lower(text.substr(start, at - start));
  if (std::ranges::find(kTags, name) == kTags.end()) return 0;
  const std::size_t end = text.substr(0, at + kTokenLengthMax).find_first_of("<>\n", at);
  if (end == std::string_view::npos || text[end] != '>') return 0;
  const bool has_blank = end == at || text[at] == ' ' || text[at] == '/';
  return has_blank ? end + 1 : 0;
}

// The length of the markup at the start of `text`, 0 if there is none.
std::size_t markup(std::string_view text) {
  for (const std::string_view mark : kMarks) {
    if (text.starts_with(mark)) return mark.size();
  }
  for (const std::string_view bar : {std::string_view("|"), kFullwidthBar}) {
    if (const std::size_t length = bar_token(text, bar)) return length;
  }
  return tag(text);
}

// Code points nobody sees: zero-width and direction marks, the byte order mark, tag characters.
bool is_invisible(std::uint32_t point) {
  return (point < 0x20 && point != '\n' && point != '\t') || point == 0x7F ||
         (point >= 0x80 && point < 0xA0) || (point >= 0x200B && point <= 0x200F) ||
         (point >= 0x202A && point <= 0x202E) || (point >= 0x2060 && point <= 0x206F) ||
         point == 0xFEFF || (point >= 0xE0000 && point <= 0xE007F);
}

std::size_t sequence_length(char lead) {
  const auto byte = static_cast<unsigned char>(lead);
  return byte < 0x80 ? 1 : byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4;
}

std::uint32_t code_point(std::string_view sequence) {
  const auto lead = static_cast<unsigned char>(sequence[0]);
  if (sequence.size() == 1) return lead;
  std::uint32_t point = lead & (0xFFU >> (sequence.size() + 1));
  for (const char c : sequence.substr(1))
    point = point << 6 | (static_cast<unsigned char>(c) & 63U);
  return point;
}

std::string without_invisible(std::string_view raw) {
  const std::string text = to_valid_utf8(raw);
  std::string visible;
  visible.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const std::string_view sequence = std::string_view(text).substr(at, sequence_length(text[at]));
    at += sequence.size();
    if (!is_invisible(code_point(sequence))) visible += sequence;
  }
  return visible;
}

}  // namespace

std::string_view prompt_template(std::string_view name) {
  if (name == "proofautograder-1") return eval_prompt_proofautograder_1();
  if (name == "verifier-1") return eval_prompt_verifier_1();
  if (name == "rubric-0-7-1") return eval_prompt_rubric_1();
  if (name == "matharena-scheme-1") return eval_prompt_matharena_scheme_1();
  if (name == "matharena-neutral-1") return eval_prompt_matharena_neutral_1();
  if (name == "matharena-grade-1") return eval_prompt_matharena_grade_1();
  if (name == "matharena-others-1") return eval_prompt_matharena_others_1();
  EVAL_CHECK(name == "answer-1");
  return eval_prompt_answer_1();
}

std::string fill_prompt(std::string_view text,
                        const std::vector<std::pair<std::string_view, std::string_view>>& values) {
  std::string filled;
  while (true) {
    const std::size_t open = text.find("{{");
    filled += text.substr(0, open);
    if (open == std::string_view::npos) return filled;
    const std::size_t close = text.find("}}", open);
    EVAL_CHECK(close != std::string_view::npos);
    const std::string_view slot = text.substr(open + 2, close - open - 2);
    const auto value =
        std::ranges::find(values, slot, &std::pair<std::string_view, std::string_view>::first);
    EVAL_CHECK(value != values.end());
    filled += value->second;
    text.remove_prefix(close + 2);
  }
}

std::string make_inert(std::string_view raw) {
  // First what nobody sees, or "<thi\u200Bnk>" would become a tag again.
  const std::string text = without_invisible(raw);
  std::string inert;
  inert.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = markup(std::string_view(text).substr(at));
    if (length == 0) {
      inert += text[at++];
      continue;
    }
    for (const char c : std::string_view(text).substr(at, length)) {
      const bool opens = c == '<' || c == '[';
      const bool closes = c == '>' || c == ']';
      if (opens) inert += kOpen;
      if (closes) inert += kClose;
      if (!opens && !closes) inert += c;
    }
    at += length;
  }
  return inert;
}

QuotedProof quote_proof(std::string_view proof, std::string_view problem_hash) {
  ContentHash hash;
  hash.add("quoted proof 1").add(problem_hash).add(proof);
  QuotedProof quoted;
  quoted.nonce = hash.hex().substr(0, 16);
  quoted.text = fmt::format("----- {0} begins -----\n{1}\n----- {0} ends -----", quoted.nonce,
                            make_inert(proof));
  return quoted;
}

}  // namespace eval::judges::proof
