#include "problems/test_data.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/text.h"
#include "problems/package_files.h"

namespace eval::problems {
namespace {

// What a group hands down to its testcases and sub-groups.
struct Inherited {
  std::vector<std::string> checker_args;
  std::vector<std::string> program_args;
};

bool ends_with(std::string_view name, std::string_view suffix) {
  return name.size() > suffix.size() && name.ends_with(suffix);
}

std::string without(std::string_view name, std::string_view suffix) {
  return std::string(name.substr(0, name.size() - suffix.size()));
}

// `output_validator_args` (a list), or its old form `output_validator_flags` (a text, or a map with
// the validator's name and its flags).
std::optional<std::vector<std::string>> read_checker_args(MapReader& reader) {
  if (auto args = reader.words("output_validator_args")) return args;
  const Json* flags = reader.member("output_validator_flags");
  if (flags == nullptr || !flags->is_object()) return reader.words("output_validator_flags");
  MapReader map(*flags, reader.where() + ": output_validator_flags", reader.findings());
  map.know({"name"});
  auto words = map.words("flags");
  map.report_unknown_keys();
  return words ? words : std::vector<std::string>{};
}

Inherited with_settings(Inherited inherited, MapReader& reader) {
  if (auto args = read_checker_args(reader)) inherited.checker_args = std::move(*args);
  if (auto args = reader.words("args")) inherited.program_args = std::move(*args);
  return inherited;
}

class TestDataReader {
 public:
  TestDataReader(const fs::path& package, const PackageInfo& info, Findings& findings)
      : data_(package / "data"), info_(info), findings_(findings) {}

  TestData read() {
    data_read_.root =
        DataGroup{.name = "data", .settings = {}, .settings_file = {}, .groups = {}, .items = {}};
    const Inherited inherited =
        read_settings(data_, package_entries(data_, findings_), data_read_.root, {});
    for (const std::string name : {"sample", "secret"}) {
      if (is_folder(data_ / name)) add_group(data_read_.root, name, inherited, 0);
    }
    check_top_level();
    data_read_.style = grading_style();
    check_keys(data_read_.root);
    return std::move(data_read_);
  }

 private:
  using Entries = std::vector<PackageEntry>;

  void add_group(DataGroup& parent, const std::string& name, const Inherited& inherited,
                 int depth) {
    const fs::path directory = data_ / name;
    if (depth > kPackageDepthMax) {
      findings_.fault("too-deep", "test data groups are nested too deeply", directory.string(),
                      "remove the symbolic link that leads back to its own parent");
      return;
    }
    DataGroup group{.name = name, .settings = {}, .settings_file = {}, .groups = {}, .items = {}};
    const Entries entries = package_entries(directory, findings_);
    const Inherited own = read_settings(directory, entries, group, inherited);
    add_members(group, entries, own, depth);
    parent.items.push_back({true, parent.groups.size()});
    parent.groups.push_back(std::move(group));
  }

  // Testcases and sub-groups in byte order of their base names ("1", "1-big", "10", "2").
  void add_members(DataGroup& group, const Entries& entries, const Inherited& inherited,
                   int depth) {
    struct Member {
      std::string base;
      bool is_group;
    };
    std::vector<Member> members;
    for (const PackageEntry& entry : entries) {
      if (entry.is_directory) {
        if (!ends_with(entry.name, ".files")) members.push_back({entry.name, true});
      } else if (ends_with(entry.name, ".in")) {
        members.push_back({without(entry.name, ".in"), false});
      }
    }
    std::sort(members.begin(), members.end(),
              [](const Member& a, const Member& b) { return a.base < b.base; });
    for (const Member& member : members) {
      const std::string name = group.name + "/" + member.base;
      if (member.is_group) {
        add_group(group, name, inherited, depth + 1);
      } else if (add_testcase(name, inherited)) {
        group.items.push_back({false, data_read_.testcases.size() - 1});
      }
    }
    check_partners(group.name, entries);
    for (std::size_t i = 1; i < members.size(); ++i) {
      if (members[i].base != members[i - 1].base) continue;
      findings_.fault(
          "name-clash",
          fmt::format("{}/{} names both a testcase and a folder", group.name, members[i].base),
          (data_ / group.name / members[i].base).string(), "rename one of them");
    }
  }

