#include "reports/html_parts.h"

#include <fmt/format.h>

#include "base/check.h"
#include "base/hash.h"
#include "base/text.h"

namespace eval::reports {
namespace {

std::string base64(std::string_view hex) {
  constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const auto nibble = [&](std::size_t i) {
    if (i >= hex.size()) return 0U;
    const char c = hex[i];
    return static_cast<unsigned>(c <= '9' ? c - '0' : c - 'a' + 10);
  };
  std::string text;
  for (std::size_t i = 0; i < hex.size(); i += 6) {  // six digits are three bytes, four characters
    unsigned bits = 0;
    for (std::size_t j = 0; j < 6; ++j) bits = bits << 4 | nibble(i + j);
    const std::size_t bytes = std::min<std::size_t>(3, (hex.size() - i) / 2);
    for (std::size_t j = 0; j < 4; ++j) {
      text += j <= bytes ? kAlphabet[bits >> (18 - 6 * j) & 63U] : '=';
    }
  }
  return text;
}

}  // namespace

std::string escape_html(std::string_view raw) {
  std::string text;
  for (const char c : to_valid_utf8(raw)) {
    switch (c) {
      case '<':
        text += "&lt;";
        break;
      case '>':
        text += "&gt;";
        break;
      case '&':
        text += "&amp;";
        break;
      case '"':
        text += "&quot;";
        break;
      case '\'':
        text += "&#39;";
        break;
      default:
        text += c;
    }
  }
  return text;
}

std::string embed_json(const Json& json) {
  std::string text;
  const std::string line = to_json_line(json);
  text.reserve(line.size() + line.size() / 16);
  for (std::size_t i = 0; i < line.size(); ++i) {
    switch (line[i]) {
      case '<':
        text += "\\u003c";
        break;
      case '>':
        text += "\\u003e";
        break;
      case '&':
        text += "\\u0026";
        break;
      case '\xE2':
        if (line.compare(i, 3, "\xE2\x80\xA8") == 0 || line.compare(i, 3, "\xE2\x80\xA9") == 0) {
          text += line[i + 2] == '\xA8' ? "\\u2028" : "\\u2029";
          i += 2;
          break;
        }
        text += line[i];
        break;
      default:
        text += line[i];
    }
  }
  return text;
}

std::string source_hash(std::string_view content) {
  return fmt::format("'sha256-{}'", base64(sha256_hex(content)));
}

std::string fill_page(std::string_view rest,
                      const std::function<std::string(std::string_view)>& fill) {
  std::string page;
  while (true) {
    const std::size_t open = rest.find("{{");
    page += rest.substr(0, open);
    if (open == std::string_view::npos) return page;
    const std::size_t close = rest.find("}}", open);
    EVAL_CHECK(close != std::string_view::npos);
    page += fill(rest.substr(open + 2, close - open - 2));
    rest.remove_prefix(close + 2);
  }
}

}  // namespace eval::reports
