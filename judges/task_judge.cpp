#include "judges/task_judge.h"

#include <fmt/format.h>

#include <utility>

namespace eval::judges {
namespace {

class TaskJudge final : public Judge {
 public:
  explicit TaskJudge(TaskJudges judges) : judges_(std::move(judges)) {}

  Result<Judgement> judge(const problems::Problem& problem, const Submission& submission,
                          std::stop_token stop) override {
    Judge* judge = EVAL_TRY(find(problem));
    return judge->judge(problem, submission, std::move(stop));
  }
  Result<Judgement> judge_with_times(const problems::Problem& problem, const Submission& submission,
                                     const Judgement& earlier, std::stop_token stop) override {
    Judge* judge = EVAL_TRY(find(problem));
    return judge->judge_with_times(problem, submission, earlier, std::move(stop));
  }
  Result<std::string> cache_key(const problems::Problem& problem,
                                const Submission& submission) override {
    Judge* judge = EVAL_TRY(find(problem));
    return judge->cache_key(problem, submission);
  }

 private:
  struct Pick {
    const TaskJudges& judges;
    Judge* operator()(const problems::ProgramTask&) const { return judges.program.get(); }
    Judge* operator()(const problems::PatchTask&) const { return judges.patch.get(); }
    Judge* operator()(const problems::ProofTask& task) const {
      return task.is_answer_only ? judges.answer.get() : judges.proof.get();
    }
  };

  Result<Judge*> find(const problems::Problem& problem) const {
    Judge* judge = std::visit(Pick{judges_}, problem.task);
    if (judge != nullptr) return judge;
    return fail(ErrorCode::Unsupported,
                fmt::format("there is no judge for a {} here", problems::task_kind_name(problem)),
                problem.id);
  }

  const TaskJudges judges_;
};

}  // namespace

std::unique_ptr<Judge> make_task_judge(TaskJudges judges) {
  return std::make_unique<TaskJudge>(std::move(judges));
}

}  // namespace eval::judges
