#pragma once

#include <string>
#include <vector>

#include "base/clock.h"
#include "evaluator/store/store.h"

// Values with every field set to something that is not its default, for tests of the store.
namespace eval::evaluator::test {

class FixedClock final : public Clock {
 public:
  std::int64_t unix_ms() const override { return 1'750'000'000'123; }
  std::chrono::nanoseconds monotonic() const override { return std::chrono::nanoseconds(0); }
};

inline RunManifest sample_manifest(std::string run_id = "ioi-demo-1") {
  RunManifest manifest;
  manifest.run_id = std::move(run_id);
  manifest.suite = "ioi";
  manifest.suite_title = "IOI \"demo\"";
  manifest.contest = "ioi-2025";
  manifest.model = "http:demo";
  manifest.runner = "http 127.0.0.1";
  manifest.strategy = "single_shot";
  manifest.extraction_rule = "last-block";
  manifest.prompt_template = "plain-1";
  manifest.attempts_per_problem = 2;
  manifest.seed = 0xFEDC'BA98'7654'3210U;
  manifest.sampling.temperature = 0.75;
  manifest.sampling.top_p = 0.95;
  manifest.sampling.max_tokens = 4096;
  manifest.sampling.seed = 0xFFFF'FFFF'FFFF'FFFFU;
  manifest.sampling.stop = {"</end>", "\n\n"};
  manifest.sampling.top_k = 40;
  manifest.sampling.min_p = 0.05;
  manifest.sampling.repetition_penalty = 1.1;
  manifest.sampling.presence_penalty = 0.5;
  manifest.sampling.frequency_penalty = 0.25;
  manifest.sampling.stop_token_ids = {2, 11};
  manifest.sampling.thinking = false;
  manifest.problem_ids = {"ioi/alpha", "ioi/beta"};
  manifest.evalctl_version = "0.1.0";
  manifest.host = "Linux 6.1";
  manifest.created_ms = 1'750'000'000'000;
  return manifest;
}

inline ProblemSnapshot sample_problem(std::string id) {
  ProblemSnapshot problem;
  problem.id = std::move(id);
  problem.title = "A title";
  problem.kind = "program";
  problem.content_hash = "c0ffee";
  problem.statement = "Read $n$ numbers.";
  problem.statement_format = "latex";
  problem.points_max = 100;
  problem.is_scoring = true;
  problem.testcase_count = 12;
  problem.time_limit_ms = 1500;
  problem.memory_limit_bytes = 1 << 28;
  problem.source = "Demo 2025";
  return problem;
}

inline std::vector<ProblemSnapshot> sample_problems() {
  return {sample_problem("ioi/alpha"), sample_problem("ioi/beta")};
}

inline std::vector<Store::PlannedAttempt> sample_plan() {
  return {{"ioi/alpha", 0, 0x8000'0000'0000'0001U},
          {"ioi/alpha", 1, 2},
          {"ioi/beta", 0, 3},
          {"ioi/beta", 1, 4}};
}

inline runners::Prompt sample_prompt() {
  return {{{runners::Role::System, "Be brief."},
           {runners::Role::User, "Solve \"alpha\".\n\xE2\x82\xAC"},
           {runners::Role::Assistant, "ok"}}};
}

inline runners::Generation sample_generation() {
  runners::Generation generation;
  generation.text = std::string("```cpp\nint main(){}\n```\0 not UTF-8: \xFF\xFE", 36);
  generation.reasoning = "let me think";
  generation.finish_reason = runners::FinishReason::Length;
  generation.prompt_tokens = 11;
  generation.completion_tokens = 222;
  generation.queue_time = std::chrono::milliseconds(5);
  generation.first_token_time = std::chrono::milliseconds(70);
  generation.total_time = std::chrono::milliseconds(900);
  generation.tries = 3;
  generation.from_cache = true;
  generation.model = "demo-30b";
  generation.fingerprint = "http demo-30b fp_1";
  generation.files = {{"a.cpp", "int a;\n"}, {"b.h", std::string("\0\x80", 2)}};
  generation.language = "cpp17";
  generation.token_hash = "c0ffee";
  generation.logprobs = {.ids = {7, 151643, 0}, .texts = {}, .values = {-0.1F, -17.5F, 0}};
  return generation;
}

inline ExtractedSubmission sample_submission() {
  judges::SourceProgram program;
  program.language = "cpp17";
  program.files = {{"main.cpp", "int main(){}\n"}, {"util.h", "// \xFF\n"}};
  program.entry_point = "main.cpp";
  return {program, "last-block"};
}

inline judges::TestResult sample_test(std::string name, judges::Verdict verdict) {
  judges::TestResult test;
  test.testcase = std::move(name);
  test.verdict = verdict;
  test.points = 12.5;
  test.cpu_time = std::chrono::microseconds(1234);
  test.wall_time = std::chrono::microseconds(5678);
  test.memory_peak = Bytes{123456};
  test.run_status = "exited";
  test.exit_code = 3;
  test.signal = 11;
  test.stability = judges::Stability::ReRun;
  test.cpu_times = {std::chrono::microseconds(2345), std::chrono::microseconds(1234)};
  test.untimed_verdict = judges::Verdict::WA;
  test.passes = 3;
  test.transcript = std::string("< 5\n> \0\xFF", 9);
  test.checker_message = std::string("line 1: \0\xFF", 10);
  test.standard_error = "warning";
  test.output_excerpt = "42\n";
  return test;
}

inline judges::Judgement sample_judgement(judges::Verdict verdict = judges::Verdict::PC) {
  judges::Judgement judgement;
  judgement.verdict = verdict;
  judgement.points = 37.25;
  judgement.tests = {sample_test("secret/01", judges::Verdict::AC),
                     sample_test("secret/02", judges::Verdict::TLE)};
  judgement.tests[1].points = std::nullopt;
  judgement.tests[1].stability = judges::Stability::NearLimit;
  judgement.tests[1].cpu_times = {};
  judgement.tests[1].untimed_verdict = std::nullopt;
  judgement.tests[1].memory_peak = std::nullopt;
  judgement.subtasks = {{"secret/group1", judges::Verdict::AC, 37.25, 40.0},
                        {"data", judges::Verdict::PC, 37.25, std::nullopt}};
  judgement.compile_log = "main.cpp:1: note";
  judgement.language = "cpp17";
  judgement.time_limit = std::chrono::milliseconds(1500);
  judgement.memory_limit = Bytes::mib(256);
  judgement.fingerprint = "judge 1; g++ 12 -O2; root+cgroup-v2";
  judgement.detail = "because";
  judgement.from_cache = true;
  return judgement;
}

inline AttemptError sample_error() {
  AttemptError error;
  error.stage = Stage::Judge;
  error.try_number = 2;
  error.error = Error{ErrorCode::Infrastructure, "no box", "sandbox", "run doctor", 12, {}};
  error.error.also = {Error{ErrorCode::Io, "disk", "tmp", "", 28, {}}};
  error.error.also[0].also = {Error{ErrorCode::Network, "deep", "", "", 0, {}}};
  error.at_ms = 1'750'000'000'500;
  return error;
}

}  // namespace eval::evaluator::test
