#pragma once

#include <string>

#include "base/files.h"

namespace eval {

// Writes tar files member by member (ustar, with pax headers where a name needs one), hostile ones
// included: nothing is checked. By hand, for a library would refuse what the tests need.
class TarWriter {
 public:
  TarWriter& file(const std::string& path, const std::string& content, unsigned mode = 0644);
  TarWriter& folder(const std::string& path, unsigned mode = 0755);
  TarWriter& symbolic_link(const std::string& path, const std::string& target);
  TarWriter& hard_link(const std::string& path, const std::string& target);
  TarWriter& device(const std::string& path);
  // The name stands in a pax header, in UTF-8.
  TarWriter& pax_file(const std::string& path, const std::string& content);

  std::string bytes() const { return bytes_ + std::string(1024, '\0'); }

 private:
  TarWriter& member(const std::string& path, char kind, const std::string& content, unsigned mode,
                    const std::string& target);
  std::string bytes_;
};

}  // namespace eval
