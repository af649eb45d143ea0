#include <fmt/format.h>

#include <string>

#include "base/http.h"
#include "base/http_curl.h"
#include "base/text.h"

namespace eval {
namespace http {
namespace {

// A part of `url` as text, empty if it has none.
std::string url_part(const CurlUrl& url, CURLUPart part) {
  char* text = nullptr;
  if (curl_url_get(url.get(), part, &text, 0) != CURLUE_OK) return {};
  const std::unique_ptr<char, Release<curl_free>> owner(text);
  return text;
}

}  // namespace

Result<CurlUrl> parse_url(std::string_view url) {
  CurlUrl parsed(curl_url());
  if (!parsed) return fail(ErrorCode::Internal, "libcurl has no memory for a URL");
  const std::string text(url);
  const auto code = curl_url_set(parsed.get(), CURLUPART_URL, text.c_str(), 0);
  const std::string scheme = to_lower(url_part(parsed, CURLUPART_SCHEME));
  const bool is_http = scheme == "http" || scheme == "https";
  if (text.find('\0') != std::string::npos || code != CURLUE_OK || !is_http ||
      url_part(parsed, CURLUPART_HOST).empty()) {
    return fail(ErrorCode::Usage, "the URL is not an http or https address with a host", {},
                "write it like http://127.0.0.1:8000/v1");
  }
  return parsed;
}

bool is_loopback(const CurlUrl& url) {
  const std::string host = to_lower(url_part(url, CURLUPART_HOST));
  return host == "localhost" || host.ends_with(".localhost") || host.starts_with("127.") ||
         host == "[::1]";
}

}  // namespace http

Result<std::string> printable_url(std::string_view url) {
  const http::CurlUrl parsed = EVAL_TRY(http::parse_url(url));
  std::string text =
      http::url_part(parsed, CURLUPART_SCHEME) + "://" + http::url_part(parsed, CURLUPART_HOST);
  const std::string port = http::url_part(parsed, CURLUPART_PORT);
  if (!port.empty()) text += ":" + port;
  return text + http::url_part(parsed, CURLUPART_PATH);
}

Result<std::string> resolve_url(std::string_view base, std::string_view location) {
  const http::CurlUrl url = EVAL_TRY(http::parse_url(base));
  curl_url_set(url.get(), CURLUPART_FRAGMENT, nullptr, 0);
  const std::string target(location);
  if (curl_url_set(url.get(), CURLUPART_URL, target.c_str(), 0) != CURLUE_OK) {
    return fail(ErrorCode::Usage, "a redirection leads to no address");
  }
  const std::string whole = http::url_part(url, CURLUPART_URL);
  EVAL_TRY(http::parse_url(whole));
  return whole;
}

std::optional<std::string> find_header(const HttpHeaders& headers, std::string_view name) {
  for (const auto& [key, value] : headers) {
    if (key == name) return value;
  }
  return std::nullopt;
}

std::optional<std::int64_t> parse_http_date(std::string_view text) {
  // curl_getdate also takes other forms, such as bare numbers, which are no dates here.
  const std::string date(trim(text));
  if (date.empty() || date.find_first_of("0123456789") == 0) return std::nullopt;
  const std::time_t seconds = curl_getdate(date.c_str(), nullptr);
  if (seconds == -1) return std::nullopt;
  return std::int64_t{seconds};
}

}  // namespace eval
