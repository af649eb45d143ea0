#include "evaluator/template_renderer.h"

#include <gtest/gtest.h>

#include "tests/support/fake_sandbox.h"

namespace eval::evaluator {
namespace {

using tests::exited;
using tests::FakeSandbox;

Result<std::vector<std::string>> render(sandbox::ExecutionResult answer) {
  FakeSandbox sandbox([&](const sandbox::Command&, const sandbox::Limits&) { return answer; });
  return boxed_template_renderer(sandbox)("{{ x }}", {Json{{"x", 1}}});
}

TEST(TemplateRenderer, GivesTheTemplateToABoxWithoutMore) {
  FakeSandbox sandbox([](const sandbox::Command&, const sandbox::Limits&) {
    return exited(0, R"({"rendered": ["1"]})");
  });
  EXPECT_EQ(*boxed_template_renderer(sandbox)("{{ x }}", {Json{{"x", 1}}}),
            std::vector<std::string>{"1"});
  const auto commands = sandbox.commands();
  ASSERT_EQ(commands.size(), 1U);
  EXPECT_TRUE(commands[0].forbid_exec);
  EXPECT_TRUE(commands[0].readable_host_paths.empty());
  EXPECT_EQ(tests::content_of(commands[0].standard_input),
            R"({"template":"{{ x }}","variables":[{"x":1}]})");
}

TEST(TemplateRenderer, SaysWhatToInstallWithoutJinja) {
  const auto rendered = render(exited(0, R"({"missing": "No module named 'jinja2'"})"));
  ASSERT_FALSE(rendered.has_value());
  EXPECT_EQ(rendered.error().code, ErrorCode::Unsupported);
  EXPECT_NE(rendered.error().help.find("python3-jinja2"), std::string::npos);
}

TEST(TemplateRenderer, BlamesTheTemplateForItsOwnFaults) {
  EXPECT_EQ(render(exited(0, R"({"error": "no system role"})")).error().what,
            "the chat template failed: no system role");
  for (const std::string output : {R"({"rendered": []})", R"({"rendered": [5]})", "{}", "oops"}) {
    EXPECT_EQ(render(exited(0, output)).error().code, ErrorCode::BadInput) << output;
  }
  for (const auto status : {sandbox::RunStatus::CpuTimeLimit, sandbox::RunStatus::MemoryLimit}) {
    sandbox::ExecutionResult result;
    result.status = status;
    EXPECT_EQ(render(result).error().code, ErrorCode::BadInput);
  }
}

TEST(TemplateRenderer, BlamesTheBoxForTheRest) {
  EXPECT_EQ(render(exited(1)).error().code, ErrorCode::Infrastructure);
  sandbox::ExecutionResult cancelled;
  cancelled.status = sandbox::RunStatus::Cancelled;
  EXPECT_EQ(render(cancelled).error().code, ErrorCode::Cancelled);
}

}  // namespace
}  // namespace eval::evaluator
