#include "problems/pull.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <fstream>

#include "base/hash.h"
#include "base/json.h"
#include "base/text.h"
#include "base/unique_fd.h"

namespace eval::problems {
namespace {

constexpr const char* kSums = "SHA256SUMS";
constexpr int kLiveCodeBenchReleases = 6;
// A data set of problems has thousands of rows.
constexpr std::int64_t kRowsMax = 10'000'000;

std::string file_of_release(int number) {
  return number == 1 ? "test.jsonl" : fmt::format("test{}.jsonl", number);
}

Result<int> release_number(std::string_view release) {
  if (release.empty()) return kLiveCodeBenchReleases;
  std::string_view digits = release;
  for (const std::string_view prefix : {"release_", "v"}) {
    if (digits.starts_with(prefix)) digits.remove_prefix(prefix.size());
  }
  const auto number = parse_integer(digits);
  if (number && *number >= 1 && *number <= kLiveCodeBenchReleases) {
    return static_cast<int>(*number);
  }
  return fail(ErrorCode::Usage, fmt::format("release \"{}\" does not exist", release), {},
              fmt::format("release_v1 to release_v{}", kLiveCodeBenchReleases));
}

// The sums of the folder, kept as files come.
class Sums {
 public:
  static Result<Sums> open(const fs::path& folder) {
    Sums sums;
    sums.file_ = folder / kSums;
    std::error_code error;
    if (fs::exists(sums.file_, error)) sums.sums_ = EVAL_TRY(read_sha256_sums(sums.file_));
    return sums;
  }

  Result<void> set(const std::string& name, const std::string& sha256) {
    sums_[name] = sha256;
    std::string text;
    for (const auto& [file, sum] : sums_) text += fmt::format("{}  {}\n", sum, file);
    return write_file(file_, text);
  }

  // The file as it lies in `folder`, if it is what it was when it came and what `wanted` (or nobody) says.
  Result<std::optional<PulledFile>> find(const fs::path& folder, const std::string& name,
                                         const std::string& wanted) const {
    std::error_code error;
    const fs::path file = folder / name;
    if (!fs::is_regular_file(file, error)) return std::nullopt;
    const auto known = sums_.find(name);
    const std::string expected = !wanted.empty()        ? wanted
                                 : known == sums_.end() ? ""
                                                        : known->second;
    if (expected.empty()) return std::nullopt;
    const std::string sum = EVAL_TRY(sha256_of_file(file));
    if (sum != expected) return std::nullopt;
    return PulledFile{name, Bytes{fs::file_size(file, error)}, sum, true};
  }

