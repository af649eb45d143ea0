#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "judges/judgement.h"
#include "problems/problem.h"
#include "runners/runner.h"

// Whole values as bytes, for what the store keeps in one column. Internal to this folder.
namespace eval::evaluator {

// CBOR, so that texts which are not UTF-8 come back byte for byte. The judgement comes back without
// its from_cache flag, which describes a use and not the judgement.
std::string encode_judgement(const judges::Judgement& judgement);
Result<judges::Judgement> decode_judgement(std::string_view bytes);
std::string encode_generation(const runners::Generation& generation);
Result<runners::Generation> decode_generation(std::string_view bytes);

std::string encode_logprobs(const runners::TokenLogprobs& logprobs);
Result<runners::TokenLogprobs> decode_logprobs(std::string_view bytes);

// JSON, because people look at it: [{"role": "user", "content": "..."}]. Invalid UTF-8 is replaced.
std::string encode_prompt(const runners::Prompt& prompt);
Result<runners::Prompt> decode_prompt(std::string_view text);

// JSON list of microseconds.
std::string encode_times(const std::vector<std::chrono::microseconds>& times);
Result<std::vector<std::chrono::microseconds>> decode_times(std::string_view text);

// JSON, invalid UTF-8 replaced.
std::string encode_proof_task(const problems::ProofTask& task);
Result<problems::ProofTask> decode_proof_task(std::string_view text);

// JSON list of Error::also, nested.
std::string encode_errors(const std::vector<Error>& errors);
Result<std::vector<Error>> decode_errors(std::string_view text);

}  // namespace eval::evaluator
