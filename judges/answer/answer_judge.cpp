#include "judges/answer/answer_judge.h"

#include <fmt/format.h>

#include <utility>

#include "base/hash.h"
#include "base/text.h"
#include "judges/answer/equivalence.h"
#include "judges/proof/prompts.h"
#include "judges/proof/reply_parser.h"

namespace eval::judges::answer {
namespace {

// "yes" or "no" in the one <same> element of a reply.
std::optional<bool> read_same(std::string_view reply) {
  const auto text = proof::tagged_text(reply, "same");
  if (!text || reply.find("<same>") != reply.rfind("<same>")) return std::nullopt;
  const std::string word = to_lower(*text);
  if (word == "yes") return true;
  if (word == "no") return false;
  return std::nullopt;
}

TestResult own_result(const Comparison& comparison) {
  TestResult test;
  test.testcase = "own code";
  test.checker_message = comparison.reason;
  switch (comparison.outcome) {
    case Equivalence::Same:
      test.verdict = Verdict::AC;
      test.run_status = "same";
      break;
    case Equivalence::Different:
      test.verdict = Verdict::WA;
      test.run_status = "different";
      break;
    case Equivalence::Undecided:
      test.verdict = Verdict::JE;
      test.run_status = "undecided";
      break;
  }
  return test;
}

class AnswerJudge final : public Judge {
 public:
  explicit AnswerJudge(AnswerJudgeOptions options) : options_(std::move(options)) {}

  Result<Judgement> judge(const problems::Problem& problem, const Submission& submission,
                          std::stop_token stop) override {
    const auto* task = std::get_if<problems::ProofTask>(&problem.task);
    const auto* answer = std::get_if<Answer>(&submission);
    if (task == nullptr || answer == nullptr) {
      return fail(ErrorCode::Unsupported, "only final answers can be judged by an answer judge",
                  problem.id);
    }
    Judgement judgement;
    judgement.fingerprint = fmt::format("answer judge {}; model {}", kAnswerJudgeVersion,
                                        options_.model ? options_.model->name : "none");
    judgement.tests.push_back(own_result(compare_answers(task->short_answer, answer->text)));
    judgement.verdict = judgement.tests.back().verdict;
    judgement.detail = judgement.tests.back().checker_message;
    if (judgement.verdict == Verdict::JE && options_.model) {
      judgement.tests.push_back(EVAL_TRY(ask_model(problem, *task, answer->text, stop)));
      judgement.verdict = judgement.tests.back().verdict;
    }
    if (judgement.verdict == Verdict::AC) judgement.points = problem.points_max;
    return judgement;
  }

  Result<std::string> cache_key(const problems::Problem& problem,
                                const Submission& submission) override {
    const auto* answer = std::get_if<Answer>(&submission);
    ContentHash hash;
    hash.add("answer judgement").add(kAnswerJudgeVersion).add(problem.content_hash);
    hash.add(answer == nullptr ? "" : answer->text);
    hash.add(options_.model ? options_.model->runner->description() : "none");
    hash.add(std::to_string(options_.ask.seed));
    return hash.hex();
  }

 private:
  Result<TestResult> ask_model(const problems::Problem& problem, const problems::ProofTask& task,
                               const std::string& answer, std::stop_token stop) const {
    const proof::QuotedProof quoted = proof::quote_proof(answer, problem.content_hash);
    const proof::Question question{
        &*options_.model, "answer/" + quoted.nonce, 0,
        proof::fill_prompt(proof::prompt_template("answer-1"), {{"problem", problem.statement},
                                                                {"solution", task.short_answer},
                                                                {"proof", quoted.text},
                                                                {"nonce", quoted.nonce}}),
        [](std::string_view reply) { return read_same(reply).has_value(); }};
    const auto replies = EVAL_TRY(proof::ask_all({question}, options_.ask, stop));
    const proof::Reply& reply = replies.front();
    TestResult test;
    test.testcase = fmt::format("model ({})", options_.model->name);
    test.passes = reply.tries;
    test.wall_time = reply.time;
    test.output_excerpt = reply.text;
    test.checker_message = reply.text;
    test.run_status = proof::reply_fault_name(reply.fault);
    test.verdict = Verdict::JE;
    if (reply.fault == proof::ReplyFault::None) {
      test.verdict = read_same(reply.text) == true ? Verdict::AC : Verdict::WA;
    }
    return test;
  }

  const AnswerJudgeOptions options_;
};

}  // namespace

std::unique_ptr<Judge> make_answer_judge(AnswerJudgeOptions options) {
  return std::make_unique<AnswerJudge>(std::move(options));
}

}  // namespace eval::judges::answer
