#pragma once

#include <cstdint>
#include <vector>

namespace eval::runners::local {

using TokenId = std::int32_t;

inline constexpr int kPageTokens = 64;  // tokens whose keys and values share one page

// Consecutive tokens of one sequence in a step: one token of a running sequence, or a part of a prompt.
struct Piece {
  std::int32_t first_row = 0;  // its rows of the batch are [first_row, first_row + length)
  std::int32_t length = 0;
  std::int32_t position = 0;    // tokens of the sequence already in its state
  std::int32_t slot = 0;        // its state slot (Mamba); unused by a model without Mamba layers
  std::int32_t first_page = 0;  // its page table is Step::pages[first_page ...], enough pages for
                                // position + length tokens
};

// What one forward pass works on: a ragged batch.
struct Step {
  std::vector<TokenId> tokens;           // [rows]
  std::vector<std::int32_t> positions;   // [rows] position of each token in its sequence
  std::vector<std::int32_t> piece_of;    // [rows] index into pieces
  std::vector<Piece> pieces;             // in the order of their rows
  std::vector<std::int32_t> pages;       // page tables of all pieces, one after another
  std::vector<std::int32_t> logit_rows;  // rows whose logits are wanted, ascending
  std::int64_t rows() const { return static_cast<std::int64_t>(tokens.size()); }
  bool is_decode() const { return pieces.size() == tokens.size(); }  // every piece is one token
};

// How one row of logits becomes a token. All in F32, in this order: repetition penalty, temperature,
// top-k, top-p over the renormalised rest, min-p, draw.
struct SampleRule {
  float temperature = 1;         // 0: greedy, the lowest id on ties
  std::int32_t top_k = 0;        // 0: off. Ties at the edge keep the lower ids
  float top_p = 1;               // smallest set, by (probability, lower id), with mass >= top_p
  float min_p = 0;               // drop what is less likely than min_p * the likeliest
  float repetition_penalty = 1;  // logit > 0 ? logit / p : logit * p for every token seen
  float presence_penalty = 0;    // subtracted once from every token generated so far
  float frequency_penalty = 0;   // subtracted per occurrence
  // Philox4x32-10 keyed by seed, counter (attempt, position): the draw does not depend on the batch.
  std::uint64_t seed = 0;
  std::uint32_t attempt = 0;
  std::uint32_t position = 0;      // of the token to be drawn
  std::int32_t logprobs = 0;       // how many likeliest tokens to report besides the chosen one
  std::vector<TokenId> seen = {};  // prompt and generation, for the penalties; empty when unused
  std::int32_t prompt_tokens = 0;  // how many of `seen` are the prompt
};

struct TokenLogprob {
  TokenId token = 0;
  float logprob = 0;  // natural log of softmax(logits) before temperature and cuts
  friend bool operator==(const TokenLogprob&, const TokenLogprob&) = default;
};

struct SampledToken {
  TokenId token = 0;
  float logprob = 0;                    // of `token`, as in TokenLogprob
  std::vector<TokenLogprob> likeliest;  // SampleRule::logprobs of them, likeliest first
};

}  // namespace eval::runners::local
