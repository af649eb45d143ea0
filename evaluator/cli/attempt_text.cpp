#include "evaluator/cli/attempt_text.h"

#include <fmt/format.h>

#include <numeric>

#include "base/clock.h"
#include "base/text.h"
#include "evaluator/cli/context.h"
#include "sandbox/tool/box_command.h"

namespace eval::cli {
namespace {

std::string verdict_of(const reports::AttemptView& attempt) {
  std::string text = attempt.verdict ? std::string(judges::verdict_name(*attempt.verdict)) : "-";
  if (attempt.truncated) text += " (truncated)";
  return text;
}

std::string seconds(std::chrono::microseconds time) {
  return fmt::format("{:.3f} s", static_cast<double>(time.count()) / 1e6);
}

// The kernel charges memory in batches, so a peak below half a MiB is known no better than that.
std::string memory_text(Bytes peak) {
  return peak < Bytes::kib(512) ? "< 0.5 MiB" : to_string(peak);
}

std::string test_table(const judges::Judgement& judgement) {
  std::vector<std::vector<std::string>> rows = {
      {"TEST", "VERDICT", "CPU", "WALL", "MEMORY", "STABILITY", "MESSAGE"}};
  for (const judges::TestResult& test : judgement.tests) {
    const auto lines = split_lines(test.checker_message);
    rows.push_back({test.testcase, std::string(judges::verdict_name(test.verdict)),
                    seconds(test.cpu_time), seconds(test.wall_time),
                    test.memory_peak ? memory_text(*test.memory_peak) : "-",
                    judges::stability_text(test, judgement.time_limit),
                    lines.empty() ? "" : printable(shorten(lines.front(), 100))});
  }
  return format_table(rows);
}

void section(std::string& text, std::string_view title, std::string_view body) {
  if (body.empty()) return;
  text += fmt::format("\n--- {} ---\n{}", title, printable(body));
  if (!text.ends_with('\n')) text += '\n';
}

std::string attempt_in_full(const reports::AttemptView& attempt) {
  std::string text = fmt::format("\nattempt {}: {}, {:g} points, seed {}\n", attempt.index,
                                 verdict_of(attempt), attempt.points, attempt.seed);
  for (const reports::ErrorView& error : attempt.errors) {
    text += fmt::format("error while {} (try {}): {}\n", error.stage, error.try_number,
                        printable(error.what));
  }
  for (const reports::MessageView& message : attempt.prompt) {
    section(text, "prompt, " + message.role, message.content);
  }
  if (attempt.reasoning) section(text, "reasoning", *attempt.reasoning);
  section(text, fmt::format("reply ({})", attempt.finish_reason), attempt.reply);
  if (attempt.logprobs && !attempt.logprobs->values.empty()) {
    const std::vector<float>& values = attempt.logprobs->values;
    const double mean =
        std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
    text += fmt::format("\n{} tokens, mean log-probability {:.4f}; each with --format json\n",
                        values.size(), mean);
  }
  for (const reports::SourceView& source : attempt.sources) {
    section(text,
            fmt::format("{} ({}, rule {})", source.name, source.language, attempt.extraction_rule),
            source.content);
  }
  if (!attempt.judgement) return text;
  const judges::Judgement& judgement = *attempt.judgement;
  section(text, "compiler", judgement.compile_log);
  if (!judgement.detail.empty()) text += "\n" + printable(judgement.detail) + "\n";
  if (!judgement.tests.empty()) {
    text +=
        fmt::format("\n--- tests (limit {}, {}; {}) ---\n{}", format_duration(judgement.time_limit),
                    to_string(judgement.memory_limit),
                    judges::stability_name(judges::stability_of(judgement)), test_table(judgement));
    for (const judges::TestResult& test : judgement.tests) {
      section(text, "interaction of " + test.testcase, test.transcript);
    }
  }
  text += fmt::format("\njudged by {}\n", printable(judgement.fingerprint));
  return text;
}

}  // namespace

std::string printable(std::string_view text) {
  return sandbox::tool::escape_controls(text);
}

std::string problem_text(const reports::ProblemView& problem, bool in_full) {
  std::string text =
      fmt::format("{}  {}\n{} testcases, {} attempts\n", problem.id, printable(problem.title),
                  problem.testcase_count, problem.attempts.size());
  if (in_full) {
    for (const reports::AttemptView& attempt : problem.attempts) text += attempt_in_full(attempt);
    return text;
  }
  std::vector<std::vector<std::string>> rows = {
      {"ATTEMPT", "VERDICT", "POINTS", "LANGUAGE", "TOKENS", "FIRST FAULT"}};
  for (const reports::AttemptView& attempt : problem.attempts) {
    std::string fault;
    if (attempt.judgement) {
      for (const judges::TestResult& test : attempt.judgement->tests) {
        if (test.verdict == judges::Verdict::AC) continue;
        fault = fmt::format("{}: {}", test.testcase, judges::verdict_description(test.verdict));
        break;
      }
      if (fault.empty()) fault = printable(shorten(attempt.judgement->detail, 80));
    }
    if (!attempt.errors.empty() && fault.empty())
      fault = printable(shorten(attempt.errors.back().what, 80));
    rows.push_back(
        {std::to_string(attempt.index), verdict_of(attempt), fmt::format("{:g}", attempt.points),
         attempt.sources.empty() ? "-" : attempt.sources.front().language,
         attempt.completion_tokens ? std::to_string(*attempt.completion_tokens) : "-", fault});
  }
  return text + "\n" + format_table(rows);
}

}  // namespace eval::cli
