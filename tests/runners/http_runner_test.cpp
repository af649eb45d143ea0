#include "runners/http_runner.h"

#include <gmock/gmock.h>

#include <atomic>
#include <map>
#include <mutex>
#include <thread>

#include "base/text.h"
#include "runners/replay_runner.h"
#include "tests/support/test_server.h"

namespace eval::runners {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;
using test::TestServer;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

constexpr const char* kApiKey = "sk-test-0123456789abcdef";
constexpr const char* kHello = "Hello, wörld 🌍";

class HttpRunnerTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto server = TestServer::start();
    ASSERT_TRUE(server) << describe(server.error());
    server_ = *std::move(server);
  }

  // Quick to give up; the model name says how the server behaves.
  HttpRunnerOptions options(std::string model) const {
    HttpRunnerOptions some;
    some.base_url = server_->url("/v1");
    some.model = std::move(model);
    some.api_key = kApiKey;
    some.tries = 3;
    some.idle_timeout = 10s;
    some.backoff_first = 10ms;
    some.backoff_max = 1000ms;
    return some;
  }

  static std::unique_ptr<Runner> make(HttpRunnerOptions some) {
    auto runner = make_http_runner(std::move(some));
    EXPECT_TRUE(runner) << describe(runner.error());
    return runner ? *std::move(runner) : nullptr;
  }

  static GenerationRequest request() {
    GenerationRequest one;
    one.problem_id = "quickstart/twopiles";
    one.prompt.messages = {{Role::System, "Be brief."}, {Role::User, "Solve it."}};
    one.sampling.seed = 7;
    return one;
  }

  static Result<Generation> ask(HttpRunnerOptions some) {
    return make(std::move(some))->generate(request(), {});
  }

  Generation ask_well(const std::string& model) const {
    auto generation = ask(options(model));
    EXPECT_TRUE(generation) << describe(generation.error());
    return generation.value_or(Generation{});
  }

  // The Error of a behaviour that cannot end well. The key is never part of it.
  static Error error_of(HttpRunnerOptions some) {
    const auto generation = ask(std::move(some));
    EXPECT_FALSE(generation);
    if (generation) return {};
    EXPECT_THAT(describe(generation.error()), Not(HasSubstr(kApiKey)));
    return generation.error();
  }

  std::size_t requests(const std::string& model) const {
    return server_->log(model)["requests"].size();
  }

  // When try `n` (from 0) reached the server, relative to the first, in seconds.
  double arrival(const std::string& model, std::size_t n) const {
    const Json log = server_->log(model);
    return log["requests"][n]["at"].get<double>() - log["requests"][0]["at"].get<double>();
  }

  std::unique_ptr<TestServer> server_;
};

TEST_F(HttpRunnerTest, CollectsAStreamedReply) {
  const Generation generation = ask_well("ok");
  EXPECT_EQ(generation.text, kHello);
  EXPECT_EQ(generation.reasoning, std::nullopt);
  EXPECT_EQ(generation.finish_reason, FinishReason::Stop);
  EXPECT_EQ(generation.prompt_tokens, 11);
  EXPECT_EQ(generation.completion_tokens, 7);
  EXPECT_EQ(generation.model, "served-model");
  EXPECT_EQ(generation.tries, 1);
  EXPECT_FALSE(generation.from_cache);
  ASSERT_TRUE(generation.first_token_time);
  EXPECT_LE(*generation.first_token_time, generation.total_time);
}

TEST_F(HttpRunnerTest, NamesServerAndModelInTheFingerprint) {
  EXPECT_EQ(ask_well("ok").fingerprint, "http ok at " + server_->url("/v1") + " fp_test");
}

TEST_F(HttpRunnerTest, TakesAReplyThatIsNotStreamed) {
  HttpRunnerOptions some = options("ok-json");
  some.stream = false;
  EXPECT_EQ(ask(some)->text, kHello);
  some.stream = true;  // asked for, but not given
  EXPECT_EQ(ask(some)->text, kHello);
}

TEST_F(HttpRunnerTest, SendsTheRequestOfTheProtocol) {
  GenerationRequest one = request();
  one.sampling.temperature = 0.25;
  one.sampling.max_tokens = 99;
  const auto generation = make(options("echo"))->generate(one, {});
  ASSERT_TRUE(generation) << describe(generation.error());
  const Json told = parse_json(generation->text, "echo").value();
  EXPECT_EQ(told["path"], "/v1/chat/completions");
  EXPECT_EQ(told["authorization"], std::string("Bearer ") + kApiKey);
  EXPECT_EQ(to_json_line(told["body"]),
            R"({"model":"echo","messages":[{"role":"system","content":"Be brief."},)"
            R"({"role":"user","content":"Solve it."}],"temperature":0.25,"max_tokens":99,)"
            R"("seed":7,"stream":true,"stream_options":{"include_usage":true}})");
}

