#include "runners/http_runner.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/clock.h"
#include "base/http.h"
#include "base/json.h"
#include "base/text.h"
#include "runners/chat_reply.h"
#include "runners/chat_request.h"
#include "runners/retry.h"

namespace eval::runners {
namespace {

using std::chrono::milliseconds;
using SteadyClock = std::chrono::steady_clock;

constexpr std::size_t kMessageBytesMax = 400;        // of a server's words in an Error
constexpr std::size_t kErrorBodyBytesMax = 1 << 20;  // looked at; no server has more to say
constexpr std::size_t kSecretBytesMin = 6;  // a shorter key is a placeholder, see redacted()

bool is_retriable_status(int status) {
  return status == 408 || status == 409 || status == 425 || status == 429 ||
         (status >= 500 && status <= 599);
}

bool is_retriable(const ServerComplaint& complaint) {
  if (complaint.status) return is_retriable_status(*complaint.status);
  return complaint.kind != "invalid_request_error" && complaint.kind != "BadRequestError";
}

bool is_retriable(HttpFailure failure) {
  switch (failure) {
    case HttpFailure::NotConnected:
    case HttpFailure::Cut:
    case HttpFailure::Silent:
      return true;
    case HttpFailure::BadRequest:
    case HttpFailure::Insecure:
    case HttpFailure::Deadline:
    case HttpFailure::TooLarge:
    case HttpFailure::Stopped:
      return false;
  }
  return false;
}

// One line without control characters: a server's words end up on a terminal.
std::string one_line(std::string_view text) {
  std::string line = to_valid_utf8(text);
  std::replace_if(
      line.begin(), line.end(),
      [](char c) { return (static_cast<unsigned char>(c) < 0x20) || c == 0x7f; }, ' ');
  return std::string(trim(line));
}

std::string help_for(int status) {
  if (status == 401 || status == 403) return "check the API key for this server";
  if (status == 404) return "check the base URL and the model name";
  if (status >= 300 && status <= 399) return "redirects are not followed; give the final address";
  return {};
}

// What one try brought.
struct TryResult {
  Result<Generation> generation;
  bool retriable = false;  // of an Error
  std::optional<milliseconds> retry_after = {};
};

// What the client's thread collects while a try runs.
struct Collected {
  ChatReply reply;
  std::optional<SteadyClock::time_point> first_token_at;

  bool take(std::string_view piece) {
    const ChatReply::State state = reply.feed(piece);
    if (!first_token_at && reply.has_token()) first_token_at = SteadyClock::now();
    return state != ChatReply::State::Complaint && state != ChatReply::State::Garbage;
  }
};

class HttpRunner final : public Runner {
 public:
  HttpRunner(HttpRunnerOptions options, std::unique_ptr<HttpClient> client,
             std::string printable_base, std::string printable_endpoint)
      : options_(std::move(options)),
        client_(std::move(client)),
        url_(chat_endpoint(options_.base_url)),
        printable_endpoint_(std::move(printable_endpoint)),
        description_(fmt::format("http {} at {}", options_.model, printable_base)) {}

  Result<Generation> generate(const GenerationRequest& request, std::stop_token stop) override;
  std::optional<int> attempts_available(std::string_view) const override { return std::nullopt; }
  std::string description() const override { return redacted(description_); }
  int preferred_concurrency() const override { return options_.concurrency; }

 private:
  Result<Generation> generate_with_retries(const GenerationRequest& request,
                                           const std::stop_token& stop);
  TryResult try_once(const std::string& body, const std::stop_token& stop);
  HttpRequest http_request(const std::string& body) const;
  TryResult no_reply(Error error, HttpFailure failure, const std::stop_token& stop) const;
  TryResult bad_status(const HttpResponse& response) const;
  TryResult bad_reply(const ChatReply& reply) const;
  Generation complete(const ChatReply& reply) const;
  Error network_error(std::string what, std::string help = {}) const;
  std::string words_of(const ServerComplaint& complaint) const;
  std::string redacted(std::string text) const;

