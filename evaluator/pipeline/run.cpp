// Theory of operation
//
//   to_generate --> G generate workers --+--> to_judge (bounded) --> J judge workers
//   generated ----> 1 feeder ------------+           |                    |
//                                        +--------- records (bounded) ----+--> writer (this thread)
//
// The plan is written before the first worker starts, so the denominator is fixed. Workers compute and
// never write; the thread that called run() commits what they hand over, in order and in groups of what
// came within a tenth of a second, and calls the observer. So whatever an event tells of is on disk, and
// a kill loses only what was in flight: no reply that was paid for, as it is committed at once. A
// watchdog thread waits for the workers: when all are done, or when they have had their grace after a
// stop, `records` is closed and the writer ends.

#include "evaluator/pipeline/run.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <memory>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>

#include "base/check.h"
#include "base/text.h"
#include "evaluator/pipeline/plan.h"
#include "evaluator/pipeline/session.h"
#include "evaluator/pipeline/workers.h"
#include "evaluator/pipeline/writer.h"

namespace eval::evaluator {
namespace {

// Threads are cheap but not free, and more requests than this in flight no server thanks for.
constexpr int kWorkersMax = 1024;

Result<std::string> begin_or_resume(const RunConfig& config, const Services& services) {
  const RunPlan plan = plan_run(config, services.runner, *services.clock);
  EVAL_TRY(services.store->lock_run(plan.manifest.run_id));
  EVAL_TRY(services.store->begin_run(plan.manifest, plan.problems, plan.attempts));
  if (config.judge && config.sandbox) {
    EVAL_TRY(services.store->note_sandbox(plan.manifest.run_id, *config.sandbox));
  }
  return plan.manifest.run_id;
}

Result<void> check_unchanged(const RunConfig& config, Store& store, const std::string& run_id) {
  std::vector<std::string> changed;
  for (const ProblemSnapshot& snapshot : EVAL_TRY(store.problems(run_id))) {
    const auto problem =
        std::ranges::find(config.suite.problems, snapshot.id, &problems::Problem::id);
    const bool is_changed =
        problem != config.suite.problems.end() && problem->content_hash != snapshot.content_hash;
    if (is_changed) changed.push_back("\"" + snapshot.id + "\"");
  }
  if (changed.empty()) return {};
  return fail(ErrorCode::Usage,
              fmt::format("{} changed since run \"{}\" began", join(changed, ", "), run_id), {},
              "restore the package, or judge the whole run again with --again");
}

// Judging alone: the run exists, and what it was generated with decides how it is read.
Result<std::string> find_to_judge(RunConfig& config, const Services& services) {
  const RunManifest manifest = EVAL_TRY(services.store->find_run(config.run_id)).manifest;
  EVAL_TRY(services.store->lock_run(manifest.run_id));
  const auto rule = extraction_rule_from_name(manifest.extraction_rule);
  if (!rule) {
    return fail(ErrorCode::BadInput,
                fmt::format("extraction rule \"{}\" is not known", manifest.extraction_rule),
                "run " + manifest.run_id);
  }
  config.extraction = *rule;
  if (config.preferred_languages.empty()) {
    config.preferred_languages = languages_of_prompt_name(manifest.prompt_template);
  }
  if (!config.judge_again || config.use_earlier_times) {
    EVAL_TRY(check_unchanged(config, *services.store, manifest.run_id));
  }
  return manifest.run_id;
}

void sort_work(const std::vector<std::string>& order, std::vector<WorkItem>& work) {
  std::map<std::string_view, std::size_t> places;
  for (const std::string& id : order) places.emplace(id, places.size());
  const auto place_of = [&](const WorkItem& item) {
    const auto place = places.find(item.problem->id);
    return place == places.end() ? places.size() : place->second;
  };
  std::ranges::stable_sort(work, {}, place_of);
}

// What is left to do, in the order of work, and what is done already.
Result<RunEvent> collect_work(Session& session) {
  RunEvent totals;
  const RunConfig& config = session.config;
  for (const Attempt& attempt : EVAL_TRY(session.store->attempts(session.run_id, false))) {
    const bool has_generation = !attempt.generations.empty();
    const bool is_judged = attempt.state == AttemptState::Judged;
    const bool is_failed = attempt.state == AttemptState::Failed;
    // Turns of a strategy are stored one by one, so they do not say that it is complete: the generate
    // worker finds out, and goes on from there.
    const bool resumes =
        session.strategy.has_turns && config.generate && has_generation && !is_judged;
    totals.planned += 1;
    totals.generated += has_generation && !resumes ? 1 : 0;
    totals.judged += is_judged ? 1 : 0;
    const auto problem =
        std::ranges::find(config.suite.problems, attempt.problem_id, &problems::Problem::id);
    const bool is_here = problem != config.suite.problems.end();
    const bool wants_judging =
        has_generation && !resumes && config.judge && (!is_judged || config.judge_again);
    const bool wants_generating = resumes || (!has_generation && config.generate);
    if (!is_here || !(wants_judging || wants_generating)) {
      totals.failed += is_failed ? 1 : 0;
      continue;
    }
    const WorkItem work{attempt.id, &*problem, attempt.index, attempt.seed, is_judged, resumes};
    (wants_generating ? session.to_generate : session.generated).push_back(work);
  }
  sort_work(config.work_order, session.to_generate);
  sort_work(config.work_order, session.generated);
  return totals;
}

int thread_count(int asked, std::size_t work) {
  const int most = static_cast<int>(std::min<std::size_t>(work, kWorkersMax));
  return std::clamp(asked, 1, std::max(most, 1));
}

struct Team {
  int count = 0;
  void (*loop)(Session&) = nullptr;
  void (Session::*done)() = nullptr;  // what a member calls at its end
};

std::vector<Team> make_teams(const Session& session) {
  const RunConfig& config = session.config;
  std::vector<Team> teams;
  if (!session.to_generate.empty()) {
    const int asked = config.generate_workers > 0 ? config.generate_workers
                                                  : session.runner->preferred_concurrency();
    teams.push_back(
        {thread_count(asked, session.to_generate.size()), generate_loop, &Session::producer_done});
  }
  if (!session.generated.empty()) teams.push_back({1, feed_loop, &Session::producer_done});
  const std::size_t to_judge = session.to_generate.size() + session.generated.size();
  if (config.judge && to_judge > 0) {
    teams.push_back(
        {thread_count(config.judge_workers, to_judge), judge_loop, &Session::judge_done});
  }
  return teams;
}

// Starts what the system lets us start: with fewer threads a run is slower, with none of a kind it
// cannot go on.
void start_team(const std::shared_ptr<Session>& session, const Team& team,
                std::vector<std::jthread>& threads) {
  for (int started = 0; started < team.count; ++started) {
    try {
      threads.emplace_back([session, loop = team.loop] { loop(*session); });
    } catch (const std::system_error& error) {
      if (started == 0) {
        session->fail_run(system_error(ErrorCode::Infrastructure, "no thread can be started",
                                       error.code().value()));
      }
      for (int missing = started; missing < team.count; ++missing) (session.get()->*team.done)();
      return;
    }
  }
}

// Commits until the workers are done. Returns how many did not come back after a stop.
int drive(const std::shared_ptr<Session>& session, Writer& writer, std::stop_token stop) {
  const std::stop_callback on_stop(std::move(stop), [&] { session->stop.request_stop(); });
  const std::vector<Team> teams = make_teams(*session);
  int producers = 0;
  int workers = 0;
  for (const Team& team : teams) {
    workers += team.count;
    if (team.done == &Session::producer_done) producers += team.count;
  }
  session->set_threads(producers, workers);
  const std::jthread watchdog([session] { session->wait_for_workers(); });
  std::vector<std::jthread> threads;
  for (const Team& team : teams) start_team(session, team, threads);
  writer.drain();
  // After an Error the caller may destroy the services, so every worker is waited for.
  const int left = session->run_error() ? 0 : session->workers_left();
  // After an interrupt a stuck worker would hang the program; it owns the session with us.
  if (left > 0) {
    for (std::jthread& thread : threads) thread.detach();
  }
  return left;
}

}  // namespace

Result<RunOutcome> run(const RunConfig& config, const Services& services, std::stop_token stop) {
  EVAL_CHECK(services.store != nullptr && services.clock != nullptr);
  EVAL_CHECK(services.runner != nullptr || !config.generate);
  EVAL_CHECK(services.judge != nullptr || !config.judge);
  EVAL_TRY(check_config(config));
  RunConfig settled = config;
  const std::string run_id = config.generate ? EVAL_TRY(begin_or_resume(config, services))
                                             : EVAL_TRY(find_to_judge(settled, services));

  const auto session = std::make_shared<Session>(std::move(settled), services,
                                                 EVAL_TRY(strategy_from_name(config.strategy)));
  session->run_id = run_id;
  const RunEvent totals = EVAL_TRY(collect_work(*session));
  const std::size_t work = session->to_generate.size() + session->generated.size();
  Writer writer(*session, services.observer, totals, work);
  writer.started();

  RunOutcome outcome;
  outcome.run_id = run_id;
  outcome.workers_left = drive(session, writer, stop);
  if (const auto error = session->run_error()) return fail(*error);
  outcome.interrupted = stop.stop_requested() && writer.pending() > 0;
  const RunSummary summary = EVAL_TRY(services.store->find_run(run_id));
  outcome.planned = summary.attempts_planned;
  outcome.generated = summary.attempts_generated;
  outcome.judged = summary.attempts_judged;
  outcome.failed = summary.attempts_failed;
  writer.finished();
  return outcome;
}

}  // namespace eval::evaluator
