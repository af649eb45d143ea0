#include <fcntl.h>
#include <fmt/format.h>
#include <sys/socket.h>

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/clock.h"
#include "base/http_curl.h"
#include "base/text.h"

namespace eval::http {
namespace {

using std::chrono::milliseconds;

// Sockets close on exec: a compiler or a submission must not inherit a connection that carries
// our credentials. libcurl's own socket() call does not say so.
curl_socket_t open_socket(void*, curlsocktype, curl_sockaddr* address) {
  return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

// Sets an option that can only fail for lack of memory or by a mistake of ours.
template <class T>
void set(CURL* easy, CURLoption option, T value) {
  EVAL_CHECK(curl_easy_setopt(easy, option, value) == CURLE_OK);
}

bool is_sendable(std::string_view header_part) {
  return std::none_of(header_part.begin(), header_part.end(),
                      [](char c) { return c == '\r' || c == '\n' || c == '\0'; });
}

bool is_connect_failure(CURLcode code) {
  return code == CURLE_COULDNT_RESOLVE_HOST || code == CURLE_COULDNT_RESOLVE_PROXY ||
         code == CURLE_COULDNT_CONNECT || code == CURLE_OPERATION_TIMEDOUT;
}

bool is_tls_failure(CURLcode code) {
  return code == CURLE_SSL_CONNECT_ERROR || code == CURLE_PEER_FAILED_VERIFICATION ||
         code == CURLE_SSL_CERTPROBLEM || code == CURLE_SSL_CIPHER ||
         code == CURLE_SSL_CACERT_BADFILE || code == CURLE_SSL_ISSUER_ERROR;
}

}  // namespace

Result<void> initialise_curl() {
  static const CURLcode code = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (code != CURLE_OK) {
    return fail(ErrorCode::Internal,
                fmt::format("libcurl cannot be initialised: {}", curl_easy_strerror(code)));
  }
  return {};
}

Exchange::Exchange(HttpRequest request, CurlEasy easy)
    : request_(std::move(request)),
      easy_(std::move(easy)),
      enqueued_(std::chrono::steady_clock::now()) {}

Result<std::unique_ptr<Exchange>> Exchange::create(HttpRequest request) {
  const CurlUrl url = EVAL_TRY(parse_url(request.url));
  CurlEasy easy(curl_easy_init());
  if (!easy) return fail(ErrorCode::Internal, "libcurl has no memory for a request");
  std::unique_ptr<Exchange> exchange(new Exchange(std::move(request), std::move(easy)));
  exchange->where_ =
      exchange->request_.method + " " + EVAL_TRY(printable_url(exchange->request_.url));
  EVAL_TRY_IN(exchange->set_up(url), exchange->where_);
  return exchange;
}

Result<void> Exchange::set_up(const CurlUrl& url) {
  CURL* easy = easy_.get();
  EVAL_TRY(set_headers());
  set_method_and_body();
  set(easy, CURLOPT_URL, request_.url.c_str());
  set(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  set(easy, CURLOPT_HTTP_VERSION, long{CURL_HTTP_VERSION_1_1});
  set(easy, CURLOPT_FOLLOWLOCATION, 0L);
  set(easy, CURLOPT_SSL_VERIFYPEER, 1L);
  set(easy, CURLOPT_SSL_VERIFYHOST, 2L);
  set(easy, CURLOPT_NOSIGNAL, 1L);
  // A model may think for minutes before its first byte; routers forget silent connections sooner.
  set(easy, CURLOPT_TCP_KEEPALIVE, 1L);
  // Ending an exchange must not wait for a name server: without this, libcurl joins its resolver
  // thread, and with it every other exchange of the loop would stand still.
  set(easy, CURLOPT_QUICK_EXIT, 1L);
  set(easy, CURLOPT_OPENSOCKETFUNCTION, &open_socket);
  set(easy, CURLOPT_CONNECTTIMEOUT_MS,
      static_cast<long>(std::max<milliseconds::rep>(1, request_.connect_timeout.count())));
  set(easy, CURLOPT_ERRORBUFFER, curl_message_.data());
  set(easy, CURLOPT_HEADERFUNCTION, &Exchange::on_header);
  set(easy, CURLOPT_HEADERDATA, this);
  set(easy, CURLOPT_WRITEFUNCTION, &Exchange::on_body);
  set(easy, CURLOPT_WRITEDATA, this);
  // An empty proxy also switches off those of the environment.
  if (is_loopback(url)) set(easy, CURLOPT_PROXY, "");
  return {};
}

Result<void> Exchange::set_headers() {
  HttpHeaders lines = {{"User-Agent", "evalctl"}};
  // Without this libcurl waits up to a second for "100 Continue" before it sends a large body.
  lines.emplace_back("Expect", "");
  lines.insert(lines.end(), request_.headers.begin(), request_.headers.end());
  for (const auto& [name, value] : lines) {
    if (name.empty() || !is_sendable(name) || !is_sendable(value)) {
      // The value may be a credential, so it is not quoted.
      return fail(ErrorCode::Usage, fmt::format("the value of header \"{}\" has a line break",
                                                is_sendable(name) ? name : "?"));
    }
    // "Name:" tells libcurl to leave the header out.
    const std::string line = value.empty() ? name + ":" : name + ": " + value;
    curl_slist* longer = curl_slist_append(headers_.get(), line.c_str());
    EVAL_CHECK(longer != nullptr);
    // The head stays the same after the first append, so the owner changes only once.
    if (longer != headers_.get()) {
      static_cast<void>(headers_.release());
      headers_.reset(longer);
    }
  }
  set(easy_.get(), CURLOPT_HTTPHEADER, headers_.get());
  return {};
}

void Exchange::set_method_and_body() {
  CURL* easy = easy_.get();
  if (request_.method == "HEAD") {
    set(easy, CURLOPT_NOBODY, 1L);
  } else if (request_.method != "GET" || !request_.body.empty()) {
    // The body is not copied: it lives in request_, as long as the handle.
    set(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request_.body.size()));
    set(easy, CURLOPT_POSTFIELDS, request_.body.c_str());
    set(easy, CURLOPT_CUSTOMREQUEST, request_.method.c_str());
  }
}

void Exchange::start(TimePoint now) {
  started_ = now;
  last_activity_ = now;
  response_.queue_time = std::chrono::duration_cast<milliseconds>(now - enqueued_);
}

TimePoint Exchange::next_check() const {
  return std::min(started_ + request_.deadline, last_activity_ + request_.idle_timeout);
}

bool Exchange::expired(TimePoint now) {
  if (now >= started_ + request_.deadline) {
    expiry_ = HttpFailure::Deadline;
    return true;
  }
  if (now < last_activity_ + request_.idle_timeout) return false;
  // Silence counts from the moment there is a connection (before it, connect_timeout decides) and
  // from the last byte of the request that went out.
  curl_off_t connected_us = 0;
  curl_off_t uploaded = 0;
  curl_easy_getinfo(easy_.get(), CURLINFO_PRETRANSFER_TIME_T, &connected_us);
  curl_easy_getinfo(easy_.get(), CURLINFO_SIZE_UPLOAD_T, &uploaded);
  if (connected_us == 0 || uploaded != uploaded_) {
    uploaded_ = uploaded;
    last_activity_ = now;
    return false;
  }
  expiry_ = HttpFailure::Silent;
  return true;
}

std::size_t Exchange::on_header(char* data, std::size_t size, std::size_t count, void* self) {
  const bool ok = static_cast<Exchange*>(self)->take_header({data, size * count});
  return ok ? size * count : 0;
}

std::size_t Exchange::on_body(char* data, std::size_t size, std::size_t count, void* self) {
  const bool ok = static_cast<Exchange*>(self)->take_body({data, size * count});
  return ok || count == 0 ? size * count : 0;
}

bool Exchange::count_bytes(std::size_t size) {
  last_activity_ = std::chrono::steady_clock::now();
  received_ += size;
  if (received_ <= request_.response_limit.count) return true;
  refused_ = HttpFailure::TooLarge;
  return false;
}

bool Exchange::take_header(std::string_view line) {
  if (!count_bytes(line.size())) return false;
  // A status line starts the headers of the next response: after "100 Continue", say.
  if (line.starts_with("HTTP/")) {
    response_.headers.clear();
    return true;
  }
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return true;
  response_.headers.emplace_back(to_lower(trim(line.substr(0, colon))),
                                 std::string(trim(line.substr(colon + 1))));
  return true;
}

bool Exchange::take_body(std::string_view piece) {
  if (!count_bytes(piece.size())) return false;
  long status = 0;
  curl_easy_getinfo(easy_.get(), CURLINFO_RESPONSE_CODE, &status);
  if (!request_.on_data || status < 200 || status > 299) {
    response_.body += piece;
    return true;
  }
  if (request_.on_response) {
    response_.status = static_cast<int>(status);
    const auto tell = std::exchange(request_.on_response, {});
    if (!tell(response_)) {
      refused_ = HttpFailure::Stopped;
      return false;
    }
  }
  if (request_.on_data(piece)) return true;
  refused_ = HttpFailure::Stopped;
  return false;
}

Outcome Exchange::finish(CURLcode code) {
  if (code == CURLE_OK) {
    long status = 0;
    curl_off_t first_byte_us = 0;
    curl_easy_getinfo(easy_.get(), CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(easy_.get(), CURLINFO_STARTTRANSFER_TIME_T, &first_byte_us);
    response_.status = static_cast<int>(status);
    response_.time_to_first_byte = milliseconds(first_byte_us / 1000);
    return {std::move(response_)};
  }
  if (refused_) return abandon(*refused_);
  HttpFailure failure = HttpFailure::Cut;
  if (is_connect_failure(code)) failure = HttpFailure::NotConnected;
  if (is_tls_failure(code)) failure = HttpFailure::Insecure;
  // The only timeout that libcurl itself keeps here is that of the connection.
  if (code == CURLE_OPERATION_TIMEDOUT) return abandon(failure);
  const char* detail = curl_message_[0] != 0 ? curl_message_.data() : curl_easy_strerror(code);
  std::string what =
      failure == HttpFailure::NotConnected ? "could not connect" : words_for(failure);
  return {fail(ErrorCode::Network, fmt::format("{} ({})", what, detail), where_), failure};
}

Outcome Exchange::abandon(HttpFailure failure) const {
  const ErrorCode code =
      failure == HttpFailure::Stopped ? ErrorCode::Cancelled : ErrorCode::Network;
  return {fail(code, words_for(failure), where_), failure};
}

std::string Exchange::words_for(HttpFailure failure) const {
  switch (failure) {
    case HttpFailure::BadRequest:
      return "the request cannot be sent";
    case HttpFailure::NotConnected:
      return fmt::format("could not connect within {}", format_duration(request_.connect_timeout));
    case HttpFailure::Insecure:
      return "no secure connection";
    case HttpFailure::Cut:
      return fmt::format("connection cut after {} bytes", received_);
    case HttpFailure::Silent:
      return fmt::format("no data for {}, after {} bytes", format_duration(request_.idle_timeout),
                         received_);
    case HttpFailure::Deadline:
      return fmt::format("deadline of {} exceeded, after {} bytes",
                         format_duration(request_.deadline), received_);
    case HttpFailure::TooLarge:
      return fmt::format("response larger than {}", to_string(request_.response_limit));
    case HttpFailure::Stopped:
      return "the exchange was cancelled";
  }
  return {};
}

}  // namespace eval::http