 private:
  fs::path file_;
  std::map<std::string, std::string> sums_;
};

std::string wanted_sum(const PullOptions& options, const std::string& name) {
  const auto found = options.sha256.find(name);
  return found == options.sha256.end() ? "" : found->second;
}

// A server may answer with a page to people, or with what stands for the file in Git. No data set begins so.
Result<void> check_beginning(const fs::path& file, const std::string& url) {
  std::string beginning(64, '\0');
  std::ifstream in(file, std::ios::binary);
  in.read(beginning.data(), static_cast<std::streamsize>(beginning.size()));
  beginning.resize(static_cast<std::size_t>(in.gcount()));
  in.close();
  const bool is_page = trim(beginning).starts_with('<');
  if (!is_page && !beginning.starts_with("version https://git-lfs")) return {};
  std::error_code ignored;
  fs::remove(file, ignored);
  return fail(ErrorCode::BadInput,
              is_page ? "the server sent a page (HTML or XML) in place of the file"
                      : "the server sent a pointer of Git LFS in place of the file",
              EVAL_TRY(printable_url(url)),
              "look for the address from which a browser saves the file");
}

Result<PulledFile> pull_file(const std::string& name, const PullOptions& options, HttpClient& http,
                             std::stop_token stop) {
  DownloadOptions download = options.download;
  download.sha256 = wanted_sum(options, name);
  if (options.progress) {
    download.progress = [&](Bytes have, std::optional<Bytes> whole) {
      options.progress(fmt::format("{}  {}{}", name, to_string(have),
                                   whole ? " of " + to_string(*whole) : std::string()));
    };
  }
  std::string url = options.url;
  while (url.ends_with('/')) url.pop_back();
  url += "/" + name;
  const fs::path target = options.folder / name;
  const Downloaded done = EVAL_TRY(eval::download(http, url, target, download, stop));
  if (download.sha256.empty()) EVAL_TRY(check_beginning(target, url));
  return PulledFile{name, done.size, done.sha256, false};
}

// Whole rows that an earlier call left, and the end of the last of them in bytes.
struct RowsSoFar {
  std::int64_t count = 0;
  std::uint64_t bytes = 0;
};

RowsSoFar rows_in(std::string_view text) {
  RowsSoFar rows;
  const std::size_t end = text.rfind('\n');
  rows.bytes = end == text.npos ? 0 : end + 1;
  rows.count = std::count(text.begin(), text.begin() + static_cast<long>(rows.bytes), '\n');
  return rows;
}

struct Page {
  std::string lines;
  std::int64_t rows = 0;
  std::int64_t total = 0;
};

Result<Page> read_page(std::string_view text, std::int64_t offset, const std::string& where) {
  const Json json = EVAL_TRY(parse_json(text, where));
  const auto wrong = [&where](std::string what) {
    return fail(ErrorCode::BadInput, std::move(what), where);
  };
  if (!json.is_object() || !json.contains("rows") || !json["rows"].is_array() ||
      !json.contains("num_rows_total") || !json["num_rows_total"].is_number_unsigned()) {
    return wrong("the server's answer is no page of rows");
  }
  Page page;
  page.total = json["num_rows_total"].get<std::int64_t>();
  if (page.total > kRowsMax) return wrong(fmt::format("{} rows are too many", page.total));
  for (const Json& entry : json["rows"]) {
    const std::int64_t index = offset + page.rows;
    if (!entry.is_object() || read_integer(entry, "row_idx", -1).value_or(-1) != index ||
        !entry.contains("row") || !entry["row"].is_object()) {
      return wrong(fmt::format("the server did not send row {} where it belongs", index));
    }
    if (entry.contains("truncated_cells") && !entry["truncated_cells"].empty()) {
      return wrong(fmt::format("the server cut cells of row {}", index));
    }
    page.lines += to_json_line(entry["row"]) + "\n";
    ++page.rows;
  }
  if (page.rows == 0 && offset < page.total) {
    return wrong(fmt::format("the server has {} rows and sends none after {}", page.total, offset));
  }
  return page;
}

Result<void> append(const UniqueFd& file, std::string_view text, const fs::path& path) {
  while (!text.empty()) {
    const ssize_t count = write(file.value(), text.data(), text.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) {
      return fail(system_error(ErrorCode::Io, "cannot write a file", errno, path.string()));
    }
    text.remove_prefix(static_cast<std::size_t>(count));
  }
  return {};
}

Result<PulledFile> pull_rows(const std::string& name, const PullOptions& options, HttpClient& http,
                             std::stop_token stop) {
  const fs::path target = options.folder / name;
  const fs::path part = options.folder / (name + ".part");
  // Rows of another address must not be mixed with these.
  const fs::path note = options.folder / (name + ".part.json");
  const std::string origin = to_json_line({{"url", sha256_hex(options.url)}}) + "\n";
  const bool goes_on = read_file(note).value_or("") == origin;
  RowsSoFar rows;
  if (goes_on) rows = rows_in(read_file(part).value_or(""));
  EVAL_TRY(write_file(note, origin));
  const UniqueFd file(open(part.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644));
  if (!file.valid() || ftruncate(file.value(), static_cast<off_t>(rows.bytes)) < 0) {
    return fail(system_error(ErrorCode::Io, "cannot open a file", errno, part.string()));
  }
  const std::string where = EVAL_TRY(printable_url(options.url));
  const char joint = options.url.find('?') == std::string::npos ? '?' : '&';
  std::optional<std::int64_t> total;
  while (!total || rows.count < *total) {
    const std::string url = fmt::format("{}{}offset={}&length={}", options.url, joint, rows.count,
                                        options.rows_per_page);
    const std::string text = EVAL_TRY(fetch_text(http, url, options.download, stop));
    const Page page = EVAL_TRY(read_page(text, rows.count, where));
    if (total && page.total != *total) {
      return fail(ErrorCode::BadInput, "the data set changed while it was read", where,
                  "remove " + part.string() + " and begin again");
    }
    total = page.total;
    EVAL_TRY(append(file, page.lines, part));
    rows.count += page.rows;
    if (options.progress) {
      options.progress(fmt::format("{}  {} of {} rows", name, rows.count, *total));
    }
  }
  if (rows.count > *total) {
    return fail(ErrorCode::BadInput, "more rows are here than the server has", part.string(),
                "remove the file and begin again");
  }
  if (fsync(file.value()) < 0) {
    return fail(system_error(ErrorCode::Io, "cannot write a file", errno, part.string()));
  }
  const std::string sum = EVAL_TRY(sha256_of_file(part));
  const std::string wanted = wanted_sum(options, name);
  std::error_code error;
  if (!wanted.empty() && sum != wanted) {
    fs::remove(part, error);
    return fail(ErrorCode::BadInput,
                fmt::format("the rows have SHA-256 {}, and {} was expected", sum, wanted), where);
  }
  fs::rename(part, target, error);
  if (error) return fail(ErrorCode::Io, "cannot name a file: " + error.message(), target.string());
  fs::remove(note, error);
  return PulledFile{name, Bytes{fs::file_size(target, error)}, sum, false};
}

}  // namespace

std::vector<std::string> pull_names() {
  return {"livecodebench", "livecodebench-execution", "livecodebench-test-output",
          "swe-bench-verified"};
}

Result<PullPlan> pull_plan(std::string_view name, std::string_view release) {
  if (name == "livecodebench") {
    PullPlan plan;
    const int last = EVAL_TRY(release_number(release));
    for (int number = 1; number <= last; ++number) plan.names.push_back(file_of_release(number));
    return plan;
  }
  const std::vector<std::string> names = pull_names();
  if (std::ranges::find(names, name) != names.end()) {
    if (release.empty()) return PullPlan{PullKind::Rows, {fmt::format("{}.jsonl", name)}};
    return fail(ErrorCode::Usage, fmt::format("{} has no releases", name));
  }
  return fail(ErrorCode::Usage, fmt::format("no data set is called \"{}\"", name), {},
              "known are " + join(pull_names(), ", "));
}

Result<std::vector<PulledFile>> pull(const PullPlan& plan, const PullOptions& options,
                                     HttpClient& http, std::stop_token stop) {
  EVAL_TRY(make_directories(options.folder));
  Sums sums = EVAL_TRY(Sums::open(options.folder));
  std::vector<PulledFile> files;
  for (const std::string& name : plan.names) {
    const auto there = EVAL_TRY(sums.find(options.folder, name, wanted_sum(options, name)));
    files.push_back(there ? *there
                    : plan.kind == PullKind::Files
                        ? EVAL_TRY(pull_file(name, options, http, stop))
                        : EVAL_TRY(pull_rows(name, options, http, stop)));
    EVAL_TRY(sums.set(name, files.back().sha256));
  }
  return files;
}

Result<std::map<std::string, std::string>> read_sha256_sums(const fs::path& file) {
  std::map<std::string, std::string> sums;
  const std::string text = EVAL_TRY(read_file(file));
  for (const std::string_view line : split_lines(text)) {
    constexpr std::size_t kDigits = 64;
    const bool is_sum = line.size() > kDigits + 2 && line[kDigits] == ' ' &&
                        (line[kDigits + 1] == ' ' || line[kDigits + 1] == '*') &&
                        line.substr(0, kDigits).find_first_not_of("0123456789abcdef") == line.npos;
    if (!is_sum) {
      return fail(ErrorCode::BadInput,
                  fmt::format("\"{}\" is not a line of sha256sum", shorten(line, 100)),
                  file.string());
    }
    sums[std::string(line.substr(kDigits + 2))] = std::string(line.substr(0, kDigits));
  }
  return sums;
}

}  // namespace eval::problems
