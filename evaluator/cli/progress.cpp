#include "evaluator/cli/progress.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

#include "evaluator/cli/attempt_text.h"

namespace eval::cli {
namespace {

using evaluator::RunEvent;

constexpr std::chrono::milliseconds kRedrawEvery{200};  // smooth enough, and cheap
constexpr std::chrono::seconds kPrintEvery{30};  // a log line now and then when not on a terminal
constexpr std::chrono::seconds kRateWindow{60};  // rates and ETA follow the last minute

std::string_view kind_name(RunEvent::Kind kind) {
  switch (kind) {
    case RunEvent::Kind::Started:
      return "started";
    case RunEvent::Kind::Generated:
      return "generated";
    case RunEvent::Kind::Judged:
      return "judged";
    case RunEvent::Kind::Failed:
      return "failed";
    case RunEvent::Kind::Finished:
      return "finished";
  }
  return "";
}

Json event_json(const RunEvent& event) {
  Json json = {{"event", kind_name(event.kind)}, {"run_id", event.run_id}};
  const bool about_attempt =
      event.kind != RunEvent::Kind::Started && event.kind != RunEvent::Kind::Finished;
  if (about_attempt) {
    json["problem"] = event.problem_id;
    json["attempt"] = event.attempt;
  }
  if (event.verdict) {
    json["verdict"] = judges::verdict_name(*event.verdict);
    json["points"] = event.points;
    json["tests_run"] = event.tests_run;
    json["from_cache"] = event.from_cache;
  }
  if (event.kind == RunEvent::Kind::Generated) json["completion_tokens"] = event.completion_tokens;
  if (event.error) {
    json["error"] = {{"code", error_code_name(event.error->code)}, {"what", event.error->what}};
  }
  json["planned"] = event.planned;
  json["generated"] = event.generated;
  json["judged"] = event.judged;
  json["failed"] = event.failed;
  return json;
}

}  // namespace

Progress::Progress(const Context& context, bool json_events)
    : context_(context), json_events_(json_events), started_(clock_.monotonic()) {
  if (json_events_ || context_.quiet) return;
  ticker_ = std::jthread([this](std::stop_token stop) { tick(std::move(stop)); });
}

Progress::~Progress() {
  ticker_.request_stop();
  if (ticker_.joinable()) ticker_.join();
  const std::lock_guard lock(mutex_);
  if (drew_ && context_.redraw) std::fputs("\n", stderr);
}

void Progress::on_event(const RunEvent& event) {
  if (json_events_) {
    print_result(to_json_line(event_json(event)));
    return;
  }
  const std::lock_guard lock(mutex_);
  if (event.kind == RunEvent::Kind::Started) {
    started_ = printed_ = clock_.monotonic();
    done_at_start_ = event.judged + event.failed;
  }
  last_ = event;
  const bool failed = event.kind == RunEvent::Kind::Failed;
  if (event.verdict || failed) ++verdicts_[event.verdict.value_or(judges::Verdict::IE)];
  const bool done = event.kind == RunEvent::Kind::Judged || failed;
  window_.push_back({clock_.monotonic(), event.completion_tokens, event.tests_run, done ? 1 : 0});
  if (event.error && context_.verbose && !context_.quiet) {
    const std::string text =
        printable(fmt::format("{} #{}: {}", event.problem_id, event.attempt, event.error->what));
    print_notice(fmt::format("{}{}\n", context_.redraw ? "\r\x1b[K" : "", text));
  }
}

void Progress::tick(std::stop_token stop) {
  std::unique_lock lock(mutex_);
  while (!stop.stop_requested()) {
    wake_.wait_for(lock, stop, kRedrawEvery, [] { return false; });
    draw(stop.stop_requested());
  }
}

void Progress::draw(bool final_one) {
  if (last_.planned == 0) return;
  const auto now = clock_.monotonic();
  if (context_.redraw) {
    print_notice(fmt::format("\r\x1b[K{}", line()));
    std::fflush(stderr);
    drew_ = true;
  } else if (final_one || now - printed_ >= kPrintEvery) {
    print_notice(fmt::format("{}\n", line()));
    printed_ = now;
  }
}

std::string Progress::line() {
  const auto now = clock_.monotonic();
  while (!window_.empty() && now - window_.front().at > kRateWindow) window_.pop_front();
  std::int64_t tokens = 0;
  std::int64_t tests = 0;
  int attempts = 0;
  for (const Sample& sample : window_) {
    tokens += sample.tokens;
    tests += sample.tests;
    attempts += sample.attempts;
  }
  const std::chrono::nanoseconds span =
      std::min<std::chrono::nanoseconds>(now - started_, kRateWindow);
  const double seconds = std::max(std::chrono::duration<double>(span).count(), 0.5);
  const int done = last_.judged + last_.failed;
  std::string text =
      fmt::format("[{:>{}}/{}] {}", done, std::to_string(last_.planned).size(), last_.planned,
                  last_.generated < last_.planned ? "generating" : "judging");
  for (const auto& [verdict, count] : verdicts_) {
    text += fmt::format("  {} {}", judges::verdict_name(verdict), count);
  }
  if (tests > 0) text += fmt::format("  {:.0f} tests/s", static_cast<double>(tests) / seconds);
  if (tokens > 0) text += fmt::format("  {:.0f} tokens/s", static_cast<double>(tokens) / seconds);
  if (attempts > 0 && done < last_.planned) {
    const double left = static_cast<double>(last_.planned - done) * seconds / attempts;
    text += "  eta " + format_duration(std::chrono::seconds(static_cast<long>(left) + 1));
  }
  return context_.redraw && text.size() >= static_cast<std::size_t>(context_.width)
             ? text.substr(0, static_cast<std::size_t>(context_.width) - 1)
             : text;
}

}  // namespace eval::cli
