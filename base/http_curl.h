#pragma once

#include <curl/curl.h>

#include <array>
#include <chrono>
#include <memory>
#include <string>

#include "base/http.h"

// Inside of base/http: owners of libcurl's handles, and one exchange on an easy handle. Included
// by base/http*.cpp only.
namespace eval::http {

using TimePoint = std::chrono::steady_clock::time_point;

template <auto function>
struct Release {
  template <class T>
  void operator()(T* handle) const {
    function(handle);
  }
};
using CurlEasy = std::unique_ptr<CURL, Release<curl_easy_cleanup>>;
using CurlMulti = std::unique_ptr<CURLM, Release<curl_multi_cleanup>>;
using CurlHeaderList = std::unique_ptr<curl_slist, Release<curl_slist_free_all>>;
using CurlUrl = std::unique_ptr<CURLU, Release<curl_url_cleanup>>;

// Initialises libcurl once for the process. Thread-safe.
Result<void> initialise_curl();

// The parsed URL; Usage (without quoting it) if it is no http or https URL with a host.
Result<CurlUrl> parse_url(std::string_view url);

// True for localhost, 127.0.0.0/8 and ::1: addresses that no proxy could reach on our behalf.
bool is_loopback(const CurlUrl& url);

struct Outcome {
  Result<HttpResponse> response;
  HttpFailure failure = HttpFailure::Cut;  // of an Error
};

// One request on its easy handle. Lives from perform() to the end of the exchange; between
// start() and the outcome only the event-loop thread touches it.
class Exchange {
 public:
  // Usage if the request cannot be sent as it is.
  static Result<std::unique_ptr<Exchange>> create(HttpRequest request);
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;
  ~Exchange() = default;

  CURL* easy() const { return easy_.get(); }
  const std::string& where() const { return where_; }

  void start(TimePoint now);
  // The next moment at which expired() has to be asked.
  TimePoint next_check() const;
  // Whether the deadline or the idle timeout has passed; records why.
  bool expired(TimePoint now);

  // What became of it, once libcurl is done with code `code`.
  Outcome finish(CURLcode code);
  // Ends it from outside (stop, time); `failure` says why.
  Outcome abandon(HttpFailure failure) const;
  // After expired() returned true.
  Outcome abandon_expired() const { return abandon(expiry_); }

 private:
  Exchange(HttpRequest request, CurlEasy easy);
  Result<void> set_up(const CurlUrl& url);
  Result<void> set_headers();
  void set_method_and_body();

  static std::size_t on_header(char* data, std::size_t size, std::size_t count, void* self);
  static std::size_t on_body(char* data, std::size_t size, std::size_t count, void* self);
  bool take_header(std::string_view line);
  bool take_body(std::string_view piece);
  bool count_bytes(std::size_t size);
  std::string words_for(HttpFailure failure) const;

  HttpRequest request_;
  CurlEasy easy_;
  CurlHeaderList headers_;
  std::string where_;
  std::array<char, CURL_ERROR_SIZE> curl_message_{};
  HttpResponse response_;
  std::uint64_t received_ = 0;          // bytes of headers and body
  std::optional<HttpFailure> refused_;  // why a callback refused further bytes
  TimePoint enqueued_;
  TimePoint started_;
  TimePoint last_activity_;
  curl_off_t uploaded_ = 0;  // bytes, when the idle timeout was last looked at
  HttpFailure expiry_ = HttpFailure::Deadline;
};

}  // namespace eval::http