TEST_F(HttpRunnerTest, SendsNoAuthorizationWithoutAKey) {
  HttpRunnerOptions some = options("echo");
  some.api_key.clear();
  EXPECT_EQ(parse_json(ask(some)->text, "echo").value()["authorization"], nullptr);
}

TEST_F(HttpRunnerTest, KeepsReasoningApartHoweverItComes) {
  for (const char* model : {"reasoning-content", "reasoning", "think-tags"}) {
    const Generation generation = ask_well(model);
    EXPECT_EQ(generation.reasoning, "Let me think") << model;
    EXPECT_EQ(generation.text, kHello) << model;
  }
}

TEST_F(HttpRunnerTest, TellsWhyTheModelStopped) {
  EXPECT_EQ(ask_well("finish=length").finish_reason, FinishReason::Length);
  EXPECT_EQ(ask_well("finish=content_filter").finish_reason, FinishReason::Refused);
  EXPECT_EQ(ask_well("finish=tool_calls").finish_reason, FinishReason::Stop);
  EXPECT_EQ(ask_well("refusal").finish_reason, FinishReason::Refused);
  EXPECT_EQ(ask_well("refusal").text, "I will not");
}

TEST_F(HttpRunnerTest, ReadsStreamsCutAnywhere) {
  EXPECT_EQ(ask_well("odd-chunks").text, kHello);
  EXPECT_EQ(ask_well("crlf").text, kHello);
}

TEST_F(HttpRunnerTest, TriesAgainAfterPassingFailures) {
  for (const char* model :
       {"status-once=408", "status-once=409", "status-once=425", "status-once=429",
        "status-once=502", "cut-once", "cut-cleanly-once", "close-once", "garbage-once",
        "garbage-json-once", "garbage-event-once", "error-in-stream-once"}) {
    const Generation generation = ask_well(model);
    EXPECT_EQ(generation.text, kHello) << model;
    // A connection that closed without a byte may be repeated below the runner's count.
    EXPECT_LE(generation.tries, 2) << model;
    EXPECT_EQ(requests(model), 2U) << model;
  }
}

TEST_F(HttpRunnerTest, CountsItsTries) {
  EXPECT_EQ(ask_well("500-twice").tries, 3);
  EXPECT_EQ(requests("500-twice"), 3U);
}

TEST_F(HttpRunnerTest, TriesAgainAfterSilence) {
  for (const char* model : {"silent-once", "stall-once"}) {
    HttpRunnerOptions some = options(model);
    some.idle_timeout = 300ms;
    const auto generation = ask(some);
    ASSERT_TRUE(generation) << describe(generation.error());
    EXPECT_EQ(generation->text, kHello);
    EXPECT_EQ(generation->tries, 2);
  }
}

TEST_F(HttpRunnerTest, GivesUpAfterItsTries) {
  const Error error = error_of(options("status=503"));
  EXPECT_EQ(error.code, ErrorCode::Network);
  EXPECT_THAT(error.what, HasSubstr("HTTP 503"));
  EXPECT_THAT(error.what, HasSubstr("at the last of 3 tries"));
  EXPECT_EQ(error.where, "POST " + server_->url("/v1/chat/completions"));
  EXPECT_EQ(requests("status=503"), 3U);
}

TEST_F(HttpRunnerTest, SaysThatTheConnectionIsCutEachTime) {
  EXPECT_THAT(error_of(options("cut")).what, HasSubstr("connection cut after"));
  EXPECT_EQ(requests("cut"), 3U);
}

TEST_F(HttpRunnerTest, TakesAReplyThatIsCutAfterItsFinishReason) {
  const Generation generation = ask_well("cut-after-finish");
  EXPECT_EQ(generation.text, kHello);
  EXPECT_EQ(generation.tries, 1);
  EXPECT_EQ(generation.completion_tokens, std::nullopt);
}

TEST_F(HttpRunnerTest, WaitsAsLongAsTheServerAsksInSeconds) {
  EXPECT_EQ(ask_well("rate-limited").tries, 2);
  EXPECT_GE(arrival("rate-limited", 1), 0.3);
}

TEST_F(HttpRunnerTest, WaitsAsLongAsTheServerAsksWithADate) {
  EXPECT_EQ(ask_well("rate-limited-date").tries, 2);
  EXPECT_GE(arrival("rate-limited-date", 1), 0.99);
}

