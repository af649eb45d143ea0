#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace eval {

// An element of an XML document as a plain value. Comments, processing instructions and the document
// type are left out; entities other than XML's own five are kept as written.
struct XmlElement {
  std::string name;
  std::map<std::string, std::string, std::less<>> attributes;
  std::string text;  // of the element itself, white space at its ends removed
  std::vector<XmlElement> children;

  // The attribute, or "" if there is none.
  std::string attribute(std::string_view key) const;
  // The first child of that name; nullptr if there is none.
  const XmlElement* child(std::string_view child_name) const;
  // The element at "a/b/c" below this one; nullptr if there is none.
  const XmlElement* descendant(std::string_view path) const;
};

// Parses one XML document and returns its root element. BadInput names line and column; `where` is
// the file.
Result<XmlElement> parse_xml(std::string_view text, std::string_view where);

}  // namespace eval
