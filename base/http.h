#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace eval {

using HttpHeaders = std::vector<std::pair<std::string, std::string>>;

struct HttpResponse;

struct HttpRequest {
  std::string url;  // http or https; user name and password in it are sent, and never printed
  std::string method = "GET";
  HttpHeaders headers;
  std::string body;
  std::chrono::milliseconds connect_timeout{10'000};
  std::chrono::milliseconds deadline{600'000};      // whole exchange, waiting for a slot excluded
  std::chrono::milliseconds idle_timeout{120'000};  // no byte in either direction for so long
  Bytes response_limit = Bytes::mib(64);            // headers and body
  // Called on the client's thread with each piece of a 2xx body as it arrives; false ends the
  // exchange as Cancelled. If set, HttpResponse::body stays empty for 2xx. Never called after
  // perform() has returned.
  std::function<bool(std::string_view)> on_data = {};
  // With on_data: called once before its first call, with status and headers; false ends the exchange
  // in the same way.
  std::function<bool(const HttpResponse&)> on_response = {};
};

struct HttpResponse {
  int status = 0;
  HttpHeaders headers;  // names in lower case
  std::string body;
  std::chrono::milliseconds queue_time{0};          // waiting for a free slot
  std::chrono::milliseconds time_to_first_byte{0};  // from the start of the exchange
};

// What ended an exchange that brought no response: for callers that decide whether to try again.
enum class HttpFailure {
  BadRequest,    // no http(s) URL, or a header that cannot be sent; nothing went out
  NotConnected,  // name not found, connection refused, no answer within connect_timeout
  Insecure,      // TLS: certificate or protocol not acceptable
  Cut,           // the connection broke, or what came is not HTTP
  Silent,        // idle_timeout
  Deadline,
  TooLarge,  // response_limit
  Stopped,   // by the stop token, by on_data, or by the end of the client
};

// Many exchanges at once over one event loop (one thread, one curl multi handle). Thread-safe.
//
// HTTP/1.1 with connections kept alive; redirects are responses, not followed; TLS certificates
// are checked. Proxies are those of the environment (http_proxy, https_proxy, no_proxy), as for
// any program that uses libcurl, but never for a loopback address.
class HttpClient {
 public:
  // At most `max_in_flight` exchanges run at once; further ones wait their turn, first come first
  // served. Usage if it is below 1.
  static Result<std::unique_ptr<HttpClient>> create(int max_in_flight);
  // Ends what is still in flight; no perform() may be running on another thread.
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  // Blocks until the exchange is over. Any HTTP status is a response; an Error is Usage (the
  // request cannot be sent), Network (no connection, cut, too slow, too large: `what` says which)
  // or Cancelled, and then `failure`, if given, says why for a program. `where` of an Error is the
  // method and printable_url().
  Result<HttpResponse> perform(HttpRequest request, std::stop_token stop,
                               HttpFailure* failure = nullptr);

 private:
  struct Impl;
  explicit HttpClient(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// `url` without user name, password, query and fragment, any of which may hold a secret: for
// messages and records. Usage if it is no http or https URL with a host; the Error does not quote
// it, for the same reason.
Result<std::string> printable_url(std::string_view url);

// What `location`, absolute or relative, means in an answer from `base`. Usage as above.
Result<std::string> resolve_url(std::string_view base, std::string_view location);

// The value of the first header `name` (lower case), or nullopt.
std::optional<std::string> find_header(const HttpHeaders& headers, std::string_view name);

// Unix seconds of an HTTP date in any of the three forms of RFC 9110 section 5.6.7.
std::optional<std::int64_t> parse_http_date(std::string_view text);

}  // namespace eval
