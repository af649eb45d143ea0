#include "runners/local/engine/model_hash.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include "base/hash.h"
#include "base/mapped_file.h"

namespace eval::runners::local {
namespace {

constexpr Bytes kTextFileMax = Bytes::mib(256);
constexpr std::uint64_t kSamples = 64;
constexpr std::uint64_t kSampleBytes = 4096;
// The header begins with its length in 8 bytes; of a hostile one no more than the file is read.
constexpr std::uint64_t kLengthBytes = 8;

std::uint64_t header_bytes(std::string_view content) {
  std::uint64_t length = 0;
  for (std::uint64_t i = 0; i < std::min<std::uint64_t>(kLengthBytes, content.size()); ++i) {
    length |= static_cast<std::uint64_t>(static_cast<unsigned char>(content[i])) << (8 * i);
  }
  const std::uint64_t rest = content.size() - std::min<std::uint64_t>(kLengthBytes, content.size());
  return std::min(length, rest) + std::min<std::uint64_t>(kLengthBytes, content.size());
}

Result<void> add_weights(ContentHash& hash, const fs::path& file) {
  const MappedFile mapped = EVAL_TRY(MappedFile::open(file));
  const std::string_view content = mapped.bytes();
  hash.add(std::to_string(content.size())).add(content.substr(0, header_bytes(content)));
  const std::uint64_t last = content.size() - std::min<std::uint64_t>(kSampleBytes, content.size());
  for (std::uint64_t i = 0; i < kSamples; ++i) {
    // last / (kSamples - 1) first would lose up to 63 bytes at the end.
    hash.add(content.substr(last / (kSamples - 1) * i + last % (kSamples - 1) * i / (kSamples - 1),
                            kSampleBytes));
  }
  return {};
}

}  // namespace

Result<std::string> model_hash(const fs::path& dir) {
  ContentHash hash;
  hash.add("checkpoint 1");
  for (const std::string& name : EVAL_TRY(list_directory(dir))) {
    const fs::path file = dir / name;
    const std::string extension = file.extension().string();
    std::error_code ignored;
    if (name.starts_with('.') || !fs::is_regular_file(file, ignored)) continue;
    if (extension == ".safetensors") {
      hash.add(name);
      EVAL_TRY(add_weights(hash, file));
    } else if (extension == ".json" || extension == ".jinja") {
      hash.add(name).add(EVAL_TRY(read_file(file, kTextFileMax)));
    }
  }
  return hash.hex();
}

}  // namespace eval::runners::local
