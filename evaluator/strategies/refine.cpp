#include "evaluator/strategies/refine.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "base/text.h"
#include "judges/proof/prompts.h"

// Theory of operation. The whole state of the loop follows from the generations so far: the walk below
// goes through the phases in order and takes each phase's generations off the front. Where they run
// out, what the phase still lacks is what has to be asked next. So an attempt can be taken up after any
// turn, and nothing but generations has to be stored.
namespace eval::evaluator {
namespace {

using judges::proof::fill_prompt;
using judges::proof::QuotedProof;
using runners::Generation;
using runners::Prompt;

struct PresetRow {
  std::string_view name;
  RefineParameters parameters;
};

const std::vector<PresetRow>& presets() {
  static const std::vector<PresetRow> rows = {
      {"deepseekmath-v2", {128, 64, 32, 8, 4, 16, 0.99999, true, 0, {}}},
      {"deepseekmath-v2-paper", {64, 64, 64, 8, 1, 16, 1, false, 0, {}}},
      {"nemotron-cascade-2", {128, 64, 32, 8, 4, 8, 0.99999, false, 0, {}}},
      {"nemotron-cascade-2-reduced", {32, 16, 8, 8, 4, 2, 0.99999, false, 0, {}}},
      {"small", {}},
  };
  return rows;
}

// Above it an evaluation found next to nothing, and there is nothing to check (the released code).
constexpr double kMetaScoreMax = 0.75;
constexpr double kMetaValid = 0.5;

struct Analysis {
  std::string text;
  double score = 0;
  bool is_valid = true;  // by meta-verification
};

struct Candidate {
  std::size_t turn = 0;
  std::string proof;
  double self_score = 0;
  std::vector<Analysis> analyses;

  // nullopt if nobody could say.
  std::optional<double> mean() const {
    double sum = 0;
    int count = 0;
    for (const Analysis& analysis : analyses) {
      if (!analysis.is_valid) continue;
      sum += analysis.score;
      ++count;
    }
    if (count == 0) return std::nullopt;
    return sum / count;
  }
};

bool is_better(const Candidate& a, const Candidate& b) {
  const double mean_a = a.mean().value_or(-1);
  const double mean_b = b.mean().value_or(-1);
  if (mean_a != mean_b) return mean_a > mean_b;
  if (a.self_score != b.self_score) return a.self_score > b.self_score;
  return a.turn < b.turn;
}

class Walk {
 public:
  Walk(const RefineParameters& parameters, const StrategyView& view)
      : parameters_(parameters), view_(view) {
    run();
  }

  std::vector<Prompt> take_wanted() { return std::move(wanted_); }

  std::size_t chosen() const {
    const auto best = std::ranges::min_element(candidates_, is_better);
    return best == candidates_.end() ? view_.so_far.size() - 1 : best->turn;
  }

 private:
  void run() {
    std::vector<Prompt> to_write(static_cast<std::size_t>(parameters_.proofs), generate_prompt());
    for (std::int64_t round = 1; round <= parameters_.rounds; ++round) {
      const std::size_t first_new = candidates_.size();
      if (!write(to_write) || !verify(first_new) || !check_analyses(first_new)) return;
      if (candidates_.empty()) return;
      std::vector<const Candidate*> ranked;
      for (const Candidate& candidate : candidates_) ranked.push_back(&candidate);
      std::ranges::sort(ranked, [](const auto* a, const auto* b) { return is_better(*a, *b); });
      const bool is_solved = ranked.front()->mean().value_or(0) >= parameters_.stop;
      if (is_solved || round == parameters_.rounds) return;
      ranked.resize(std::min(ranked.size(), static_cast<std::size_t>(parameters_.pool)));
      to_write.clear();
      for (const Candidate* candidate : ranked) {
        const Prompt prompt = refine_prompt(*candidate);
        to_write.insert(to_write.end(), static_cast<std::size_t>(parameters_.refinements), prompt);
      }
    }
  }

  // The next generation, or nullptr (and then `prompt` is wanted).
  const Generation* take(const Prompt& prompt) {
    if (at_ < view_.so_far.size()) return &view_.so_far[at_++];
    wanted_.push_back(prompt);
    return nullptr;
  }
  static bool is_whole(const Generation& generation) {
    return generation.finish_reason == runners::FinishReason::Stop;
  }

  bool write(const std::vector<Prompt>& prompts) {
    for (const Prompt& prompt : prompts) {
      const std::size_t turn = at_;
      const Generation* generation = take(prompt);
      if (generation == nullptr || !is_whole(*generation)) continue;
      std::string proof = solution_section(generation->text);
      const auto self_score = boxed_score(generation->text);
      if (proof.empty() || !self_score) continue;
      candidates_.push_back({turn, std::move(proof), *self_score, {}});
    }
    return wanted_.empty();
  }

  bool verify(std::size_t first) {
    for (std::size_t i = first; i < candidates_.size(); ++i) {
      const Prompt prompt = verify_prompt(candidates_[i]);
      for (std::int64_t n = 0; n < parameters_.verifications; ++n) {
        const Generation* generation = take(prompt);
        if (generation == nullptr || !is_whole(*generation)) continue;
        const auto score = boxed_score(generation->text);
        if (score) candidates_[i].analyses.push_back({generation->text, *score, true});
      }
    }
    return wanted_.empty();
  }

