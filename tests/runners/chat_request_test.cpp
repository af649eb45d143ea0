#include "runners/chat_request.h"

#include <gtest/gtest.h>

namespace eval::runners {
namespace {

GenerationRequest request() {
  GenerationRequest one;
  one.problem_id = "suite/slug";
  one.prompt.messages = {{Role::System, "Be brief."}, {Role::User, "Solve \"it\"."}};
  return one;
}

std::string key_of(const GenerationRequest& one) {
  return cache_key("http://127.0.0.1/v1/chat/completions", "m", one);
}

TEST(ChatBody, HoldsTheMessagesAndNothingUnasked) {
  EXPECT_EQ(to_json_line(chat_body("m", request(), false)),
            R"({"model":"m","messages":[{"role":"system","content":"Be brief."},)"
            R"({"role":"user","content":"Solve \"it\"."}],"stream":false})");
}

TEST(ChatBody, HoldsTheSamplingParametersThatAreSet) {
  GenerationRequest one = request();
  one.sampling = {.temperature = 0.5, .top_p = 0.25, .max_tokens = 100, .seed = 7, .stop = {"END"}};
  const Json body = chat_body("m", one, true);
  EXPECT_EQ(body["temperature"], 0.5);
  EXPECT_EQ(body["top_p"], 0.25);
  EXPECT_EQ(body["max_tokens"], 100);
  EXPECT_EQ(body["seed"], 7);
  EXPECT_EQ(body["stop"], Json::array({"END"}));
  EXPECT_EQ(body["stream"], true);
  EXPECT_EQ(body["stream_options"]["include_usage"], true);
}

TEST(ChatBody, HoldsWhatServersAddToTheProtocolOnlyWhenItIsSet) {
  GenerationRequest one = request();
  one.sampling.top_k = 20;
  one.sampling.min_p = 0.1;
  one.sampling.repetition_penalty = 1.05;
  one.sampling.presence_penalty = 0.5;
  one.sampling.frequency_penalty = -0.5;
  one.sampling.stop_token_ids = {2, 11};
  one.sampling.thinking = false;
  EXPECT_FALSE(chat_body("m", one, false).contains("logprobs"));
  one.sampling.logprobs = true;
  const Json body = chat_body("m", one, false);
  EXPECT_EQ(body["logprobs"], true);
  EXPECT_EQ(body["top_k"], 20);
  EXPECT_EQ(body["min_p"], 0.1);
  EXPECT_EQ(body["repetition_penalty"], 1.05);
  EXPECT_EQ(body["presence_penalty"], 0.5);
  EXPECT_EQ(body["frequency_penalty"], -0.5);
  EXPECT_EQ(body["stop_token_ids"], Json::array({2, 11}));
  EXPECT_EQ(body["chat_template_kwargs"]["enable_thinking"], false);
}

TEST(ChatBody, SendsSeedsThatFitThirtyOneBits) {
  GenerationRequest one = request();
  one.sampling.seed = 0xffff'ffff'ffff'fffeULL;
  EXPECT_EQ(chat_body("m", one, false)["seed"], 0x7fff'fffe);
}

TEST(ChatEndpoint, AppendsThePathOnce) {
  EXPECT_EQ(chat_endpoint("http://h/v1"), "http://h/v1/chat/completions");
  EXPECT_EQ(chat_endpoint("http://h/v1/"), "http://h/v1/chat/completions");
  EXPECT_EQ(chat_endpoint("http://h/v1/chat/completions"), "http://h/v1/chat/completions");
}

TEST(ChatEndpoint, KeepsAQueryBehindThePath) {
  EXPECT_EQ(chat_endpoint("http://h/v1?version=2"), "http://h/v1/chat/completions?version=2");
}

TEST(CacheKey, IsTheSameForTheSameRequest) {
  EXPECT_EQ(key_of(request()), key_of(request()));
}

TEST(CacheKey, DependsOnEverythingThatDecidesTheReply) {
  const std::string key = key_of(request());
  GenerationRequest other = request();
  other.prompt.messages[1].content += " ";
  EXPECT_NE(key_of(other), key);
  other = request();
  other.sampling.temperature = 0;
  EXPECT_NE(key_of(other), key);
  other = request();
  other.sampling.seed = 1;
  EXPECT_NE(key_of(other), key);
  EXPECT_NE(cache_key("http://127.0.0.1/v1/chat/completions", "n", request()), key);
  EXPECT_NE(cache_key("http://127.0.0.2/v1/chat/completions", "m", request()), key);
}

TEST(CacheKey, TellsSeedsApartThatAreSentAlike) {
  GenerationRequest one = request();
  GenerationRequest other = request();
  one.sampling.seed = 5;
  other.sampling.seed = 5 + (1ULL << 40);
  EXPECT_NE(key_of(one), key_of(other));
}

TEST(CacheKey, TellsAttemptsWithoutASeedApart) {
  GenerationRequest other = request();
  other.attempt = 1;
  EXPECT_NE(key_of(other), key_of(request()));
}

}  // namespace
}  // namespace eval::runners
