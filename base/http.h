#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace eval {

struct HttpRequest {
  std::string url;
  std::string method = "GET";
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  std::chrono::milliseconds connect_timeout{10'000};
  std::chrono::milliseconds deadline{600'000};      // whole exchange
  std::chrono::milliseconds idle_timeout{120'000};  // no byte for so long
  Bytes response_limit = Bytes::mib(64);
  // Called on the client's thread with each piece of a 2xx body as it arrives; false ends the
  // exchange as Cancelled. If set, HttpResponse::body stays empty for 2xx.
  std::function<bool(std::string_view)> on_data = {};
};

struct HttpResponse {
  int status = 0;
  std::vector<std::pair<std::string, std::string>> headers;  // names in lower case
  std::string body;
  std::chrono::milliseconds time_to_first_byte{0};
};

// Many exchanges at once over one event loop (one thread, one curl multi handle). Thread-safe.
class HttpClient {
 public:
  // At most `max_in_flight` exchanges run at once; further ones wait their turn.
  static Result<std::unique_ptr<HttpClient>> create(int max_in_flight);
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  // Blocks until the exchange is over. Any HTTP status is a response; an Error is Network (no
  // connection, cut, too slow: `what` says which) or Cancelled.
  Result<HttpResponse> perform(HttpRequest request, std::stop_token stop);

 private:
  struct Impl;
  explicit HttpClient(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace eval
