#include <csignal>

#include "tests/sandbox/sandbox_fixture.h"

namespace eval::sandbox {
namespace {

TEST_F(SandboxTest, ReportsTheExitCode) {
  const ExecutionResult result = run(probe({"exit", "42"}));
  EXPECT_EQ(result.status, RunStatus::Exited);
  EXPECT_EQ(result.exit_code, 42);
  EXPECT_EQ(result.isolation, sandbox_->isolation());
}

TEST_F(SandboxTest, ReportsASignalThatWasNotOurs) {
  const ExecutionResult result = run(probe({"signal", std::to_string(SIGSEGV)}));
  EXPECT_EQ(result.status, RunStatus::Signalled);
  EXPECT_EQ(result.signal, SIGSEGV);
}

TEST_F(SandboxTest, ASigkillOfItsOwnIsNoLimit) {
  const ExecutionResult result = run(probe({"signal", std::to_string(SIGKILL)}));
  EXPECT_EQ(result.status, RunStatus::Signalled);
  EXPECT_EQ(result.signal, SIGKILL);
}

TEST_F(SandboxTest, DeliversStandardInputLargerThanAnyPipe) {
  Command command = probe({"cat"});
  std::string text(3 << 20, 'a');
  text += "end";
  command.standard_input.content = text;
  EXPECT_EQ(run(command).standard_output, text);
}

TEST_F(SandboxTest, NoStandardInputIsEmpty) {
  const ExecutionResult result = run(probe({"cat"}));
  EXPECT_EQ(result.status, RunStatus::Exited);
  EXPECT_EQ(result.standard_output, "");
}

TEST_F(SandboxTest, TheEnvironmentIsExactlyTheGivenOne) {
  Command command = probe({"environment"});
  command.environment = {{"A", "1"}, {"PATH", "/usr/bin"}};
  EXPECT_EQ(run(command).standard_output, "A=1\nPATH=/usr/bin\n");
}

TEST_F(SandboxTest, OnlyTheStandardStreamsAreInherited) {
  EXPECT_EQ(run(probe({"descriptors"})).standard_output, "0\n1\n2\n");
}

TEST_F(SandboxTest, AProgramThatIsNotThereIsAnErrorThatNamesTheStep) {
  Command command;
  command.argv = {"./missing"};
  const auto result = sandbox_->run(command, Limits{}, {});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::Infrastructure);
  EXPECT_NE(result.error().what.find("executing the program"), std::string::npos);
}

TEST_F(SandboxTest, ABoxIsUsableAfterAnError) {
  Command missing;
  missing.argv = {"./missing"};
  ASSERT_FALSE(sandbox_->run(missing, Limits{}, {}));
  EXPECT_EQ(run(probe({"exit", "3"})).exit_code, 3);
}

TEST_F(SandboxTest, ARelativeProgramNameIsBadInput) {
  Command command;
  command.argv = {"sh"};
  const auto result = sandbox_->run(command, Limits{}, {});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::BadInput);
}

TEST_F(SandboxTest, RunsAsANobodyThatCannotGainPrivileges) {
  const std::string identity = run(probe({"identity"})).standard_output;
  EXPECT_EQ(identity.find("uid 0 "), std::string::npos) << identity;
  EXPECT_NE(identity.find("nnp 1"), std::string::npos) << identity;
}

TEST(SandboxProbe, NamesEveryCapabilityOnce) {
  const std::vector<Capability> found = probe_capabilities();
  ASSERT_GE(found.size(), 6u);
  for (const Capability& capability : found) {
    EXPECT_FALSE(capability.name.empty());
    EXPECT_FALSE(capability.detail.empty()) << capability.name;
    std::printf("%-26s %-3s %s %s\n", capability.name.c_str(), capability.available ? "yes" : "no",
                capability.detail.c_str(), capability.help.c_str());
  }
}

}  // namespace
}  // namespace eval::sandbox
