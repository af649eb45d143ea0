#include "evaluator/cli/verify.h"

#include <fmt/format.h>

#include <atomic>
#include <mutex>
#include <thread>

#include "base/text.h"
#include "evaluator/cli/attempt_text.h"
#include "judges/program_judge.h"
#include "sandbox/linux_sandbox.h"

namespace eval::cli {
namespace {

struct Job {
  const problems::Problem* problem = nullptr;
  const problems::ReferenceSubmission* reference = nullptr;
  judges::VerifyResult result;
};

std::vector<Job> plan(const std::vector<problems::Suite>& suites) {
  std::vector<Job> jobs;
  for (const problems::Suite& suite : suites) {
    for (const problems::Problem& problem : suite.problems) {
      const auto* task = std::get_if<problems::ProgramTask>(&problem.task);
      if (task == nullptr) continue;
      for (const auto& reference : task->reference_submissions) {
        jobs.push_back({&problem, &reference, {}});
      }
    }
  }
  return jobs;
}

std::string promise(const problems::ReferenceSubmission& reference) {
  std::string text = join(reference.expected, "|");
  if (reference.score_range) {
    const auto [low, high] = *reference.score_range;
    text += low == high ? fmt::format(" {:g}", low) : fmt::format(" {:g}..{:g}", low, high);
  }
  return text.empty() ? "any" : text;
}

std::string outcome(const Job& job) {
  if (job.result.skipped) return "skipped";
  if (!job.result.judgement) return "failed";
  std::string text(judges::verdict_name(job.result.judgement->verdict));
  const auto& task = std::get<problems::ProgramTask>(job.problem->task);
  if (task.is_scoring) text += fmt::format(" {:g}", job.result.judgement->points);
  return text;
}

std::chrono::microseconds slowest(const judges::Judgement& judgement) {
  std::chrono::microseconds time{0};
  for (const judges::TestResult& test : judgement.tests) time = std::max(time, test.cpu_time);
  return time;
}

std::string line(const Job& job) {
  const char* mark = job.result.skipped ? "skip" : job.result.agrees ? "ok  " : "FAIL";
  std::string text = fmt::format("{}  {:<28} {:<48} {:<10} promised {}", mark, job.problem->id,
                                 job.reference->name, outcome(job), promise(*job.reference));
  if (job.result.judgement) {
    text += fmt::format("  {:.2f} s",
                        static_cast<double>(slowest(*job.result.judgement).count()) / 1e6);
  }
  if (!job.result.reason.empty() && !job.result.agrees)
    text += "\n      " + printable(job.result.reason);
  return text;
}

Json job_json(const Job& job) {
  Json json = {{"problem", job.problem->id},          {"submission", job.reference->name},
               {"expected", job.reference->expected}, {"agrees", job.result.agrees},
               {"skipped", job.result.skipped},       {"reason", job.result.reason}};
  if (job.result.judgement) {
    json["verdict"] = judges::verdict_name(job.result.judgement->verdict);
    json["points"] = job.result.judgement->points;
    json["slowest_us"] = slowest(*job.result.judgement).count();
    json["time_limit_ms"] = job.result.judgement->time_limit.count();
  }
  return json;
}

// Packages of the suites that nothing was verified of, which must not pass unseen.
std::vector<const problems::Suite::Refused*> refused_packages(
    const std::vector<problems::Suite>& suites) {
  std::vector<const problems::Suite::Refused*> refused;
  for (const problems::Suite& suite : suites) {
    for (const auto& entry : suite.refused) refused.push_back(&entry);
  }
  return refused;
}

}  // namespace

ExitCode verify_suites(const Context& context, const std::vector<problems::Suite>& suites,
                       int jobs_at_once) {
  auto box = sandbox::create_linux_sandbox(
      {.boxes = jobs_at_once,
       .warn = [&context](const auto& text) { narrate(context, "warning: " + text); }});
  if (!box) return report_error(box.error());
  const auto& languages = judges::Languages::built_in();
  const auto judge = judges::make_program_judge(**box, languages, {});
  std::vector<Job> jobs = plan(suites);
  std::atomic<std::size_t> next{0};
  std::mutex output;
  {
    std::vector<std::jthread> workers;
    for (int i = 0; i < jobs_at_once; ++i) {
      workers.emplace_back([&] {
        for (std::size_t at = next++; at < jobs.size() && !context.stop.stop_requested();
             at = next++) {
          Job& job = jobs[at];
          job.result = judges::verify_submission(*job.problem, *job.reference, *judge, languages,
                                                 context.stop);
          if (context.json || context.stop.stop_requested()) continue;
          const std::lock_guard lock(output);
          print_result(line(job));
        }
      });
    }
  }
  if (context.stop.stop_requested()) {
    narrate(context, "interrupted");
    return ExitCode::Interrupted;
  }
  int agree = 0, disagree = 0, skipped = 0, failed = 0;
  Json list = Json::array();
  for (const Job& job : jobs) {
    list.push_back(job_json(job));
    if (job.result.skipped)
      ++skipped;
    else if (!job.result.judgement)
      ++failed;
    else if (job.result.agrees)
      ++agree;
    else
      ++disagree;
  }
  const auto refused = refused_packages(suites);
  Json refused_json = Json::array();
  for (const auto* entry : refused) {
    refused_json.push_back({{"id", entry->id}, {"reason", entry->reason.what}});
  }
  if (context.json) {
    print_json({{"submissions", list},
                {"refused", refused_json},
                {"agree", agree},
                {"disagree", disagree},
                {"skipped", skipped},
                {"failed", failed}});
  } else {
    for (const auto* entry : refused)
      narrate(context, fmt::format("refused  {}: {}", entry->id, entry->reason.what));
    print_result(fmt::format(
        "{} agree, {} disagree, {} skipped, {} could not be judged, {} packages refused", agree,
        disagree, skipped, failed, refused.size()));
  }
  if (disagree > 0) return ExitCode::Regression;
  return failed > 0 ? ExitCode::Fault : ExitCode::Done;
}

}  // namespace eval::cli
