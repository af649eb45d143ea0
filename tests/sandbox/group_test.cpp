// Programs that run together: what goes through channels, and in which order they end.
#include <algorithm>
#include <csignal>
#include <thread>

#include "sandbox/proc_files.h"
#include "tests/sandbox/group_fixture.h"

namespace eval::sandbox {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

using Order = std::vector<std::size_t>;

TEST_F(GroupTest, TwoProgramsTalkAndEveryByteIsCounted) {
  constexpr std::uint64_t kRounds = 20'000;
  Limits limits;
  limits.cpu_time = milliseconds(60'000);
  limits.wall_time = milliseconds(120'000);
  const GroupResult result = run_group(
      {member({"ask", std::to_string(kRounds)}, limits), member({"answer"}, limits)}, joined());
  expect_exit(result.runs[0], 0);
  expect_exit(result.runs[1], 0);
  EXPECT_EQ(result.channels[0].transferred, Bytes{kRounds * sizeof(long)});
  EXPECT_EQ(result.channels[1].transferred, Bytes{kRounds * sizeof(long)});
  EXPECT_EQ(result.end_order, (Order{0, 1}));
  EXPECT_EQ(result.channels[0].beginning.size(), GroupOptions{}.kept_bytes.count);
  const long first = 1;
  EXPECT_EQ(result.channels[1].beginning.substr(0, sizeof first),
            std::string(reinterpret_cast<const char*>(&first), sizeof first));
}

TEST_F(GroupTest, AProgramOfAnInterpretedLanguageTalksToo) {
  if (!fs::exists("/usr/bin/python3")) GTEST_SKIP() << "no /usr/bin/python3 here";
  Command python;
  python.argv = {"/usr/bin/python3", "-I", "-S", "-c",
                 "import sys\n"
                 "for i in range(500):\n"
                 "    sys.stdout.buffer.write((2 * i).to_bytes(8, 'little'))\n"
                 "    sys.stdout.flush()\n"
                 "    assert sys.stdin.buffer.read(8) == (2 * i + 1).to_bytes(8, 'little')\n"};
  python.profile = Profile::Managed;
  const GroupResult result = run_group({{python, {}, {}}, member({"answer"})}, joined());
  expect_exit(result.runs[0], 0);
  expect_exit(result.runs[1], 0);
  EXPECT_EQ(result.channels[0].transferred, Bytes{4000});
}

TEST_F(GroupTest, StreamsWithoutAChannelAreAsInARun) {
  GroupMember reader = member({"cat"});
  reader.command.standard_input.content = "given";
  const GroupResult result = run_group({reader, member({"flood-error", "1"})}, {});
  EXPECT_EQ(result.runs[0].standard_output, "given");
  EXPECT_EQ(result.runs[1].standard_error.size(), 4096U);
}

TEST_F(GroupTest, TheEndOfAProgramIsTheEndOfItsStream) {
  const GroupResult result =
      run_group({member({"flood", "3"}), member({"cat"})}, {{{0, {}}, {1, {}}}});
  expect_exit(result.runs[1], 0);
  EXPECT_EQ(result.runs[0].standard_output, "");
  EXPECT_EQ(result.runs[1].standard_output, std::string(3 * 4096, 'y'));
  EXPECT_EQ(result.end_order, (Order{0, 1}));
}

// The init of the box in which a program runs with `argument` in its command line; 0: there is none.
int init_above(const std::string& argument) {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator("/proc", error)) {
    const auto line = read_small_file(entry.path() / "cmdline");
    if (!line || line->find('\0' + argument + '\0') == std::string::npos) continue;
    const auto status = read_small_file(entry.path() / "status");
    return static_cast<int>(find_keyed_number(status.value_or(""), "PPid:").value_or(0));
  }
  return 0;
}

// However late the end of a program is noted: its streams are closed before.
TEST_F(GroupTest, WhoeverEndsBecauseAStreamEndedEndsSecond) {
  const std::string duration = "713";  // nobody else's, so that it is found
  const std::jthread holder([&duration](const std::stop_token& stop) {
    int init = 0;
    while (init == 0 && !stop.stop_requested()) init = init_above(duration);
    if (init == 0) return;
    kill(init, SIGSTOP);
    std::this_thread::sleep_for(milliseconds(1500));
    kill(init, SIGCONT);
  });
  const GroupResult result =
      run_group({member({"sleep", duration}), member({"cat"})}, {{{0, {}}, {1, {}}}});
  expect_exit(result.runs[0], 0);
  expect_exit(result.runs[1], 0);
  EXPECT_EQ(result.end_order, (Order{0, 1}));
}

TEST_F(GroupTest, AClosedStreamEndsThoughItsProgramGoesOn) {
  const GroupResult result =
      run_group({member({"close-output", "300"}), member({"cat"})}, joined());
  expect_exit(result.runs[0], 0);
  expect_exit(result.runs[1], 0);
  EXPECT_EQ(result.end_order, (Order{1, 0}));
}

// Python closes its files a while before it ends.
TEST_F(GroupTest, AProgramThatEndsSoonAfterItHasClosedItsStreamEndsFirst) {
  const GroupResult ends = run_group({member({"close-and-burn", "50"}), member({"cat"})}, joined());
  EXPECT_EQ(ends.end_order, (Order{0, 1}));
  const GroupResult goes_on =
      run_group({member({"close-and-burn", "500"}), member({"cat"})}, joined());
  EXPECT_EQ(goes_on.end_order, (Order{1, 0}));
}

TEST_F(GroupTest, AClosedStreamEndsWithItsProgramWhereTheChannelSaysSo) {
  std::vector<Channel> channels = joined();
  channels[0].ends_with_writer = true;
  const GroupResult result =
      run_group({member({"close-output", "300"}), member({"cat"})}, channels);
  expect_exit(result.runs[0], 0);
  expect_exit(result.runs[1], 0);
  EXPECT_EQ(result.end_order, (Order{0, 1}));
}

TEST_F(GroupTest, MuchMoreThanTheBuffersHoldGoesThroughUnchanged) {
  Channel channel{{0, {}}, {1, {}}};
  channel.bytes_max = Bytes::mib(128);
  const GroupResult result = run_group({member({"flood", "16384"}), member({"count"})}, {channel});
  expect_exit(result.runs[0], 0);
  EXPECT_EQ(result.runs[1].standard_error, "67108864\n");
  EXPECT_EQ(result.channels[0].transferred, Bytes::mib(64));
  EXPECT_EQ(result.channels[0].beginning, std::string(Bytes::kib(16).count, 'y'));
}

// The reader reads nothing, so the writer has to stop at what the pipes and the buffer hold.
TEST_F(GroupTest, AWriterWaitsForItsReader) {
  Limits short_time;
  short_time.wall_time = milliseconds(400);
  const GroupResult result =
      run_group({member({"flood"}), member({"sleep", "20000"}, short_time)}, {{{0, {}}, {1, {}}}});
  EXPECT_EQ(result.runs[1].status, RunStatus::WallTimeLimit);
  // After the reader's end the writer is no longer held back.
  EXPECT_EQ(result.runs[0].status, RunStatus::OutputLimit);

  Limits shorter = short_time;
  shorter.wall_time = milliseconds(200);
  const GroupResult held = run_group(
      {member({"flood"}, shorter), member({"sleep", "20000"}, short_time)}, {{{0, {}}, {1, {}}}});
  EXPECT_EQ(held.runs[0].status, RunStatus::WallTimeLimit);
  EXPECT_LE(held.channels[0].transferred, Bytes::kib(192));
}

TEST_F(GroupTest, WhatIsWrittenToAnEndedProgramIsCountedAndHurtsNobody) {
  const GroupResult result =
      run_group({member({"flood", "256"}), member({"exit", "0"})}, {{{0, {}}, {1, {}}}});
  expect_exit(result.runs[0], 0);
  expect_exit(result.runs[1], 0);
  EXPECT_EQ(result.channels[0].transferred, Bytes::mib(1));
}

TEST_F(GroupTest, WhatIsWrittenToAClosedStreamIsDroppedToo) {
  const GroupResult result =
      run_group({member({"flood", "256"}), member({"close-input", "1000"})}, {{{0, {}}, {1, {}}}});
  expect_exit(result.runs[0], 0);
  EXPECT_EQ(result.channels[0].transferred, Bytes::mib(1));
  EXPECT_EQ(result.end_order, (Order{0, 1}));
}

TEST_F(GroupTest, ManagersTalkThroughFifos) {
  std::vector<Channel> channels;
  for (std::size_t i = 0; i < 2; ++i) {
    channels.push_back({{0, "to" + std::to_string(i)}, {i + 1, {}}});
    channels.push_back({{i + 1, {}}, {0, "from" + std::to_string(i)}});
  }
  const GroupResult result =
      run_group({member({"manage", "2", "200"}), member({"answer"}), member({"answer"})}, channels);
  for (const ExecutionResult& run : result.runs) expect_exit(run, 0);
  EXPECT_EQ(result.end_order.back(), 0U);
  for (const ChannelResult& channel : result.channels) {
    EXPECT_EQ(channel.transferred, Bytes{200 * sizeof(long)});
  }
}

TEST_F(GroupTest, BothEndsCanBeFifosOpenedLate) {
  const std::vector<Channel> channels = {{{0, "to0"}, {1, "in"}}, {{1, "out"}, {0, "from0"}}};
  for (const char* delay : {"0", "150"}) {
    const GroupResult result =
        run_group({member({"manage", "1", "50"}), member({"answer-fifos", delay})}, channels);
    expect_exit(result.runs[0], 0);
    expect_exit(result.runs[1], 0);
  }
  const GroupResult result =
      run_group({member({"manage", "1", "50"}), member({"impatient"})}, channels);
  expect_exit(result.runs[0], 0);
  expect_exit(result.runs[1], 0);
}

TEST_F(GroupTest, AFifoThatNobodyOpensHoldsNobodyUp) {
  const std::vector<Channel> channels = {{{0, "to0"}, {1, "in"}}, {{1, "out"}, {0, "from0"}}};
  const GroupResult result = run_group({member({"exit", "1"}), member({"exit", "2"})}, channels);
  expect_exit(result.runs[0], 1);
  expect_exit(result.runs[1], 2);
  // Its writer ends without having opened it, while the reader waits in its open.
  const GroupResult waiting =
      run_group({member({"exit", "1"}), member({"answer-fifos", "50"})}, channels);
  expect_exit(waiting.runs[1], 0);
}

TEST_F(GroupTest, EndsAreInTheirOrder) {
  const GroupResult result = run_group({member({"sleep-exit", "1", "400"}),
                                        member({"sleep-exit", "2", "200"}), member({"exit", "3"})},
                                       {});
  EXPECT_EQ(result.end_order, (Order{2, 1, 0}));
  for (int i = 0; i < 3; ++i) expect_exit(result.runs[static_cast<std::size_t>(i)], i + 1);
}

TEST_F(GroupTest, AProgramThatRejectsEndsTheOthers) {
  GroupMember interactor = member({"read-one", "43"});
  interactor.others_go_on_after = 42;
  const GroupResult result = run_group({interactor, member({"flood"})}, joined());
  expect_exit(result.runs[0], 43);
  EXPECT_EQ(result.runs[1].status, RunStatus::GroupEnded);
  EXPECT_EQ(result.end_order, (Order{0, 1}));
}

TEST_F(GroupTest, AProgramThatAcceptsLetsTheOthersGoOn) {
  GroupMember interactor = member({"read-one", "42"});
  interactor.others_go_on_after = 42;
  const GroupResult result = run_group({interactor, member({"flood", "256"})}, joined());
  expect_exit(result.runs[0], 42);
  expect_exit(result.runs[1], 0);
  EXPECT_EQ(result.channels[1].transferred, Bytes::mib(1));
}

// It has ended by itself before, however late both answers are read.
TEST_F(GroupTest, WhoHasEndedKeepsItsOwnEnd) {
  GroupMember interactor = member({"cat"});  // to the end of the other's stream
  interactor.others_go_on_after = 42;
  for (int i = 0; i < 20; ++i) {
    const GroupResult result = run_group({interactor, member({"exit", "7"})}, joined());
    expect_exit(result.runs[0], 0);
    expect_exit(result.runs[1], 7);
    EXPECT_EQ(result.end_order, (Order{1, 0}));
  }
}

TEST_F(GroupTest, MembersAreApart) {
  GroupMember writer = member({"create", "secret"});
  GroupMember list = member({"list", "/box"});
  list.command.files.push_back({"mine", {.content = "x"}, false});
  const GroupResult result = run_group(
      {writer, list, member({"list", "/proc"}), member({"identity"}), member({"identity"})}, {});
  EXPECT_EQ(result.runs[0].standard_output, "created\n");
  EXPECT_EQ(result.runs[1].standard_output.find("secret"), std::string::npos);
  EXPECT_NE(result.runs[1].standard_output.find("mine"), std::string::npos);
  // Of processes only init and itself.
  const std::string& processes = result.runs[2].standard_output;
  EXPECT_NE(("\n" + processes).find("\n2\n"), std::string::npos);
  EXPECT_EQ(("\n" + processes).find("\n3\n"), std::string::npos);
  if (sandbox_->isolation().find("userns") == std::string::npos) {
    EXPECT_NE(result.runs[3].standard_output, result.runs[4].standard_output);
  }
}

TEST_F(GroupTest, OutputsOfEveryMemberAreCopied) {
  GroupMember one = member({"write", "big", "1"});
  GroupMember two = member({"write", "big", "2"});
  one.command.outputs = two.command.outputs = {"big"};
  const GroupResult result = run_group({one, two}, {});
  EXPECT_EQ(result.runs[0].outputs.at("big").size(), Bytes::mib(1).count);
  EXPECT_EQ(result.runs[1].outputs.at("big").size(), Bytes::mib(2).count);
}

TEST_F(GroupTest, WhatCannotBeJoinedIsRefused) {
  const auto code = [this](std::size_t count, const std::vector<Channel>& channels) {
    const std::vector<GroupMember> members(count, member({"exit", "0"}));
    const auto result = sandbox_->run_group(members, channels, {}, {});
    return result ? ErrorCode::Internal : result.error().code;
  };
  EXPECT_EQ(code(0, {}), ErrorCode::BadInput);
  EXPECT_EQ(code(17, {}), ErrorCode::BadInput);
  EXPECT_EQ(code(2, {{{0, {}}, {2, {}}}}), ErrorCode::BadInput);
  EXPECT_EQ(code(2, {{{0, {}}, {0, {}}}}), ErrorCode::BadInput);
  EXPECT_EQ(code(2, {{{0, {}}, {1, {}}}, {{0, {}}, {1, "x"}}}), ErrorCode::BadInput);
  EXPECT_EQ(code(2, {{{0, "x"}, {1, {}}}, {{1, {}}, {0, "x"}}}), ErrorCode::BadInput);
  EXPECT_EQ(code(2, {{{0, "../x"}, {1, {}}}}), ErrorCode::BadInput);
  EXPECT_EQ(code(2, {{{0, "probe"}, {1, {}}}}), ErrorCode::BadInput);
}

TEST_F(GroupTest, AProgramThatCannotStartIsAnErrorAndTheBoxesAreReplaced) {
  GroupMember missing = member({"exit", "0"});
  missing.command.argv = {"./missing"};
  const auto result = sandbox_->run_group({member({"answer"}), missing}, joined(), {}, {});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::Infrastructure);
  const GroupResult after = run_group({member({"ask", "5"}), member({"answer"})}, joined());
  expect_exit(after.runs[0], 0);
}

TEST_F(GroupTest, AStopRequestCancelsAll) {
  std::stop_source stop;
  const std::jthread stopper([&stop] {
    std::this_thread::sleep_for(milliseconds(100));
    stop.request_stop();
  });
  const auto began = steady_clock::now();
  const auto result = sandbox_->run_group({member({"answer"}), member({"sleep", "15000"})},
                                          joined(), {}, stop.get_token());
  ASSERT_TRUE(result);
  for (const ExecutionResult& run : result->runs) EXPECT_EQ(run.status, RunStatus::Cancelled);
  EXPECT_LT(steady_clock::now() - began, milliseconds(10'000));
}

TEST_F(GroupTest, ManyGroupsLeaveNoDescriptorOpen) {
  const auto count = [] {
    return std::distance(fs::directory_iterator("/proc/self/fd"), fs::directory_iterator());
  };
  const std::vector<Channel> channels = {{{0, "to0"}, {1, {}}}, {{1, {}}, {0, "from0"}}};
  const std::vector<GroupMember> members = {member({"manage", "1", "2"}), member({"answer"})};
  GroupMember missing = member({"exit", "0"});
  missing.command.argv = {"./missing"};
  // Programs that cannot start leave new boxes behind, so the count begins after one of them.
  EXPECT_FALSE(sandbox_->run_group({member({"answer"}), missing}, joined(), {}, {}));
  run_group(members, channels);
  const auto before = count();
  for (int i = 0; i < 200; ++i) expect_exit(run_group(members, channels).runs[0], 0);
  EXPECT_EQ(count(), before);
  EXPECT_FALSE(sandbox_->run_group({member({"answer"}), missing}, joined(), {}, {}));
  run_group(members, channels);
  EXPECT_EQ(count(), before);
}

// The pool gives a group all its places at once: groups and runs on one and on two workers never wait
// for each other's parts.
TEST_F(GroupTest, GroupsAtTheSameTimeDoNotBlockEachOther) {
  for (const int boxes : {1, 2}) {
    make(boxes);
    std::atomic<int> failures = 0;
    {
      std::vector<std::jthread> callers;
      for (std::size_t size = 1; size <= 4; ++size) {
        callers.emplace_back([this, size, &failures] {
          const std::vector<GroupMember> members(size, member({"exit", "3"}));
          for (int i = 0; i < 15; ++i) {
            const auto result = sandbox_->run_group(members, {}, {}, {});
            const auto good = [](const ExecutionResult& run) { return run.exit_code == 3; };
            if (!result || !std::all_of(result->runs.begin(), result->runs.end(), good)) ++failures;
          }
        });
      }
    }
    EXPECT_EQ(failures, 0);
  }
}

}  // namespace
}  // namespace eval::sandbox
