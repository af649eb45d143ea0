#include "evaluator/cli/verify.h"

#include <fmt/format.h>

#include <atomic>
#include <map>
#include <mutex>
#include <thread>

#include "base/text.h"
#include "evaluator/cli/attempt_text.h"
#include "judges/package_check.h"
#include "judges/profile.h"
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

// One problem's data, checked before its submissions are judged.
struct DataJob {
  const problems::Problem* problem = nullptr;
  std::optional<judges::DataCheck> check;  // nullopt: not done, see `error`
  std::string error;
};

std::vector<DataJob> plan_data(const std::vector<problems::Suite>& suites) {
  std::vector<DataJob> jobs;
  for (const problems::Suite& suite : suites) {
    for (const problems::Problem& problem : suite.problems) {
      if (!std::holds_alternative<problems::ProgramTask>(problem.task)) continue;
      jobs.push_back({&problem, std::nullopt, {}});
    }
  }
  return jobs;
}

std::string data_text(const DataJob& job) {
  if (!job.check) return fmt::format("FAIL  {:<28} data: {}", job.problem->id, job.error);
  const judges::DataCheck& check = *job.check;
  std::string text = fmt::format("{}  {:<28} data: {} inputs valid, {} answers accepted",
                                 check.faults.empty() ? "ok  " : "FAIL", job.problem->id,
                                 check.inputs_checked, check.answers_checked);
  if (check.generators_built > 0)
    text += fmt::format(", {} generators built", check.generators_built);
  for (const std::string& fault : check.faults) text += "\n      " + printable(fault);
  for (const std::string& skipped : check.skipped) text += "\n      skipped " + printable(skipped);
  return text;
}

Json data_json(const DataJob& job) {
  Json json = {{"problem", job.problem->id}, {"error", job.error}};
  if (!job.check) return json;
  json["inputs_valid"] = job.check->inputs_checked;
  json["answers_accepted"] = job.check->answers_checked;
  json["generators_built"] = job.check->generators_built;
  json["faults"] = job.check->faults;
  json["skipped"] = job.check->skipped;
  return json;
}

double seconds(std::chrono::microseconds time) {
  return static_cast<double>(time.count()) / 1e6;
}

std::string times_text(const std::string& problem, const judges::TimeSensitivity& times) {
  std::string text = fmt::format("time  {:<28} limit {:.2f} s", problem, seconds(times.limit));
  if (const auto factor = times.safety_factor()) {
    text += fmt::format(", slowest accepted {:.3f} s ({}), safety factor {:.1f}",
                        seconds(*times.slowest_accepted), times.slowest_name, *factor);
  }
  if (times.fastest_tle) {
    text += fmt::format(", fastest too slow {}{:.3f} s ({}), {}{:.1f} times the limit",
                        times.fastest_was_killed ? "> " : "", seconds(*times.fastest_tle),
                        times.fastest_name, times.fastest_was_killed ? "> " : "",
                        seconds(*times.fastest_tle) / std::max(1e-6, seconds(times.limit)));
  }
  return text;
}

Json times_json(const std::string& problem, const judges::TimeSensitivity& times) {
  const auto us = [](const auto& time) { return time ? Json(time->count()) : Json(); };
  const auto factor = times.safety_factor();
  return {{"problem", problem},
          {"time_limit_ms", times.limit.count()},
          {"slowest_accepted_us", us(times.slowest_accepted)},
          {"slowest_accepted", times.slowest_name},
          {"safety_factor", factor ? Json(*factor) : Json()},
          {"fastest_tle_us", us(times.fastest_tle)},
          {"fastest_tle", times.fastest_name},
          {"fastest_tle_was_killed", times.fastest_was_killed}};
}

// Does `work(i)` for i below `count`, several at once, until the user interrupts.
template <class Work>
void in_parallel(const Context& context, int workers, std::size_t count, const Work& work) {
  std::atomic<std::size_t> next{0};
  std::vector<std::jthread> threads;
  for (int i = 0; i < workers; ++i) {
    threads.emplace_back([&] {
      for (std::size_t at = next++; at < count && !context.stop.stop_requested(); at = next++) {
        work(at);
      }
    });
  }
}

struct Counts {
  int agree = 0, disagree = 0, skipped = 0, failed = 0;
  int data_faults = 0, data_failed = 0;
};

Counts count(const std::vector<Job>& jobs, const std::vector<DataJob>& data) {
  Counts counts;
  for (const Job& job : jobs) {
    int& counter = job.result.skipped      ? counts.skipped
                   : !job.result.judgement ? counts.failed
                   : job.result.agrees     ? counts.agree
                                           : counts.disagree;
    ++counter;
  }
  for (const DataJob& job : data) {
    counts.data_failed += job.check ? 0 : 1;
    counts.data_faults += job.check && !job.check->faults.empty() ? 1 : 0;
  }
  return counts;
}