  bool check_analyses(std::size_t first) {
    if (parameters_.meta == 0) return true;
    for (std::size_t i = first; i < candidates_.size(); ++i) {
      for (Analysis& analysis : candidates_[i].analyses) {
        if (analysis.score > kMetaScoreMax) continue;
        const Prompt prompt =
            with_evaluations("meta-verify-1", candidates_[i], quoted_analysis(analysis));
        double sum = 0;
        int count = 0;
        for (std::int64_t n = 0; n < parameters_.meta; ++n) {
          const Generation* generation = take(prompt);
          if (generation == nullptr || !is_whole(*generation)) continue;
          const auto score = boxed_score(generation->text);
          if (!score) continue;
          sum += *score;
          ++count;
        }
        analysis.is_valid = count == 0 || sum / count >= kMetaValid;
      }
    }
    return wanted_.empty();
  }

  Prompt generate_prompt() const {
    return user_prompt(
        fill_prompt(strategy_template("generate-1"), {{"problem", view_.problem.statement}}));
  }
  QuotedProof quoted(const Candidate& candidate) const {
    return judges::proof::quote_proof(candidate.proof, view_.problem.content_hash);
  }
  Prompt verify_prompt(const Candidate& candidate) const {
    const QuotedProof proof = quoted(candidate);
    return user_prompt(fill_prompt(
        judges::proof::prompt_template("verifier-1"),
        {{"problem", view_.problem.statement}, {"proof", proof.text}, {"nonce", proof.nonce}}));
  }
  Prompt with_evaluations(std::string_view name, const Candidate& candidate,
                          const std::string& evaluations) const {
    const QuotedProof proof = quoted(candidate);
    return user_prompt(fill_prompt(strategy_template(name), {{"problem", view_.problem.statement},
                                                             {"proof", proof.text},
                                                             {"nonce", proof.nonce},
                                                             {"evaluations", evaluations}}));
  }

  static std::string quoted_analysis(const Analysis& analysis) {
    return judges::proof::make_inert(analysis.text);
  }

  Prompt refine_prompt(const Candidate& candidate) const {
    std::string evaluations;
    int number = 0;
    for (const Analysis* analysis : analyses_to_show(candidate)) {
      evaluations += fmt::format("## Evaluation {} (score {:g})\n\n{}\n\n", ++number,
                                 analysis->score, quoted_analysis(*analysis));
    }
    if (evaluations.empty()) evaluations = "(none)";
    return with_evaluations("refine-1", candidate, evaluations);
  }

  // Lowest scores first; evenly from each score where the preset says so.
  std::vector<const Analysis*> analyses_to_show(const Candidate& candidate) const {
    std::vector<const Analysis*> sorted;
    for (const Analysis& analysis : candidate.analyses) {
      if (analysis.is_valid) sorted.push_back(&analysis);
    }
    std::ranges::stable_sort(sorted, {}, &Analysis::score);
    const auto most = static_cast<std::size_t>(parameters_.analyses);
    if (parameters_.spreads_analyses && !sorted.empty() &&
        sorted.front()->score != sorted.back()->score) {
      std::map<double, std::size_t> shown;
      const std::size_t per_score = std::max<std::size_t>(1, most / 2);
      std::erase_if(sorted,
                    [&](const Analysis* analysis) { return ++shown[analysis->score] > per_score; });
    }
    if (sorted.size() > most) sorted.resize(most);
    return sorted;
  }

  const RefineParameters& parameters_;
  const StrategyView& view_;
  std::size_t at_ = 0;
  std::vector<Candidate> candidates_;
  std::vector<Prompt> wanted_;
};

}  // namespace

std::vector<std::string> refine_preset_names() {
  std::vector<std::string> names;
  for (const PresetRow& row : presets()) names.emplace_back(row.name);
  return names;
}

Result<RefineParameters> refine_parameters(std::string_view text) {
  const std::size_t comma = text.find(',');
  std::string_view preset = text.substr(0, comma);
  std::string_view rest = comma == std::string_view::npos ? "" : text.substr(comma + 1);
  if (preset.find('=') != std::string_view::npos) {
    rest = text;
    preset = "small";
  }
  const auto row = std::ranges::find(presets(), preset, &PresetRow::name);
  if (row == presets().end()) {
    const auto close = closest_match(preset, refine_preset_names());
    return fail(ErrorCode::Usage,
                fmt::format("generate_verify_refine has no preset \"{}\"", preset), {},
                close ? fmt::format("did you mean \"{}\"?", *close)
                      : "known: " + join(refine_preset_names(), ", "));
  }
  RefineParameters parameters = row->parameters;
  if (rest.empty()) return parameters;
  constexpr std::int64_t kMost = 100'000;
  EVAL_TRY(read_parameters(rest, {{"proofs", &parameters.proofs, 1, kMost},
                                  {"verifications", &parameters.verifications, 1, kMost},
                                  {"pool", &parameters.pool, 1, kMost},
                                  {"analyses", &parameters.analyses, 1, 64},
                                  {"refinements", &parameters.refinements, 1, kMost},
                                  {"rounds", &parameters.rounds, 1, 1000},
                                  {"meta", &parameters.meta, 0, 64},
                                  {"tokens", &parameters.budget.tokens, 0, 1'000'000'000'000},
                                  {"requests", &parameters.budget.requests, 0, 100'000'000}}));
  return parameters;
}

Strategy refine_strategy(std::string name, const RefineParameters& parameters) {
  Strategy strategy;
  strategy.name = std::move(name);
  strategy.has_turns = true;
  strategy.next = [parameters](const StrategyView& view) {
    std::vector<Prompt> prompts = Walk(parameters, view).take_wanted();
    keep_in_budget(parameters.budget, view.so_far, prompts);
    return prompts;
  };
  strategy.chosen = [parameters](const StrategyView& view) {
    return Walk(parameters, view).chosen();
  };
  return strategy;
}

}  // namespace eval::evaluator
