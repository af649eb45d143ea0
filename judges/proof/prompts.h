#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

// The texts sent to graders. They lie in prompts/, are part of the program, and carry their version in
// their file name.
namespace eval::judges::proof {

// "proofautograder-1", "verifier-1", "rubric-0-7-1", "matharena-{scheme,neutral,grade,others}-1",
// "answer-1". A name that does not exist is a bug.
std::string_view prompt_template(std::string_view name);

// `text` with every "{{slot}}" replaced, in one pass: what is filled in is never searched for slots. A
// slot without a value is a bug.
std::string fill_prompt(std::string_view text,
                        const std::vector<std::pair<std::string_view, std::string_view>>& values);

// Text from outside, made inert for a model that reads it:
//   - control characters, zero-width and direction marks and Unicode tags are taken out;
//   - what chat templates and our parsers treat as markup (<|...|>, <think>, [INST], <points>, ...)
//     gets ‹ and › for its brackets: still readable, no longer a token.
// Mathematics like "|x|<|y|" stays as it is.
std::string make_inert(std::string_view text);

// A proof between two lines that hold a nonce its author cannot have known.
struct QuotedProof {
  std::string nonce;  // 16 hex digits, from the content of proof and problem
  std::string text;   // both lines and the inert proof between them
};
QuotedProof quote_proof(std::string_view proof, std::string_view problem_hash);

}  // namespace eval::judges::proof