  // Files of a testcase without its input.
  void check_partners(const std::string& group, const Entries& entries) {
    std::set<std::string> names;
    for (const PackageEntry& entry : entries) names.insert(entry.name);
    for (const PackageEntry& entry : entries) {
      if (!entry.is_directory && ends_with(entry.name, ".ans") &&
          !names.contains(without(entry.name, ".ans") + ".in")) {
        findings_.fault(
            "input-missing",
            fmt::format("testcase {}/{} has an answer, but no input", group,
                        without(entry.name, ".ans")),
            entry.path.string(),
            fmt::format("add {}.in next to it, or remove the answer", without(entry.name, ".ans")));
      }
    }
  }

  bool add_testcase(const std::string& name, const Inherited& inherited) {
    const fs::path stem = data_ / name;
    const auto beside = [&](std::string_view extension) {
      return fs::path(stem.string() + std::string(extension));
    };
    if (!is_file(beside(".ans"))) {
      findings_.fault(
          "answer-missing", fmt::format("testcase {} has no answer file", name),
          beside(".in").string(),
          fmt::format("add {}.ans next to it, or remove the input", stem.filename().string()));
      return false;
    }
    auto input = read_data_file(beside(".in"), findings_);
    auto answer = read_data_file(beside(".ans"), findings_);
    if (!input || !answer) return false;
    Testcase testcase;
    testcase.name = name;
    testcase.input = std::move(*input);
    testcase.answer = std::move(*answer);
    testcase.is_sample = name.starts_with("sample/");
    const Inherited own = testcase_settings(beside(".yaml"), beside(".args"), inherited);
    testcase.checker_args = info_.validator_flags;
    testcase.checker_args.insert(testcase.checker_args.end(), own.checker_args.begin(),
                                 own.checker_args.end());
    testcase.program_args = own.program_args;
    const fs::path files = beside(".files");
    for (const fs::path& file : package_files_below(files, findings_)) {
      testcase.program_files[file.lexically_relative(files).string()] = file.string();
    }
    data_read_.testcases.push_back(std::move(testcase));
    return true;
  }

  // NAME.yaml and NAME.args of the later dialects.
  Inherited testcase_settings(const fs::path& yaml_file, const fs::path& args_file,
                              Inherited inherited) {
    if (info_.dialect == Dialect::Legacy) return inherited;
    if (is_file(args_file)) {
      if (const auto text = read_package_text(args_file, findings_))
        inherited.program_args = split_command(*text);
    }
    if (!is_file(yaml_file)) return inherited;
    const auto yaml = read_package_yaml(yaml_file, findings_);
    if (!yaml) return inherited;
    MapReader reader(*yaml, yaml_file.string(), findings_);
    Inherited own = with_settings(std::move(inherited), reader);
    reader.flag("full_feedback");
    reader.know({"input_validator_args", "input_validator_flags", "input_visualizer_args",
                 "output_visualizer_args", "hint", "description"});
    reader.report_unknown_keys();
    return own;
  }

