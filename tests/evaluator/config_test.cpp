#include "evaluator/config.h"

#include <gtest/gtest.h>

#include <set>

#include "evaluator/protocols.h"

namespace eval::evaluator {
namespace {

RunSettings from_yaml(std::string_view text) {
  const auto layer = settings_from_yaml(text, "run.yaml");
  EXPECT_TRUE(layer) << describe(layer.error());
  return merge_settings({}, {}, *layer);
}

Error yaml_error(std::string_view text) {
  const auto layer = settings_from_yaml(text, "run.yaml");
  EXPECT_FALSE(layer);
  return layer ? Error{} : layer.error();
}

TEST(SettingsFile, SetsEveryTypeOfSetting) {
  RunSettings expected;
  expected.suite = "quickstart";
  expected.problems = {"twopiles", "ferry"};
  expected.limit = 5;
  expected.seed = 9'000'000'000'000'000'000u;
  expected.temperature = 1;
  expected.top_p = 0.95;
  expected.jobs = 8;
  expected.verdict_cache = false;
  expected.request_timeout = std::chrono::seconds(600);
  expected.idle_timeout = std::chrono::seconds(45);
  EXPECT_EQ(from_yaml("suite: quickstart\nproblems: [twopiles, ferry]\nlimit: 5\n"
                      "seed: 9000000000000000000\ntemperature: 1\ntop-p: 0.95\njobs: 8\n"
                      "verdict_cache: false\nrequest_timeout: 10m\nidle_timeout: 45\nstop:\n"),
            expected);
}

TEST(SettingsFile, TakesOneTextAsAListOfOne) {
  EXPECT_EQ(from_yaml("languages: cpp17\n").languages, std::vector<std::string>{"cpp17"});
}

TEST(SettingsFile, MayBeEmpty) {
  EXPECT_EQ(from_yaml("# nothing\n"), RunSettings{});
}

TEST(SettingsFile, OffersTheClosestNameForAnUnknownKeyWithItsLine) {
  const Error error = yaml_error("suite: quickstart\ntemprature: 1\n");
  EXPECT_EQ(error.code, ErrorCode::BadInput);
  EXPECT_EQ(error.what, "there is no setting \"temprature\"");
  EXPECT_EQ(error.where, "run.yaml: line 2");
  EXPECT_EQ(error.help, "did you mean \"temperature\"?");
}

TEST(SettingsFile, ReportsAllFaultsTogether) {
  const Error error = yaml_error("limit: 0\njobs: many\nseed: -1\nextraction: last\nzzz: 1\n");
  EXPECT_EQ(error.what, "\"limit\" should be a whole number from 1 to 1e+06, but is 0");
  ASSERT_EQ(error.also.size(), 4u);
  EXPECT_EQ(error.also[0].where, "run.yaml: line 2");
  EXPECT_TRUE(error.also[2].what.starts_with("\"extraction\" should be one of last-block, "))
      << error.also[2].what;
  EXPECT_EQ(error.also[3].where, "run.yaml: line 5");
}

TEST(SettingsFile, SaysToQuoteANumberThatIsMeantAsText) {
  EXPECT_EQ(yaml_error("run_id: 42\n").help, "put it in quotes if it is meant as a text");
}

TEST(SettingsFile, RefusesDurationsItCannotRead) {
  for (const std::string value : {"10 days", "0s", "-5", "1.5h", "9999999h", "m", "true"}) {
    EXPECT_EQ(yaml_error("request_timeout: " + value + "\n").code, ErrorCode::BadInput) << value;
  }
}

TEST(SettingsFile, RefusesNumbersThatAreNone) {
  EXPECT_EQ(yaml_error("temperature: .nan\n").code, ErrorCode::BadInput);
  EXPECT_EQ(yaml_error("top_p: 1.5\n").code, ErrorCode::BadInput);
  EXPECT_EQ(yaml_error("limit: 1.0\n").code, ErrorCode::BadInput);
}

TEST(SettingsFile, HasNoPlaceForAnApiKey) {
  EXPECT_NE(yaml_error("api_key: secret\n").help.find("EVALCTL_API_KEY"), std::string::npos);
}

TEST(SettingsFile, NamesLineAndColumnOfBrokenYaml) {
  EXPECT_NE(yaml_error("suite: [a\nlimit: 1\n").where.find("line"), std::string::npos);
  EXPECT_EQ(yaml_error("- a\n- b\n").what, "a configuration is a mapping of settings to values");
}

TEST(SettingsFile, ThatIsMissingIsNotFound) {
  const auto layer = load_settings_file("/nowhere/run.yaml");
  ASSERT_FALSE(layer);
  EXPECT_EQ(layer.error().code, ErrorCode::NotFound);
}

TEST(SettingsEnvironment, ReadsPrefixedVariablesOnly) {
  const auto layer = settings_from_environment({{"EVALCTL_MODEL", "http:x"},
                                                {"EVALCTL_LANGUAGES", "cpp20, python3"},
                                                {"EVALCTL_VERDICT_CACHE", "off"},
                                                {"EVALCTL_API_KEY", "secret"},
                                                {"EVALCTL_SUITES", "/a:/b"},
                                                {"EVALCTL_TEST_DATA", "/c"},
                                                {"MODEL", "http:y"}});
  ASSERT_TRUE(layer) << describe(layer.error());
  RunSettings expected;
  expected.model = "http:x";
  expected.languages = {"cpp20", "python3"};
  expected.verdict_cache = false;
  EXPECT_EQ(merge_settings({}, *layer, {}), expected);
}

TEST(SettingsEnvironment, PointsOutASlip) {
  const auto layer = settings_from_environment({{"EVALCTL_SAMPELS", "4"}});
  ASSERT_FALSE(layer);
  EXPECT_EQ(layer.error().code, ErrorCode::Usage);
  EXPECT_EQ(layer.error().where, "environment variable EVALCTL_SAMPELS");
  EXPECT_EQ(layer.error().help, "did you mean \"samples\"?");
}

TEST(SettingsFlags, AddUpForListsAndReplaceOtherwise) {
  const auto layer = settings_from_flags(
      {{"problems", "a"}, {"samples", "2"}, {"problems", "b,c"}, {"samples", "3"}});
  ASSERT_TRUE(layer);
  const RunSettings settings = merge_settings(*layer, {}, {});
  EXPECT_EQ(settings.problems, (std::vector<std::string>{"a", "b", "c"}));
  EXPECT_EQ(settings.samples, 3);
}

TEST(SettingsFlags, SayWhichFlagIsWrong) {
  const auto layer = settings_from_flags({{"max_tokens", "lots"}, {"top-p", "7"}});
  ASSERT_FALSE(layer);
  EXPECT_EQ(layer.error().code, ErrorCode::Usage);
  EXPECT_EQ(layer.error().where, "--max-tokens");
  ASSERT_EQ(layer.error().also.size(), 1u);
  EXPECT_EQ(layer.error().also[0].where, "--top-p");
}

TEST(SettingsFlags, TakeDaysOfTheCalendarOnlyWhereADayIsMeant) {
  const auto layer = settings_from_flags({{"cutoff", "2024-02-29"}});
  ASSERT_TRUE(layer);
  EXPECT_EQ(merge_settings(*layer, {}, {}).cutoff, "2024-02-29");
  for (const char* text : {"2023-02-29", "2024-13-01", "2024-9-1", "yesterday", "2024-09-01T00"}) {
    const auto wrong = settings_from_flags({{"cutoff", text}});
    ASSERT_FALSE(wrong) << text;
    EXPECT_EQ(wrong.error().code, ErrorCode::Usage);
    EXPECT_EQ(wrong.error().where, "--cutoff");
  }
  EXPECT_FALSE(settings_from_yaml("cutoff: 2024-02-30\n", "run.yaml"));
  EXPECT_TRUE(settings_from_yaml("cutoff: 2024-09-01\n", "run.yaml"));
}

TEST(MergeSettings, LetsFlagsBeatEnvironmentBeatFileBeatDefaults) {
  const auto flags = settings_from_flags({{"seed", "3"}});
  const auto environment = settings_from_environment(
      {{"EVALCTL_SEED", "2"}, {"EVALCTL_SAMPLES", "2"}, {"EVALCTL_PROBLEMS", "e"}});
  const auto file =
      settings_from_yaml("seed: 1\nsamples: 1\njobs: 1\nproblems: [f, g]\n", "run.yaml");
  ASSERT_TRUE(flags && environment && file);
  const RunSettings settings = merge_settings(*flags, *environment, *file);
  EXPECT_EQ(settings.seed, 3u);
  EXPECT_EQ(settings.samples, 2);
  EXPECT_EQ(settings.jobs, 1);
  EXPECT_EQ(settings.problems, std::vector<std::string>{"e"});
  EXPECT_EQ(settings.tries, RunSettings{}.tries);
}

TEST(Protocols, OfLiveCodeBenchAreItsRunnersDefaults) {
  const auto settings_of = [](std::string_view name) {
    return merge_settings({}, {}, protocol_settings(name).value_or(SettingsLayer{}));
  };
  for (const char* name : {"livecodebench", "livecodebench-test-output", "livecodebench-execution",
                           "livecodebench-execution-cot"}) {
    const RunSettings settings = settings_of(name);
    EXPECT_EQ(settings.samples, 10) << name;
    EXPECT_EQ(settings.temperature, 0.2) << name;
    EXPECT_EQ(settings.top_p, 0.95) << name;
    EXPECT_EQ(settings.max_tokens, 2000) << name;
  }
  EXPECT_EQ(settings_of("livecodebench").extraction, "last-two-fences");
  EXPECT_EQ(settings_of("livecodebench").semantics, "lcb-official");
  EXPECT_EQ(settings_of("nemo-skills").extraction, "first-tagged");
  EXPECT_EQ(settings_of("nemo-skills").window, "nvidia-v6");
}

TEST(SettingTable, NamesEachSettingOnceInSnakeCaseWithHelp) {
  std::set<std::string_view> names;
  for (const Setting& setting : run_setting_table()) {
    EXPECT_TRUE(names.insert(setting.name).second) << setting.name;
    EXPECT_EQ(setting.name.find_first_not_of("abcdefghijklmnopqrstuvwxyz_"), std::string::npos);
    EXPECT_FALSE(setting.help.empty()) << setting.name;
    EXPECT_EQ(find_setting(setting.name), &setting);
  }
  EXPECT_EQ(find_setting("Max-Tokens"), find_setting("max_tokens"));
  EXPECT_EQ(find_setting("no_such_setting"), nullptr);
}

TEST(SettingTable, PutsEachSettingUnderTheHeadingOfItsTopic) {
  const auto heading_of = [](std::string_view name) { return setting_group(*find_setting(name)); };
  EXPECT_EQ(heading_of("limit"), "Problems");
  EXPECT_EQ(heading_of("top_p"), "Model and sampling");
  EXPECT_EQ(heading_of("dtype"), "Local model");
  EXPECT_EQ(heading_of("time_factor"), "Attempts and submissions");
  EXPECT_EQ(heading_of("canaries"), "Grading of proofs");
  EXPECT_EQ(heading_of("isolation"), "Effort and caches");
  EXPECT_EQ(heading_of("report_json"), "Results");
}

}  // namespace
}  // namespace eval::evaluator
