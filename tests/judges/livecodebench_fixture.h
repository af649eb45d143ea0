#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/files.h"
#include "base/hash.h"
#include "problems/problem.h"

namespace eval::judges {

// A LiveCodeBench problem with `tests` (input, expected output), its data below `folder`.
inline problems::Problem livecodebench_problem(
    const fs::path& folder, const std::vector<std::pair<std::string, std::string>>& tests,
    const std::string& function_name = {}) {
  problems::ProgramTask task;
  task.function_name = function_name;
  task.checker.comparison = problems::Comparison::DecimalLines;
  task.limits.cpu_time = std::chrono::milliseconds(6000);
  task.limits.memory = Bytes::mib(1024);
  task.limits.output = Bytes::mib(16);
  task.root.name = "data";
  for (const auto& [input, output] : tests) {
    const std::size_t index = task.testcases.size();
    problems::Testcase testcase;
    testcase.name = "public/" + std::to_string(index + 1);
    const auto keep = [&](const std::string& ending, const std::string& content) {
      const fs::path path = folder / (std::to_string(index) + ending);
      static_cast<void>(write_file(path, content));
      return problems::DataFile{path, Bytes{content.size()}, sha256_hex(content)};
    };
    testcase.input = keep(".in", input);
    testcase.answer = keep(".out", output);
    task.testcases.push_back(testcase);
    task.root.order.push_back({false, index});
  }
  problems::Problem problem;
  problem.id = "livecodebench/test";
  problem.task = task;
  return problem;
}

}  // namespace eval::judges
