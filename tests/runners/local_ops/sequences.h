#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "runners/local/model/model.h"

// A minimal engine for tests: sequences with a slot and pages of their own, steps of chosen pieces.
namespace eval::runners::local {

enum class Wanted { Every, Last, None };  // of the logits of a part

struct Part {
  int sequence = 0;
  std::vector<TokenId> tokens;  // the next ones of the sequence
  Wanted wanted = Wanted::Every;
};

class Sequences {
 public:
  // Room for `sequences` of `tokens_max` tokens; steps of `rows_max` rows.
  Sequences(Backend& backend, const Model& model, int sequences, int tokens_max,
            int rows_max = 256);

  // One step. Returns the logits that are wanted of every part, in order.
  std::vector<std::vector<float>> run(const std::vector<Part>& parts,
                                      const LayerTap& tap = nullptr);
  // Forgets a sequence, so that it can start again.
  void restart(int sequence);
  // Makes `to` a copy of `from`: its state, its pages and its position.
  void fork(int from, int to);

 private:
  Backend& backend_;
  const Model& model_;
  int pages_each_;
  std::vector<int> positions_;
};

// The logits of every token of `tokens`, from one piece in a fresh sequence `sequence`.
std::vector<std::vector<float>> run_whole(Sequences& sequences, int sequence,
                                          const std::vector<TokenId>& tokens);

}  // namespace eval::runners::local
