#include "tests/support/tar_writer.h"

#include <fmt/format.h>

#include <algorithm>

namespace eval {
namespace {

constexpr std::size_t kBlock = 512;

void put(std::string& header, std::size_t at, const std::string& text) {
  std::copy(text.begin(), text.end(), header.begin() + static_cast<std::ptrdiff_t>(at));
}

}  // namespace

TarWriter& TarWriter::member(const std::string& path, char kind, const std::string& content,
                             unsigned mode, const std::string& target) {
  std::string header(kBlock, '\0');
  put(header, 0, path.substr(0, 100));
  put(header, 100, fmt::format("{:07o}", mode));
  put(header, 108, "0000000");
  put(header, 116, "0000000");
  put(header, 124, fmt::format("{:011o}", content.size()));
  put(header, 136, fmt::format("{:011o}", 1'000'000'000));
  put(header, 148, "        ");
  header[156] = kind;
  put(header, 157, target.substr(0, 100));
  put(header, 257, "ustar");
  put(header, 263, "00");
  unsigned sum = 0;
  for (const char c : header) sum += static_cast<unsigned char>(c);
  put(header, 148, fmt::format("{:06o}", sum));
  header[154] = '\0';
  bytes_ += header + content;
  bytes_.append((kBlock - content.size() % kBlock) % kBlock, '\0');
  return *this;
}

TarWriter& TarWriter::file(const std::string& path, const std::string& content, unsigned mode) {
  return member(path, '0', content, mode, {});
}

TarWriter& TarWriter::folder(const std::string& path, unsigned mode) {
  return member(path, '5', {}, mode, {});
}

TarWriter& TarWriter::symbolic_link(const std::string& path, const std::string& target) {
  return member(path, '2', {}, 0777, target);
}

TarWriter& TarWriter::hard_link(const std::string& path, const std::string& target) {
  return member(path, '1', {}, 0644, target);
}

TarWriter& TarWriter::device(const std::string& path) {
  return member(path, '3', {}, 0666, {});
}

TarWriter& TarWriter::pax_file(const std::string& path, const std::string& content) {
  const std::string rest = " path=" + path + "\n";
  std::size_t size = rest.size() + 1;
  while (std::to_string(size).size() + rest.size() != size) size += 1;
  member("pax", 'x', std::to_string(size) + rest, 0644, {});
  return member("short", '0', content, 0644, {});
}

}  // namespace eval