TEST_F(HttpRunnerTest, WaitsNoLongerThanItsOwnMaximum) {
  HttpRunnerOptions some = options("rate-limited-long");
  some.backoff_max = 100ms;
  EXPECT_EQ(ask(some)->tries, 2);
  EXPECT_LT(arrival("rate-limited-long", 1), 5.0);
}

TEST_F(HttpRunnerTest, DoesNotTryAgainWhatCannotMend) {
  for (const int status : {400, 401, 403, 404, 422}) {
    const std::string model = "status=" + std::to_string(status);
    const Error error = error_of(options(model));
    EXPECT_EQ(error.code, ErrorCode::Network);
    EXPECT_THAT(error.what, HasSubstr("HTTP " + std::to_string(status) + ": bad request"));
    EXPECT_THAT(error.what, HasSubstr("Bearer [redacted]"));
    EXPECT_EQ(requests(model), 1U);
  }
  EXPECT_THAT(error_of(options("status=401")).help, HasSubstr("API key"));
}

TEST_F(HttpRunnerTest, DoesNotTryAgainWhenTheStreamSaysThatTheRequestIsBad) {
  EXPECT_THAT(error_of(options("error-in-stream")).what, HasSubstr("context too long"));
  EXPECT_EQ(requests("error-in-stream"), 1U);
}

TEST_F(HttpRunnerTest, DoesNotFollowARedirectWithItsKey) {
  EXPECT_THAT(error_of(options("redirect")).what, HasSubstr("HTTP 307"));
  EXPECT_EQ(requests("redirect"), 1U);
}

TEST_F(HttpRunnerTest, EndsARequestAtItsDeadline) {
  HttpRunnerOptions some = options("drip");
  some.request_deadline = 300ms;
  EXPECT_THAT(error_of(some).what, HasSubstr("deadline of 300 ms exceeded"));
  EXPECT_EQ(requests("drip"), 1U);
}

TEST_F(HttpRunnerTest, EndsAReplyThatIsTooLarge) {
  HttpRunnerOptions some = options("huge");
  some.response_limit = Bytes::mib(1);
  EXPECT_THAT(error_of(some).what, HasSubstr("response larger than 1 MiB"));
  EXPECT_EQ(requests("huge"), 1U);
}

TEST_F(HttpRunnerTest, StopsWithinATenthOfASecond) {
  for (const char* model : {"silent", "drip"}) {
    std::stop_source source;
    steady_clock::time_point asked;
    const std::jthread stopper([&] {
      std::this_thread::sleep_for(100ms);
      asked = steady_clock::now();
      source.request_stop();
    });
    const auto generation = make(options(model))->generate(request(), source.get_token());
    // 100 ms are promised; a machine busy with other tests is given more.
    EXPECT_LT(steady_clock::now() - asked, 500ms) << model;
    ASSERT_FALSE(generation) << model;
    EXPECT_EQ(generation.error().code, ErrorCode::Cancelled) << model;
  }
}

TEST_F(HttpRunnerTest, StopsWhileItWaitsToTryAgain) {
  HttpRunnerOptions some = options("status=503");
  some.backoff_first = 60s;
  some.backoff_max = 60s;
  std::stop_source source;
  const std::jthread stopper([&] {
    std::this_thread::sleep_for(200ms);
    source.request_stop();
  });
  const auto begin = steady_clock::now();
  const auto generation = make(some)->generate(request(), source.get_token());
  ASSERT_FALSE(generation);
  EXPECT_EQ(generation.error().code, ErrorCode::Cancelled);
  EXPECT_LT(steady_clock::now() - begin, 5s);
}

TEST_F(HttpRunnerTest, HasTwoHundredRequestsInFlightAtOnce) {
  constexpr int kRequests = 200;
  // The server answers none of them before all of them are there.
  HttpRunnerOptions some = options("barrier=200");
  some.concurrency = kRequests;
  some.tries = 1;
  some.idle_timeout = 60s;
  some.connect_timeout = 30s;
  const auto runner = make(some);
  std::atomic<int> good = 0;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < kRequests; ++i) {
      threads.emplace_back([&] {
        const auto generation = runner->generate(request(), {});
        if (generation && generation->text == kHello) ++good;
      });
    }
  }
  EXPECT_EQ(good, kRequests);
  EXPECT_EQ(server_->log("x")["most_in_flight"], kRequests);
  EXPECT_EQ(runner->preferred_concurrency(), kRequests);
}

