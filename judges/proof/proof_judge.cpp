#include "judges/proof/proof_judge.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <mutex>
#include <utility>

#include "base/check.h"
#include "base/hash.h"
#include "base/text.h"
#include "judges/proof/canary.h"
#include "judges/proof/grading_parts.h"
#include "judges/proof/prompts.h"
#include "judges/proof/reply_parser.h"

namespace eval::judges::proof {
namespace {

using problems::Problem;
using problems::ProofTask;

// MathArena: three markers confer once when they differ by more than this.
constexpr double kDisagreement = 2;
constexpr std::string_view kGradingName = "grading ";
constexpr std::string_view kCanaryName = "canary: ";
constexpr std::string_view kCanaryPassed = "canary passed";

class ProofJudge final : public Judge {
 public:
  explicit ProofJudge(ProofJudgeOptions options) : options_(std::move(options)) {}

  Result<Judgement> judge(const Problem& problem, const Submission& submission,
                          std::stop_token stop) override;
  Result<std::string> cache_key(const Problem& problem, const Submission& submission) override;

 private:
  // What one proof is marked with; the scheme and the rewriting are MathArena's alone.
  struct Material {
    const Problem& problem;
    const ProofTask& task;
    std::string proof;
    std::string scheme;
  };

  std::string key(std::string_view what, const Material& material) const;
  std::string prompt(const Material& material, const std::string& others) const;
  Result<std::vector<Marked>> grade(const Material& material, int from, int count,
                                    const std::string& others, std::stop_token stop);
  Result<Marked> canary_grading(const Material& material, CanaryKind kind, std::stop_token stop);
  // MathArena's steps before the marking. False (with a JE judgement) if a step brought nothing.
  Result<bool> prepare(Material& material, Judgement& judgement, std::stop_token stop);
  Result<std::optional<std::string>> write(std::string_view step, std::string_view tag,
                                           const Material& material, std::string prompt,
                                           std::stop_token stop);
  void conclude(const Material& material, const std::vector<Marked>& gradings,
                Judgement& judgement) const;