// By problem, in plan order.
std::vector<std::pair<std::string, judges::TimeSensitivity>> time_sensitivities(
    const std::vector<Job>& jobs) {
  std::vector<std::pair<std::string, judges::TimeSensitivity>> list;
  for (const Job& job : jobs) {
    if (!job.result.judgement) continue;
    if (list.empty() || list.back().first != job.problem->id) list.push_back({job.problem->id, {}});
    list.back().second.add(*job.reference, *job.result.judgement);
  }
  return list;
}

void print_summary(const Context& context, const std::vector<Job>& jobs,
                   const std::vector<DataJob>& data, const std::vector<problems::Suite>& suites,
                   const Counts& counts) {
  const auto refused = refused_packages(suites);
  const auto times = time_sensitivities(jobs);
  if (context.json) {
    Json submissions = Json::array(), refused_json = Json::array(), data_list = Json::array(),
         times_list = Json::array();
    for (const Job& job : jobs) submissions.push_back(job_json(job));
    for (const DataJob& job : data) data_list.push_back(data_json(job));
    for (const auto& [problem, of] : times) times_list.push_back(times_json(problem, of));
    for (const auto* entry : refused) {
      refused_json.push_back({{"id", entry->id}, {"reason", entry->reason.what}});
    }
    print_json({{"submissions", submissions},
                {"data", data_list},
                {"times", times_list},
                {"refused", refused_json},
                {"agree", counts.agree},
                {"disagree", counts.disagree},
                {"skipped", counts.skipped},
                {"failed", counts.failed},
                {"packages_with_bad_data", counts.data_faults + counts.data_failed}});
    return;
  }
  for (const auto& [problem, of] : times) {
    if (of.slowest_accepted || of.fastest_tle) print_result(times_text(problem, of));
  }
  for (const auto* entry : refused)
    narrate(context, fmt::format("refused  {}: {}", entry->id, entry->reason.what));
  print_result(fmt::format(
      "{} agree, {} disagree, {} skipped, {} could not be judged, {} packages with bad data, {} "
      "packages refused",
      counts.agree, counts.disagree, counts.skipped, counts.failed,
      counts.data_faults + counts.data_failed, refused.size()));
}

}  // namespace

ExitCode verify_suites(const Context& context, const std::vector<problems::Suite>& suites,
                       const VerifyOptions& options) {
  const auto profile = judges::find_profile(options.profile);
  if (!profile) return report_error(profile.error());
  auto box =
      sandbox::create_linux_sandbox({.boxes = options.jobs, .warn = [&context](const auto& text) {
                                       narrate(context, "warning: " + text);
                                     }});
  if (!box) return report_error(box.error());
  const judges::Languages& languages = profile->languages;
  const auto judge = judges::make_program_judge(
      **box, languages,
      {.profile = profile->id, .testlib = load_options(context).testlib, .boxes = options.jobs});
  std::mutex output;
  const auto show = [&](const std::string& text) {
    if (context.json || context.stop.stop_requested()) return;
    const std::lock_guard lock(output);
    print_result(text);
  };
  std::vector<DataJob> data = plan_data(suites);
  // Validators and checkers are programs of the package, whatever the contest's contestants may use.
  in_parallel(context, options.jobs, data.size(), [&](std::size_t at) {
    DataJob& job = data[at];
    auto check = judges::check_data(
        *job.problem, **box, judges::Languages::built_in(),
        {.testlib = load_options(context).testlib, .generators = options.generators}, context.stop);
    if (check)
      job.check = std::move(*check);
    else
      job.error = describe(check.error());
    show(data_text(job));
  });
  std::vector<Job> jobs = plan(suites);
  in_parallel(context, options.jobs, jobs.size(), [&](std::size_t at) {
    Job& job = jobs[at];
    job.result =
        judges::verify_submission(*job.problem, *job.reference, *judge, languages, context.stop);
    show(line(job));
  });
  if (context.stop.stop_requested()) {
    narrate(context, "interrupted");
    return ExitCode::Interrupted;
  }
  const Counts counts = count(jobs, data);
  print_summary(context, jobs, data, suites, counts);
  if (counts.disagree > 0 || counts.data_faults > 0) return ExitCode::Regression;
  return counts.failed + counts.data_failed > 0 ? ExitCode::Fault : ExitCode::Done;
}

}  // namespace eval::cli