  Inherited read_settings(const fs::path& directory, const Entries& entries, DataGroup& group,
                          const Inherited& inherited) {
    const auto has = [&](std::string_view name) {
      return std::any_of(entries.begin(), entries.end(),
                         [&](const PackageEntry& entry) { return entry.name == name; });
    };
    const bool legacy = info_.dialect == Dialect::Legacy;
    const std::string_view right = legacy ? "testdata.yaml" : "test_group.yaml";
    const std::string_view other = legacy ? "test_group.yaml" : "testdata.yaml";
    // The 2023-07 drafts began with testdata.yaml and ended with test_group.yaml.
    const bool both_allowed = info_.dialect == Dialect::V2023_07;
    std::string_view used = right;
    if (!has(right) && both_allowed && has(other)) used = other;
    if (has(other) && used != other) {
      findings_.warning("settings-file", fmt::format("{} is ignored in this format version", other),
                        directory.string(), fmt::format("write {} instead", right));
    }
    if (!has(used)) return inherited;
    group.settings_file = (directory / used).string();
    auto yaml = read_package_yaml(directory / used, findings_);
    if (!yaml) return inherited;
    group.settings = std::move(*yaml);
    MapReader reader(group.settings, group.settings_file, findings_);
    return with_settings(inherited, reader);
  }

  void check_top_level() {
    static const std::set<std::string, std::less<>> kFolders = {
        "sample",         "secret",       "invalid_input",  "invalid_output",
        "invalid_answer", "valid_output", "invalid_inputs", "bad"};
    for (const PackageEntry& entry : package_entries(data_, findings_)) {
      if (entry.is_directory && !kFolders.contains(entry.name)) {
        findings_.warning("data-folder", fmt::format("data/{}/ is ignored", entry.name),
                          data_.string(), "put testcases into data/sample/ or data/secret/");
      } else if (!entry.is_directory && ends_with(entry.name, ".in")) {
        findings_.fault("misplaced-testcase",
                        fmt::format("testcase {} lies directly in data/", entry.name),
                        entry.path.string(), "move it into data/sample/ or data/secret/");
      }
    }
  }

  static bool any_group(const DataGroup& group, const auto& predicate) {
    return predicate(group) ||
           std::any_of(group.groups.begin(), group.groups.end(),
                       [&](const DataGroup& below) { return any_group(below, predicate); });
  }

  GradingStyle grading_style() const {
    if (info_.dialect == Dialect::Legacy) return GradingStyle::Legacy;
    if (info_.dialect == Dialect::V2025_09) return GradingStyle::Modern;
    const bool legacy_keys = any_group(data_read_.root, [](const DataGroup& group) {
      for (const std::string_view key :
           {"on_reject", "grader_flags", "accept_score", "reject_score", "range"}) {
        if (find_member(group.settings, key) != nullptr) return true;
      }
      const Json* grading = find_member(group.settings, "grading");
      return grading != nullptr && grading->is_string();
    });
    return legacy_keys ? GradingStyle::Legacy : GradingStyle::Modern;
  }

  void check_keys(const DataGroup& group) {
    MapReader reader(group.settings, group.settings_file, findings_);
    const Json* draft = reader.member("static_validation");
    const bool in_draft = draft != nullptr && *draft != Json(false);
    if (reader.member("static_validation_score") != nullptr || in_draft) {
      findings_.fault("unsupported", Error{ErrorCode::Unsupported,
                                           "the group asks for a static validator",
                                           group.settings_file,
                                           "no version of this program runs one",
                                           0,
                                           {}});
    }
    reader.know({"args", "output_validator_args", "output_validator_flags", "input_validator_args",
                 "input_validator_flags"});
    if (data_read_.style == GradingStyle::Modern) {
      reader.know({"max_score", "score_aggregation", "require_pass", "static_validation_score",
                   "static_validator_args", "input_visualizer_args", "output_visualizer_args",
                   "full_feedback"});
      if (info_.dialect == Dialect::V2023_07)
        reader.know({"scoring", "grading", "run_samples", "hint", "description"});
    } else {
      reader.know(
          {"on_reject", "grading", "grader_flags", "accept_score", "reject_score", "range"});
    }
    reader.report_unknown_keys();
    for (const DataGroup& below : group.groups) check_keys(below);
  }

  fs::path data_;
  const PackageInfo& info_;
  Findings& findings_;
  TestData data_read_;
};

}  // namespace

TestData read_test_data(const fs::path& package, const PackageInfo& info, Findings& findings) {
  return TestDataReader(package, info, findings).read();
}

}  // namespace eval::problems
