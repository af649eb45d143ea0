#include "evaluator/manifest.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/evaluator/store_samples.h"

namespace eval::evaluator {
namespace {

using test::sample_manifest;
using testing::HasSubstr;

TEST(Manifest, ComesBackFromItsJsonTextInEveryField) {
  const auto json = parse_json(to_json_line(to_json(sample_manifest())), "test");
  ASSERT_TRUE(json.has_value());
  const auto manifest = manifest_from_json(*json);
  ASSERT_TRUE(manifest.has_value()) << describe(manifest.error());
  EXPECT_EQ(*manifest, sample_manifest());
}

TEST(Manifest, KeepsUnsetSamplingUnset) {
  const RunManifest manifest;
  EXPECT_EQ(manifest_from_json(to_json(manifest)), manifest);
}

TEST(Manifest, KeepsADeclaredTimeModel) {
  RunManifest manifest = sample_manifest();
  manifest.minutes_per_attempt = 2.5;
  EXPECT_EQ(manifest_from_json(to_json(manifest)), manifest);
  EXPECT_NE(manifest_key(manifest), manifest_key(sample_manifest()));
}

TEST(Manifest, KeepsWhatShapesTheJudgingAndTheCounting) {
  RunManifest manifest = sample_manifest();
  manifest.profile = "ioi-2025";
  manifest.time_factor = 1.5;
  manifest.submission_cap = 50;
  manifest.submission_scope = "subtask";
  EXPECT_EQ(manifest_from_json(to_json(manifest)), manifest);
}

TEST(Manifest, SaysNothingOfDefaultsThatOlderRunsDoNotKnow) {
  const Json json = to_json(sample_manifest());
  for (const char* field : {"profile", "time_factor", "submission_cap", "submission_scope"}) {
    EXPECT_EQ(find_member(json, field), nullptr) << field;
  }
}

TEST(Manifest, NamesTheFieldWithAWrongType) {
  Json json = to_json(sample_manifest());
  json["problem_ids"] = "ioi/alpha";
  const auto manifest = manifest_from_json(json);
  ASSERT_FALSE(manifest.has_value());
  EXPECT_EQ(manifest.error().code, ErrorCode::BadInput);
  EXPECT_THAT(manifest.error().what, HasSubstr("problem_ids"));
}

TEST(Manifest, RefusesANegativeSeed) {
  Json json = to_json(sample_manifest());
  json["seed"] = -1;
  EXPECT_FALSE(manifest_from_json(json).has_value());
}

TEST(Manifest, KeepsADeclaredTrainingCutoffThatIsNoPartOfTheKey) {
  RunManifest manifest = sample_manifest();
  EXPECT_EQ(find_member(to_json(manifest), "training_cutoff"), nullptr);
  manifest.training_cutoff = "2024-09-01";
  EXPECT_EQ(manifest_from_json(to_json(manifest)), manifest);
  EXPECT_EQ(manifest_key(manifest), manifest_key(sample_manifest()));
}

TEST(ManifestKey, IgnoresWhenAndWhereTheRunWasBegun) {
  RunManifest later = sample_manifest();
  later.created_ms += 1;
  later.host = "another";
  later.evalctl_version = "9";
  EXPECT_EQ(manifest_key(later), manifest_key(sample_manifest()));
}

class ManifestKeyField : public testing::TestWithParam<void (*)(RunManifest&)> {};

TEST_P(ManifestKeyField, Changes) {
  RunManifest other = sample_manifest();
  GetParam()(other);
  EXPECT_NE(manifest_key(other), manifest_key(sample_manifest()));
}

INSTANTIATE_TEST_SUITE_P(
    WithEveryFieldThatDecides, ManifestKeyField,
    testing::Values(
        [](RunManifest& m) { m.suite = "x"; }, [](RunManifest& m) { m.model = "x"; },
        [](RunManifest& m) { m.runner = "x"; }, [](RunManifest& m) { m.strategy = "x"; },
        [](RunManifest& m) { m.extraction_rule = "x"; },
        [](RunManifest& m) { m.prompt_template = "x"; },
        [](RunManifest& m) { m.attempts_per_problem = 3; }, [](RunManifest& m) { m.seed = 3; },
        [](RunManifest& m) { m.profile = "x"; }, [](RunManifest& m) { m.time_factor = 2; },
        [](RunManifest& m) { m.submission_cap = 3; },
        [](RunManifest& m) { m.sampling.temperature = std::nullopt; },
        [](RunManifest& m) { m.sampling.stop = {}; }, [](RunManifest& m) { m.sampling.top_k = 41; },
        [](RunManifest& m) { m.sampling.thinking = true; },
        [](RunManifest& m) { m.sampling.logprobs = true; },
        [](RunManifest& m) {
          m.local = LocalChoice{"cpu", "f32", 512};
        },
        [](RunManifest& m) { m.problem_ids.pop_back(); }));

}  // namespace
}  // namespace eval::evaluator