TEST_F(HttpRunnerTest, KeepsItsKeyToItself) {
  // The server echoes the key in an error, in garbage, and in its own words.
  for (const char* model : {"status=400", "status=500", "echo-garbage"}) {
    EXPECT_THAT(error_of(options(model)).what, HasSubstr("[redacted]")) << model;
  }
  const auto runner = make(options("ok"));
  const auto generation = runner->generate(request(), {});
  ASSERT_TRUE(generation);
  EXPECT_THAT(recording_line("p", 0, *generation), Not(HasSubstr(kApiKey)));
  EXPECT_THAT(runner->description(), Not(HasSubstr(kApiKey)));
}

TEST_F(HttpRunnerTest, KeepsEvenHalfOfItsKeyToItselfWhereItShortensAMessage) {
  for (int start = 370; start <= 400; start += 5) {
    const Error error = error_of(options("echo-late=" + std::to_string(start)));
    EXPECT_THAT(error.what, Not(HasSubstr(std::string(kApiKey).substr(0, 5)))) << start;
  }
}

TEST_F(HttpRunnerTest, LeavesCredentialsOutOfItsDescription) {
  HttpRunnerOptions some = options("ok");
  some.base_url = replace_all(server_->url("/v1/?token=secret"), "://", "://user:secret@");
  const auto runner = make(some);
  EXPECT_EQ(runner->description(), "http ok at " + server_->url("/v1"));
  const auto generation = runner->generate(request(), {});
  ASSERT_TRUE(generation) << describe(generation.error());
  EXPECT_THAT(generation->fingerprint, Not(HasSubstr("secret")));
}

TEST_F(HttpRunnerTest, AsksOnlyOnceForWhatIsInTheCache) {
  std::mutex mutex;
  std::map<std::string, Generation> kept;  // guarded by mutex
  HttpRunnerOptions some = options("ok");
  some.cache.find = [&](const std::string& key) -> std::optional<Generation> {
    const std::lock_guard lock(mutex);
    const auto found = kept.find(key);
    return found == kept.end() ? std::nullopt : std::optional(found->second);
  };
  some.cache.keep = [&](const std::string& key, const Generation& generation) {
    const std::lock_guard lock(mutex);
    kept[key] = generation;
  };
  const auto runner = make(some);
  const auto first = runner->generate(request(), {});
  const auto second = runner->generate(request(), {});
  ASSERT_TRUE(first && second);
  EXPECT_FALSE(first->from_cache);
  EXPECT_TRUE(second->from_cache);
  EXPECT_EQ(second->text, first->text);
  EXPECT_EQ(requests("ok"), 1U);
  GenerationRequest other = request();
  other.sampling.seed = 8;
  EXPECT_FALSE(runner->generate(other, {})->from_cache);
  EXPECT_THAT(kept, SizeIs(2));
}

TEST_F(HttpRunnerTest, KeepsNoFailureInTheCache) {
  HttpRunnerOptions some = options("status=400");
  bool was_kept = false;
  some.cache.keep = [&](const std::string&, const Generation&) { was_kept = true; };
  error_of(some);
  EXPECT_FALSE(was_kept);
}

TEST(MakeHttpRunner, RefusesOptionsThatCannotWork) {
  HttpRunnerOptions good;
  good.base_url = "http://127.0.0.1:1/v1";
  good.model = "m";
  EXPECT_TRUE(make_http_runner(good));
  HttpRunnerOptions bad = good;
  bad.base_url = "127.0.0.1:1/v1";
  EXPECT_EQ(make_http_runner(bad).error().code, ErrorCode::Usage);
  bad = good;
  bad.model.clear();
  EXPECT_EQ(make_http_runner(bad).error().code, ErrorCode::Usage);
  bad = good;
  bad.tries = 0;
  EXPECT_EQ(make_http_runner(bad).error().code, ErrorCode::Usage);
  bad = good;
  bad.concurrency = 0;
  EXPECT_EQ(make_http_runner(bad).error().code, ErrorCode::Usage);
  bad = good;
  bad.api_key = "secret\n";
  EXPECT_EQ(make_http_runner(bad).error().code, ErrorCode::Usage);
  EXPECT_THAT(describe(make_http_runner(bad).error()), Not(HasSubstr("secret")));
}

TEST(MakeHttpRunner, SaysThatNoServerIsThere) {
  HttpRunnerOptions some;
  some.base_url = "http://127.0.0.1:1/v1";
  some.model = "m";
  some.tries = 2;
  some.backoff_first = 1ms;
  const auto runner = make_http_runner(some).value();
  const auto generation = runner->generate({}, {});
  ASSERT_FALSE(generation);
  EXPECT_THAT(generation.error().what, HasSubstr("could not connect"));
  EXPECT_THAT(generation.error().what, HasSubstr("at the last of 2 tries"));
  EXPECT_EQ(generation.error().help, "see that the model server is running");
}

}  // namespace
}  // namespace eval::runners
