#include "runners/chat_reply.h"

#include <gtest/gtest.h>

namespace eval::runners {
namespace {

using State = ChatReply::State;

// One event of a stream, with `choice` as the inside of its first choice.
std::string event(const std::string& choice, const std::string& more = "") {
  return R"(data: {"model":"m","choices":[{"index":0,)" + choice + "}]" + more + "}\n\n";
}

std::string delta(const std::string& members) {
  return event(R"("delta":{)" + members + "}");
}

const std::string kStop = event(R"("delta":{},"finish_reason":"stop")");
const std::string kDone = "data: [DONE]\n\n";

Generation complete(const std::string& body) {
  ChatReply reply;
  reply.feed(body);
  EXPECT_EQ(reply.finish(), State::Complete) << reply.garbage();
  return reply.state() == State::Complete ? reply.generation() : Generation{};
}

State state_after(const std::string& body) {
  ChatReply reply;
  reply.feed(body);
  return reply.finish();
}

FinishReason finish_reason_of(const std::string& name) {
  return complete(event(R"("delta":{"content":"x"},"finish_reason":")" + name + "\""))
      .finish_reason;
}

TEST(ChatReply, CollectsTheTextOfAStream) {
  const Generation generation =
      complete(delta(R"("role":"assistant","content":"")") + delta(R"("content":"Hel")") +
               delta(R"("content":"lo")") + kStop + kDone);
  EXPECT_EQ(generation.text, "Hello");
  EXPECT_EQ(generation.reasoning, std::nullopt);
  EXPECT_EQ(generation.finish_reason, FinishReason::Stop);
  EXPECT_EQ(generation.model, "m");
  EXPECT_EQ(generation.completion_tokens, std::nullopt);
}

TEST(ChatReply, CollectsLogprobsOfAStreamAndOfAMessage) {
  const auto token = [](std::string_view text, std::string_view value) {
    return R"({"token":")" + std::string(text) + R"(","logprob":)" + std::string(value) + "}";
  };
  const TokenLogprobs expected{.ids = {}, .texts = {"Hel", "lo"}, .values = {-0.5F, -1.25F}};
  const Generation streamed = complete(
      event(R"("delta":{"content":"Hel"},"logprobs":{"content":[)" + token("Hel", "-0.5") + "]}") +
      event(R"("delta":{"content":"lo"},"logprobs":{"content":[)" + token("lo", "-1.25") + "]}") +
      event(R"("delta":{},"logprobs":null)") + kStop + kDone);
  EXPECT_EQ(streamed.logprobs, expected);
  const Generation whole =
      complete(R"({"choices":[{"message":{"content":"Hello"},"finish_reason":"stop","logprobs":)"
               R"({"content":[)" +
               token("Hel", "-0.5") + "," + token("lo", "-1.25") + R"(]}}]})");
  EXPECT_EQ(whole.logprobs, expected);
  EXPECT_EQ(complete(delta(R"("content":"Hello")") + kStop + kDone).logprobs, std::nullopt);
}

TEST(ChatReply, GivesTheSameForEveryCutOfTheStream) {
  const std::string body =
      delta(R"("reasoning_content":"hm ö")") + delta(R"("content":"Hé🌍")") + kStop +
      "data: {\"choices\":[],\"usage\":{\"completion_tokens\":3}}\r\n\r\n" + kDone;
  const Generation expected = complete(body);
  for (std::size_t cut = 0; cut <= body.size(); ++cut) {
    ChatReply reply;
    reply.feed(std::string_view(body).substr(0, cut));
    reply.feed(std::string_view(body).substr(cut));
    ASSERT_EQ(reply.finish(), State::Complete) << "cut at byte " << cut;
    EXPECT_EQ(reply.generation(), expected) << "cut at byte " << cut;
  }
}

TEST(ChatReply, IsNeverCompleteBeforeItsFinishReason) {
  const std::string text = delta(R"("content":"Hello")");
  const std::string body = text + kStop;
  for (std::size_t end = 0; end + 2 < body.size(); ++end) {
    // The last blank line may be missing, the JSON of the last event not.
    EXPECT_NE(state_after(body.substr(0, end)), State::Complete) << "end at byte " << end;
  }
}

TEST(ChatReply, ReadsTheUsageOfTheLastChunk) {
  const Generation generation = complete(
      delta(R"("content":"x")") + kStop +
      "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":11,\"completion_tokens\":7}}\n\n" +
      kDone);
  EXPECT_EQ(generation.prompt_tokens, 11);
  EXPECT_EQ(generation.completion_tokens, 7);
}

TEST(ChatReply, ReadsTheUsageBesideTheFinishReason) {
  const Generation generation =
      complete(event(R"("delta":{},"finish_reason":"stop")", R"(,"usage":{"prompt_tokens":1})"));
  EXPECT_EQ(generation.prompt_tokens, 1);
}

TEST(ChatReply, KeepsReasoningContentApart) {
  const Generation generation =
      complete(delta(R"("reasoning_content":"hm")") + delta(R"("content":"x")") + kStop);
  EXPECT_EQ(generation.reasoning, "hm");
  EXPECT_EQ(generation.text, "x");
}

TEST(ChatReply, TakesReasoningThatComesUnderBothNamesOnce) {
  const Generation generation =
      complete(delta(R"("reasoning_content":"hm","reasoning":"hm")") + kStop);
  EXPECT_EQ(generation.reasoning, "hm");
}

TEST(ChatReply, SplitsThinkTagsThatAreCutAcrossChunks) {
  const Generation generation =
      complete(delta(R"("content":"<thi")") + delta(R"("content":"nk>hm</think>x")") + kStop);
  EXPECT_EQ(generation.reasoning, "hm");
  EXPECT_EQ(generation.text, "x");
}

TEST(ChatReply, LeavesThinkTagsInTheAnswerWhenReasoningCameApart) {
  const Generation generation =
      complete(delta(R"("reasoning":"hm")") + delta(R"("content":"a</think>b")") + kStop);
  EXPECT_EQ(generation.text, "a</think>b");
}

TEST(ChatReply, ReadsContentInParts) {
  const Generation generation = complete(
      delta(R"("content":[{"type":"thinking","thinking":[{"type":"text","text":"hm"}]}])") +
      delta(R"("content":[{"type":"text","text":"x"}])") + kStop);
  EXPECT_EQ(generation.reasoning, "hm");
  EXPECT_EQ(generation.text, "x");
}

TEST(ChatReply, CallsARefusalRefused) {
  const Generation generation = complete(delta(R"("refusal":"No.")") + kStop);
  EXPECT_EQ(generation.finish_reason, FinishReason::Refused);
  EXPECT_EQ(generation.text, "No.");
}

TEST(ChatReply, KnowsTheFinishReasons) {
  EXPECT_EQ(finish_reason_of("stop"), FinishReason::Stop);
  EXPECT_EQ(finish_reason_of("length"), FinishReason::Length);
  EXPECT_EQ(finish_reason_of("content_filter"), FinishReason::Refused);
  EXPECT_EQ(finish_reason_of("tool_calls"), FinishReason::Stop);
}

TEST(ChatReply, TakesAnAbortForAComplaint) {
  EXPECT_EQ(state_after(event(R"("delta":{},"finish_reason":"abort")")), State::Complaint);
}

TEST(ChatReply, TakesDoneForAFinishReason) {
  EXPECT_EQ(complete(delta(R"("content":"x")") + kDone).text, "x");
}

TEST(ChatReply, TakesAFinishReasonForDone) {
  EXPECT_EQ(complete(delta(R"("content":"x")") + kStop).text, "x");
}

TEST(ChatReply, StaysOpenWhenTheStreamIsCut) {
  EXPECT_EQ(state_after(delta(R"("content":"x")")), State::Open);
  EXPECT_EQ(state_after(delta(R"("content":"x")") + "data: {\"choices\":[{\"ind"), State::Open);
  EXPECT_EQ(state_after(""), State::Open);
}

TEST(ChatReply, CallsAnythingElseGarbage) {
  EXPECT_EQ(state_after("<html>Bad gateway</html>"), State::Garbage);
  EXPECT_EQ(state_after("data: {\"choices\":[\n\n"), State::Garbage);
  EXPECT_EQ(state_after("data: 7\n\n"), State::Garbage);
  EXPECT_EQ(state_after("{\"choices\":["), State::Garbage);
  EXPECT_EQ(state_after("{}"), State::Garbage);
  EXPECT_EQ(state_after("[]"), State::Garbage);
  EXPECT_EQ(state_after(kDone), State::Garbage);
}

TEST(ChatReply, IgnoresWhatComesAfterTheFinishReason) {
  EXPECT_EQ(complete(delta(R"("content":"x")") + kStop + "data: oops\n\n").text, "x");
}

TEST(ChatReply, IgnoresFurtherChoices) {
  EXPECT_EQ(complete(R"(data: {"choices":[{"index":1,"delta":{"content":"b"}}]})"
                     "\n\n" +
                     delta(R"("content":"a")") + kStop)
                .text,
            "a");
}

TEST(ChatReply, ReadsAReplyThatIsNotStreamed) {
  const Generation generation =
      complete(R"( {"model":"m","choices":[{"message":{"content":"x","reasoning_content":"hm"},)"
               R"("finish_reason":"length"}],"usage":{"prompt_tokens":1,"completion_tokens":2}})");
  EXPECT_EQ(generation.text, "x");
  EXPECT_EQ(generation.reasoning, "hm");
  EXPECT_EQ(generation.finish_reason, FinishReason::Length);
  EXPECT_EQ(generation.completion_tokens, 2);
}

TEST(ChatReply, ReportsAnErrorInsideTheStream) {
  ChatReply reply;
  EXPECT_EQ(reply.feed("data: {\"error\":{\"message\":\"died\",\"code\":503}}\n\n"),
            State::Complaint);
  EXPECT_EQ(reply.complaint().message, "died");
  EXPECT_EQ(reply.complaint().status, 503);
}

TEST(ReadComplaint, FindsTheMessageWhereServersPutIt) {
  EXPECT_EQ(read_complaint(R"({"error":{"message":"a","type":"t"}})").message, "a");
  EXPECT_EQ(read_complaint(R"({"error":{"message":"a","type":"t"}})").kind, "t");
  EXPECT_EQ(read_complaint(R"({"error":"b"})").message, "b");
  EXPECT_EQ(read_complaint(R"({"object":"error","message":"c","code":400})").message, "c");
  EXPECT_EQ(read_complaint(R"({"object":"error","message":"c","code":400})").status, 400);
  EXPECT_EQ(read_complaint(R"({"detail":[{"msg":"d"}]})").message, R"([{"msg":"d"}])");
  EXPECT_EQ(read_complaint(" plain text\n").message, "plain text");
  EXPECT_EQ(read_complaint(R"({"x":1})").message, R"({"x":1})");
}

}  // namespace
}  // namespace eval::runners
