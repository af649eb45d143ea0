#include "problems/package_yaml.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "problems/package_files.h"

namespace eval::problems {
namespace {

std::optional<Dialect> dialect_of(std::string_view version) {
  if (version == "legacy" || version == "legacy-icpc") return Dialect::Legacy;
  if (version == "2023-07" || version == "2023-07-draft") return Dialect::V2023_07;
  if (version == "2025-09" || version == "2025-09-draft" || version == "draft")
    return Dialect::V2025_09;
  return std::nullopt;
}

Dialect read_dialect(MapReader& reader) {
  const std::string version = reader.text("problem_format_version").value_or("legacy");
  if (const auto dialect = dialect_of(version)) return *dialect;
  reader.findings().fault(
      "format-version",
      Error{ErrorCode::Unsupported,
            fmt::format("the problem format version \"{}\" is not known", version),
            reader.where(),
            "known are legacy, 2023-07 and 2025-09 (and their drafts)",
            0,
            {}});
  return Dialect::V2025_09;
}

void read_names(MapReader& reader, PackageInfo& info) {
  const Json* value = reader.member("name");
  if (value == nullptr) return;
  if (const auto text = scalar_text(*value)) {
    info.names["en"] = std::string(trim(*text));
    return;
  }
  MapReader names(*value, reader.where() + ": name", reader.findings());
  for (const std::string& language : names.keys()) {
    if (const auto name = names.text(language)) info.names[language] = std::string(trim(*name));
  }
}

void read_types(MapReader& reader, PackageInfo& info) {
  bool pass_fail = false;
  for (const std::string& type : reader.words("type").value_or(std::vector<std::string>{})) {
    if (type == "pass-fail") {
      pass_fail = true;
    } else if (type == "scoring") {
      info.is_scoring = true;
    } else if (type == "interactive") {
      info.is_interactive = true;
    } else if (type == "multi-pass") {
      info.is_multi_pass = true;
    } else if (type == "submit-answer") {
      info.is_submit_answer = true;
    } else {
      reader.findings().fault("bad-value", fmt::format("the type \"{}\" is not known", type),
                              reader.where(),
                              "known are pass-fail, scoring, interactive, multi-pass and "
                              "submit-answer");
    }
  }
  if (pass_fail && info.is_scoring) {
    reader.findings().fault("bad-value", "the type is both pass-fail and scoring", reader.where(),
                            "remove one of the two");
  }
}

// "default", or "custom" followed by some of score, interactive and multipass.
void read_validation(MapReader& reader, PackageInfo& info) {
  const auto words = reader.words("validation");
  if (!words || words->empty()) return;
  const auto bad = [&](std::string_view word) {
    reader.findings().fault(
        "bad-value", fmt::format("the validation word \"{}\" is not known", word), reader.where(),
        "write `default`, or `custom` followed by score, interactive or multipass");
  };
  info.custom_validation = words->front() == "custom";
  if (words->front() != "custom" && words->front() != "default") {
    reader.findings().fault(
        "bad-value", fmt::format("validation \"{}\" is neither default nor custom", words->front()),
        reader.where(), "write `default`, or `custom` followed by score, interactive or multipass");
  }
  for (std::size_t i = 1; i < words->size(); ++i) {
    const std::string& word = (*words)[i];
    if (info.custom_validation && word == "score") {
      info.custom_score = true;
    } else if (info.custom_validation && word == "interactive") {
      info.is_interactive = true;
    } else if (info.custom_validation && (word == "multipass" || word == "multi-pass")) {
      info.is_multi_pass = true;
    } else {
      bad(word);
    }
  }
}

void read_grading(MapReader& reader, PackageInfo& info) {
  const Json* value = reader.member("grading");
  if (value == nullptr) return;
  MapReader grading(*value, reader.where() + ": grading", reader.findings());
  const std::string objective = grading.text("objective").value_or("max");
  info.minimises = objective == "min";
  if (objective != "min" && objective != "max") {
    grading.wrong_type("objective", "min or max", *grading.member("objective"));
  }
  grading.flag("show_test_data_groups");
  for (const std::string_view old : {"accept_score", "reject_score", "range", "on_reject"}) {
    if (grading.member(old) == nullptr) continue;
    reader.findings().warning("misplaced-key", fmt::format("\"grading: {}\" is ignored", old),
                              reader.where(), "put it into data/testdata.yaml");
  }
  grading.report_unknown_keys();
}

// The name of one source: a text, or a map with `name`.
std::string source_name(const Json& source) {
  if (const auto text = scalar_text(source)) return std::string(trim(*text));
  const Json* name = find_member(source, "name");
  return name == nullptr ? std::string() : scalar_text(*name).value_or("");
}

void read_rights(MapReader& reader, PackageInfo& info) {
  if (const Json* source = reader.member("source")) {
    std::vector<std::string> names;
    if (source->is_array()) {
      for (const Json& entry : *source) names.push_back(source_name(entry));
    } else {
      names.push_back(source_name(*source));
    }
    info.source = join(names, ", ");
  }
  info.license = to_lower(trim(reader.text("license").value_or("")));
  info.uuid = reader.text("uuid").value_or("");
  info.has_author = !info.source.empty();
  for (const std::string_view key : {"author", "credits", "rights_owner"})
    info.has_author |= reader.member(key) != nullptr;
  static const std::vector<std::string> kLicenses = {
      "unknown", "public domain", "cc0", "cc by", "cc by-sa", "educational", "permission"};
  const bool known = std::find(kLicenses.begin(), kLicenses.end(), info.license) != kLicenses.end();
  if (!info.license.empty() && !known) {
    reader.findings().warning(
        "license", fmt::format("the license \"{}\" is not one of the format", info.license),
        reader.where(), "use one of " + join(kLicenses, ", "));
  }
}

void read_languages(MapReader& reader, PackageInfo& info) {
  const auto words = reader.words("languages");
  if (!words || *words == std::vector<std::string>{"all"}) return;
  info.languages = *words;
  if (words->empty()) {
    reader.findings().fault("bad-value", "no language is allowed", reader.where(),
                            "list language codes, or write `languages: all`");
  }
  for (const std::string& language : *words) {
    if (kattis_languages().contains(language)) continue;
    std::vector<std::string> codes;
    for (const auto& [code, extensions] : kattis_languages()) codes.push_back(code);
    const auto near = closest_match(language, codes);
    reader.findings().warning(
        "unknown-language", fmt::format("the language \"{}\" is not known", language),
        reader.where(),
        near ? fmt::format("write \"{}\" if that is meant", *near) : "use a code of the format");
  }
}

// A constant is a scalar, or a map with `value` and other ways to write it.
void read_constants(MapReader& reader, PackageInfo& info) {
  const Json* value = reader.member("constants");
  if (value == nullptr) return;
  MapReader constants(*value, reader.where() + ": constants", reader.findings());
  for (const std::string& name : constants.keys()) {
    const Json* constant = constants.member(name);
    if (constant == nullptr) continue;
    if (const auto text = scalar_text(*constant)) {
      info.constants[name] = info.constants[name + ".value"] = *text;
      continue;
    }
    MapReader variants(*constant, constants.where() + ": " + name, reader.findings());
    for (const std::string& variant : variants.keys()) {
      const auto text = variants.text(variant);
      if (!text) continue;
      info.constants[name + "." + variant] = *text;
      if (variant == "value") info.constants[name] = *text;
    }
  }
  if (!info.constants.empty()) {
    reader.findings().warning(
        "constants", "constants are put into the statement, but not into programs", reader.where(),
        "write the values out in validators, included files and submissions");
  }
}

void read_legacy_keys(MapReader& reader, PackageInfo& info) {
  read_validation(reader, info);
  info.validator_flags = reader.words("validator_flags").value_or(std::vector<std::string>{});
  read_grading(reader, info);
  reader.know({"source_url", "keywords", "libraries"});
}

// What the later dialects removed. A package that kept it meant something by it.
void read_leftover_keys(MapReader& reader, PackageInfo& info) {
  if (const auto flags = reader.words("validator_flags"); flags && !flags->empty()) {
    info.validator_flags = *flags;
    reader.findings().warning("misplaced-key", "\"validator_flags\" is not of this format version",
                              reader.where(),
                              "put `output_validator_args` into data/test_group.yaml");
  }
  if (reader.member("validation") != nullptr) {
    read_validation(reader, info);
    reader.findings().warning("misplaced-key", "\"validation\" is not of this format version",
                              reader.where(), "remove it; the folder output_validator/ decides");
  }
  read_constants(reader, info);
  reader.flag("allow_file_writing");
  reader.know({"version", "embargo_until", "keywords"});
}

void check_support(const MapReader& reader, const PackageInfo& info, Findings& findings) {
  const auto refuse = [&](std::string_view what) {
    findings.fault("unsupported", Error{ErrorCode::Unsupported,
                                        std::string(what),
                                        reader.where(),
                                        "no version of this program judges it",
                                        0,
                                        {}});
  };
  if (info.is_submit_answer) refuse("the problem is of type submit-answer");
  if (info.minimises) refuse("the problem asks for the smallest score (objective: min)");
}

}  // namespace

std::string_view dialect_name(Dialect dialect) {
  switch (dialect) {
    case Dialect::Legacy:
      return "kattis-legacy";
    case Dialect::V2023_07:
      return "kattis-2023-07";
    case Dialect::V2025_09:
      return "kattis-2025-09";
  }
  return "kattis-legacy";
}

PackageInfo read_package_info(const fs::path& package, Findings& findings) {
  PackageInfo info;
  const fs::path file = info.file = package / "problem.yaml";
  const auto yaml = read_package_yaml(file, findings);
  if (!yaml) return info;
  MapReader reader(*yaml, file.string(), findings);
  info.dialect = read_dialect(reader);
  read_names(reader, info);
  if (info.names.empty()) {
    if (const auto name = domjudge_setting(package, "name", findings)) info.names["en"] = *name;
  }
  read_types(reader, info);
  read_rights(reader, info);
  read_languages(reader, info);
  if (info.dialect == Dialect::Legacy) {
    read_legacy_keys(reader, info);
  } else {
    read_leftover_keys(reader, info);
  }
  read_limits(package, reader, info);
  reader.report_unknown_keys();
  check_support(reader, info, findings);
  return info;
}

}  // namespace eval::problems