  const ProofJudgeOptions options_;
  std::mutex mutex_;
  std::map<std::string, Marked> canaries_;  // by key; guarded by mutex_
};

std::string ProofJudge::key(std::string_view what, const Material& material) const {
  ContentHash hash;
  hash.add(kProofJudgeVersion).add(material.problem.content_hash).add(material.proof);
  return fmt::format("{}/{}", what, hash.hex().substr(0, 16));
}

std::string ProofJudge::prompt(const Material& material, const std::string& others) const {
  const QuotedProof quoted = quote_proof(material.proof, material.problem.content_hash);
  const std::string solution = or_none(material.task.reference_solution);
  const std::string guidelines = or_none(material.task.grading_guidelines);
  const std::string scheme = material.scheme;
  const auto name = [&]() -> std::string_view {
    switch (options_.procedure.preset) {
      case Preset::ProofAutoGrader:
        return "proofautograder-1";
      case Preset::MathArena:
        return "matharena-grade-1";
      case Preset::Verifier:
        return "verifier-1";
      case Preset::Rubric:
        return "rubric-0-7-1";
    }
    return "rubric-0-7-1";
  }();
  return fill_prompt(prompt_template(name), {{"problem", material.problem.statement},
                                             {"solution", solution},
                                             {"guidelines", guidelines},
                                             {"scheme", scheme},
                                             {"proof", quoted.text},
                                             {"nonce", quoted.nonce},
                                             {"others", others}});
}

Result<std::vector<Marked>> ProofJudge::grade(const Material& material, int from, int count,
                                              const std::string& others, std::stop_token stop) {
  const Preset preset = options_.procedure.preset;
  const std::string text = prompt(material, others);
  std::vector<Question> questions;
  for (int i = 0; i < count; ++i) {
    const auto grader = static_cast<std::size_t>(i) % options_.graders.size();
    questions.push_back(
        {&options_.graders[grader], key("grading", material), from + i, text,
         [preset](std::string_view reply) { return parse_mark(reply, preset).has_value(); }});
  }
  std::vector<Reply> replies = EVAL_TRY(ask_all(questions, options_.ask, stop));
  std::vector<Marked> gradings;
  for (std::size_t i = 0; i < replies.size(); ++i) {
    Marked grading{std::move(replies[i]), std::nullopt, questions[i].grader};
    if (grading.reply.fault == ReplyFault::None) {
      grading.mark = parse_mark(grading.reply.text, preset);
    }
    gradings.push_back(std::move(grading));
  }
  return gradings;
}

Result<Marked> ProofJudge::canary_grading(const Material& material, CanaryKind kind,
                                          std::stop_token stop) {
  const Material canary{material.problem, material.task, canary_proof(material.problem, kind),
                        material.scheme};
  const std::string name = key("canary", canary);
  {
    const std::lock_guard lock(mutex_);
    const auto known = canaries_.find(name);
    if (known != canaries_.end()) return known->second;
  }
  std::vector<Marked> gradings = EVAL_TRY(grade(canary, 0, 1, "", stop));
  const std::lock_guard lock(mutex_);
  return canaries_.emplace(name, std::move(gradings.front())).first->second;
}

Result<std::optional<std::string>> ProofJudge::write(std::string_view step, std::string_view tag,
                                                     const Material& material, std::string text,
                                                     std::stop_token stop) {
  const Question question{&options_.graders.front(), key(step, material), 0, std::move(text),
                          [tag = std::string(tag)](std::string_view reply) {
                            return tagged_text(reply, tag).has_value();
                          }};
  const std::vector<Reply> replies = EVAL_TRY(ask_all({question}, options_.ask, stop));
  const Reply& reply = replies.front();
  if (reply.fault != ReplyFault::None) return std::optional<std::string>();
  return tagged_text(reply.text, tag);
}

Result<bool> ProofJudge::prepare(Material& material, Judgement& judgement, std::stop_token stop) {
  if (material.scheme.empty()) {
    const Material any_proof{material.problem, material.task, "", ""};
    const auto scheme =
        EVAL_TRY(write("scheme", "scheme", any_proof,
                       fill_prompt(prompt_template("matharena-scheme-1"),
                                   {{"problem", material.problem.statement},
                                    {"solution", or_none(material.task.reference_solution)},
                                    {"guidelines", or_none(material.task.grading_guidelines)}}),
                       stop));
    if (!scheme) {
      judgement.detail = "no marking scheme could be had from the grader";
      return false;
    }
    material.scheme = *scheme;
    judgement.tests.push_back(text_result("scheme", *scheme));
  }
  const QuotedProof quoted = quote_proof(material.proof, material.problem.content_hash);
  const auto neutral = EVAL_TRY(write(
      "rewriting", "proof", material,
      fill_prompt(prompt_template("matharena-neutral-1"), {{"problem", material.problem.statement},
                                                           {"proof", quoted.text},
                                                           {"nonce", quoted.nonce}}),
      stop));
  if (!neutral) {
    judgement.detail = "no neutral rewriting of the proof could be had from the grader";
    return false;
  }
  material.proof = *neutral;
  judgement.tests.push_back(text_result("rewriting", *neutral));
  return true;
}

void ProofJudge::conclude(const Material& material, const std::vector<Marked>& gradings,
                          Judgement& judgement) const {
  std::vector<double> marks;
  for (const Marked& grading : gradings) {
    if (grading.mark) marks.push_back(grading.mark->mark);
  }
  const Procedure& procedure = options_.procedure;
  if (static_cast<int>(marks.size()) < quorum(procedure.gradings)) {
    judgement.verdict = Verdict::JE;
    judgement.points = 0;
    judgement.detail = count_text(gradings) + ", too few for one";
    return;
  }
  const double mark = aggregate_marks(marks, procedure.aggregation);
  judgement.verdict = verdict_of_mark(mark);
  judgement.points = mark * material.problem.points_max / kMarkMax;
  judgement.subtasks = part_results(material.task, gradings, mark);
  judgement.detail =
      fmt::format("{:.4g} of 7 by {}; {}", mark, mark_aggregation_name(procedure.aggregation),
                  count_text(gradings));
}

Result<Judgement> ProofJudge::judge(const Problem& problem, const Submission& submission,
                                    std::stop_token stop) {
  const auto* task = std::get_if<ProofTask>(&problem.task);
  const auto* proof = std::get_if<Proof>(&submission);
  if (task == nullptr || proof == nullptr) {
    return fail(ErrorCode::Unsupported, "only proofs can be marked by a proof judge", problem.id);
  }
  Judgement judgement;
  judgement.fingerprint =
      fmt::format("proof judge {}; grader {}", kProofJudgeVersion, grader_key(options_));
  Material material{problem, *task, proof->text, scheme_text(*task)};
  const bool is_matharena = options_.procedure.preset == Preset::MathArena;
  if (is_matharena && !EVAL_TRY(prepare(material, judgement, stop))) return judgement;

  const int count = options_.procedure.gradings;
  std::vector<Marked> gradings = EVAL_TRY(grade(material, 0, count, "", stop));
  std::vector<TestResult> tests;
  for (int i = 0; i < count; ++i) {
    tests.push_back(test_of(fmt::format("{}{:02}", kGradingName, i + 1),
                            gradings[static_cast<std::size_t>(i)]));
  }
  if (is_matharena && spread(gradings) > kDisagreement) {
    gradings = EVAL_TRY(grade(material, count, count, others_text(gradings), stop));
    for (int i = 0; i < count; ++i) {
      tests.push_back(test_of(fmt::format("{}{:02}, second round", kGradingName, i + 1),
                              gradings[static_cast<std::size_t>(i)]));
    }
  }
  conclude(material, gradings, judgement);
  judgement.tests.insert(judgement.tests.begin(), tests.begin(), tests.end());
  if (!options_.canaries) return judgement;

  const CanaryKind kind = canary_for(*task, proof->text);
  const Marked canary = EVAL_TRY(canary_grading(material, kind, stop));
  TestResult test = test_of(std::string(kCanaryName) + std::string(canary_kind_name(kind)), canary);
  if (canary.mark && canary.mark->mark >= kCanaryPassMark) {
    test.verdict = Verdict::JE;
    test.run_status = kCanaryPassed;
    judgement.detail += fmt::format("; the grader gave {:g} of 7 to a canary ({})",
                                    canary.mark->mark, canary_kind_name(kind));
  }
  judgement.tests.push_back(std::move(test));
  return judgement;
}

Result<std::string> ProofJudge::cache_key(const Problem& problem, const Submission& submission) {
  const auto* proof = std::get_if<Proof>(&submission);
  ContentHash hash;
  hash.add("proof judgement").add(kProofJudgeVersion).add(problem.content_hash);
  hash.add(proof == nullptr ? "" : proof->text).add(grader_key(options_));
  hash.add(std::to_string(options_.ask.seed)).add(options_.canaries ? "canaries" : "");
  for (const ProofGrader& grader : options_.graders) {
    const runners::SamplingParams& sampling = grader.sampling;
    hash.add(grader.runner->description());
    hash.add(fmt::format("{} {} {}", sampling.temperature.value_or(-1), sampling.top_p.value_or(-1),
                         sampling.max_tokens.value_or(-1)));
  }
  return hash.hex();
}

}  // namespace

Result<std::unique_ptr<Judge>> make_proof_judge(ProofJudgeOptions options) {
  if (options.graders.empty()) {
    return fail(ErrorCode::Usage, "no proof grader is named", {}, "add --grader http:NAME");
  }
  for (const ProofGrader& grader : options.graders) EVAL_CHECK(grader.runner != nullptr);
  return std::make_unique<ProofJudge>(std::move(options));
}

std::string grader_key(const ProofJudgeOptions& options) {
  std::vector<std::string> names;
  for (const ProofGrader& grader : options.graders) names.push_back(grader.name);
  return fmt::format("{} | {}", join(names, ", "), options.procedure.name());
}

std::string grader_key_of(const Judgement& judgement) {
  constexpr std::string_view kStart = "; grader ";
  if (!judgement.fingerprint.starts_with("proof judge ")) return {};
  const std::size_t at = judgement.fingerprint.find(kStart);
  return at == std::string::npos ? "" : judgement.fingerprint.substr(at + kStart.size());
}

bool is_grading(const TestResult& test) {
  return test.testcase.starts_with(kGradingName);
}

bool is_passed_canary(const TestResult& test) {
  return test.testcase.starts_with(kCanaryName) && test.run_status == kCanaryPassed;
}

bool is_by_people(const Judgement& judgement) {
  return judgement.fingerprint.starts_with(kPeopleFingerprint);
}

}  // namespace eval::judges::proof