  const HttpRunnerOptions options_;
  const std::unique_ptr<HttpClient> client_;
  const std::string url_;  // may hold credentials
  const std::string printable_endpoint_;
  const std::string description_;
};

Result<Generation> HttpRunner::generate(const GenerationRequest& request, std::stop_token stop) {
  const GenerationCache& cache = options_.cache;
  if (!cache.find && !cache.keep) return generate_with_retries(request, stop);
  const std::string key = cache_key(printable_endpoint_, options_.model, request);
  if (cache.find) {
    if (auto found = cache.find(key)) {
      found->from_cache = true;
      return *std::move(found);
    }
  }
  Generation generation = EVAL_TRY(generate_with_retries(request, stop));
  if (cache.keep) cache.keep(key, generation);
  return generation;
}

Result<Generation> HttpRunner::generate_with_retries(const GenerationRequest& request,
                                                     const std::stop_token& stop) {
  const std::string body = to_json_line(chat_body(options_.model, request, options_.stream));
  const RetryPolicy policy{.tries = options_.tries,
                           .backoff_first = options_.backoff_first,
                           .backoff_max = options_.backoff_max};
  // Not drawn from the clock, so that a run can be repeated with the same waits.
  SplitMix64 random(derive_seed(request.sampling.seed.value_or(0), request.problem_id,
                                static_cast<std::uint64_t>(request.attempt)));
  for (int number = 1;; ++number) {
    TryResult result = try_once(body, stop);
    if (result.generation) {
      result.generation->tries = number;
      return std::move(result.generation);
    }
    Error error = std::move(result.generation).error();
    if (!result.retriable) return Failure(std::move(error));
    if (number == policy.tries) {
      if (number > 1) error.what += fmt::format(", at the last of {} tries", number);
      return Failure(std::move(error));
    }
    if (!sleep_for(backoff(policy, number + 1, result.retry_after, random), stop)) {
      return fail(ErrorCode::Cancelled, "the generation was cancelled",
                  "POST " + printable_endpoint_);
    }
  }
}

TryResult HttpRunner::try_once(const std::string& body, const std::stop_token& stop) {
  Collected collected;
  HttpRequest request = http_request(body);
  request.on_data = [&](std::string_view piece) { return collected.take(piece); };
  const auto begin = SteadyClock::now();
  HttpFailure failure = HttpFailure::Cut;
  const auto response = client_->perform(std::move(request), stop, &failure);
  const auto end = SteadyClock::now();
  if (response && (response->status < 200 || response->status > 299)) return bad_status(*response);
  // Of a connection that broke after the finish reason nothing is missing but the token counts.
  const ChatReply::State state = response ? collected.reply.finish() : collected.reply.state();
  switch (state) {
    case ChatReply::State::Open:
      if (!response) return no_reply(response.error(), failure, stop);
      return {fail(network_error("the stream was cut: it ended without a finish reason")), true};
    case ChatReply::State::Complaint:
    case ChatReply::State::Garbage:
      return bad_reply(collected.reply);
    case ChatReply::State::Complete:
      break;
  }
  Generation generation = complete(collected.reply);
  if (response) generation.queue_time = response->queue_time;
  generation.total_time =
      std::chrono::duration_cast<milliseconds>(end - begin) - generation.queue_time;
  if (collected.first_token_at) {
    generation.first_token_time =
        std::chrono::duration_cast<milliseconds>(*collected.first_token_at - begin) -
        generation.queue_time;
  }
  return {std::move(generation)};
}

HttpRequest HttpRunner::http_request(const std::string& body) const {
  HttpRequest request;
  request.url = url_;
  request.method = "POST";
  request.headers = {{"Content-Type", "application/json"},
                     {"Accept", options_.stream ? "text/event-stream" : "application/json"}};
  if (!options_.api_key.empty()) {
    request.headers.emplace_back("Authorization", "Bearer " + options_.api_key);
  }
  request.body = body;
  request.connect_timeout = options_.connect_timeout;
  request.deadline = options_.request_deadline;
  request.idle_timeout = options_.stream ? options_.idle_timeout : options_.request_deadline;
  request.response_limit = options_.response_limit;
  return request;
}

TryResult HttpRunner::no_reply(Error error, HttpFailure failure,
                               const std::stop_token& stop) const {
  if (stop.stop_requested()) {
    return {fail(ErrorCode::Cancelled, "the generation was cancelled", std::move(error.where))};
  }
  error.what = redacted(std::move(error.what));
  if (failure == HttpFailure::NotConnected) error.help = "see that the model server is running";
  return {fail(std::move(error)), is_retriable(failure)};
}

TryResult HttpRunner::bad_status(const HttpResponse& response) const {
  const std::string_view body = std::string_view(response.body).substr(0, kErrorBodyBytesMax);
  const std::string words = words_of(read_complaint(body));
  std::string what = fmt::format("the model server answered HTTP {}", response.status);
  if (!words.empty()) what += ": " + words;
  TryResult result{fail(network_error(std::move(what), help_for(response.status))),
                   is_retriable_status(response.status)};
  if (const auto value = find_header(response.headers, "retry-after")) {
    // The server's own clock if it tells it: then the two need not agree.
    const auto date = find_header(response.headers, "date");
    const auto server_now = date ? parse_http_date(*date) : std::nullopt;
    result.retry_after =
        parse_retry_after(*value, server_now.value_or(SystemClock().unix_ms() / 1000));
  }
  return result;
}

TryResult HttpRunner::bad_reply(const ChatReply& reply) const {
  if (reply.state() == ChatReply::State::Garbage) {
    return {fail(network_error("the model server sent garbage: " +
                               shorten(redacted(one_line(reply.garbage())), kMessageBytesMax))),
            true};
  }
  const std::string words = words_of(reply.complaint());
  return {fail(network_error("the model server sent an error in its reply: " + words)),
          is_retriable(reply.complaint())};
}

Generation HttpRunner::complete(const ChatReply& reply) const {
  Generation generation = reply.generation();
  generation.model =
      generation.model.empty() ? options_.model : redacted(one_line(generation.model));
  generation.fingerprint = description();
  if (!reply.system_fingerprint().empty()) {
    generation.fingerprint += " " + redacted(one_line(reply.system_fingerprint()));
  }
  return generation;
}

Error HttpRunner::network_error(std::string what, std::string help) const {
  return Error{
      ErrorCode::Network, std::move(what), "POST " + printable_endpoint_, std::move(help), 0, {}};
}

std::string HttpRunner::words_of(const ServerComplaint& complaint) const {
  // Redacted before it is shortened: half a key is still a leak.
  return shorten(redacted(one_line(complaint.message)), kMessageBytesMax);
}

std::string HttpRunner::redacted(std::string text) const {
  // Local servers want some key: "x", "none", "EMPTY". Redacting those would mangle words.
  if (options_.api_key.size() < kSecretBytesMin) return text;
  constexpr std::string_view kMark = "[redacted]";
  text = replace_all(std::move(text), options_.api_key, kMark);
  // As it looks inside a JSON text that we quote.
  const std::string quoted = to_json_line(Json(options_.api_key));
  return replace_all(std::move(text), std::string_view(quoted).substr(1, quoted.size() - 2), kMark);
}

Result<void> check(const HttpRunnerOptions& options) {
  if (options.model.empty()) return fail(ErrorCode::Usage, "the model server needs a model name");
  if (options.tries < 1) {
    return fail(ErrorCode::Usage, fmt::format("tries should be at least 1, not {}", options.tries));
  }
  const bool is_visible = std::all_of(options.api_key.begin(), options.api_key.end(),
                                      [](char c) { return c > 0x20 && c < 0x7f; });
  if (!is_visible) {
    return fail(ErrorCode::Usage, "the API key has blanks or characters that no header can carry",
                {}, "look for a line break at its end");
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<Runner>> make_http_runner(HttpRunnerOptions options) {
  EVAL_TRY(check(options));
  std::string base = EVAL_TRY(printable_url(options.base_url));
  while (base.ends_with('/')) base.pop_back();
  std::string endpoint = EVAL_TRY(printable_url(chat_endpoint(options.base_url)));
  std::unique_ptr<HttpClient> client = EVAL_TRY(HttpClient::create(options.concurrency));
  return std::make_unique<HttpRunner>(std::move(options), std::move(client), std::move(base),
                                      std::move(endpoint));
}

}  // namespace eval::runners
