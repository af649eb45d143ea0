#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/json.h"

// What our HTML pages are put together from. Internal to reports/.
namespace eval::reports {

// Text for element content and attributes.
std::string escape_html(std::string_view raw);

// JSON that means nothing to an HTML parser: "</script", "<!--" and entities need one of < > &. The
// two line separators are escaped as well, as some tools still take the block for JavaScript.
std::string embed_json(const Json& json);

// A script or style as a Content-Security-Policy names it: 'sha256-...'.
std::string source_hash(std::string_view content);

// The template with every {{slot}} replaced, in one pass: nothing inside a filled-in text can be taken
// for a slot.
std::string fill_page(std::string_view text,
                      const std::function<std::string(std::string_view)>& fill);

}  // namespace eval::reports
