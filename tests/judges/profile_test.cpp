#include "judges/profile.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace eval::judges {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(Profiles, AreTheFourThatAreDocumented) {
  EXPECT_THAT(profile_names(), ElementsAre("default", "ioi-2025", "icpc-wf-2025", "codeforces"));
}

TEST(Profiles, OfferTheClosestNameForAnUnknownOne) {
  const auto profile = find_profile("ioi2025");
  ASSERT_FALSE(profile.has_value());
  EXPECT_EQ(profile.error().code, ErrorCode::Usage);
  EXPECT_THAT(profile.error().help, HasSubstr("did you mean \"ioi-2025\"?"));
  EXPECT_THAT(find_profile("zzzzzzzzzzzz").error().help, HasSubstr("known: default"));
}

TEST(Profiles, LeaveTheTableAsItIsByDefault) {
  EXPECT_EQ(find_profile("default")->languages.all(), Languages::built_in().all());
}

TEST(Profiles, KnowOnlyOneCppAtTheIoi) {
  const auto profile = find_profile("ioi-2025");
  ASSERT_TRUE(profile.has_value());
  const Languages& languages = profile->languages;
  EXPECT_EQ(languages.all().size(), 3U);
  EXPECT_EQ(languages.find("python3"), nullptr);
  EXPECT_EQ(languages.find("c"), nullptr);
  for (const char* id : {"cpp20", "cpp17", "cpp23"}) {
    ASSERT_NE(languages.find(id), nullptr) << id;
    EXPECT_THAT(languages.find(id)->compile, Contains("-std=gnu++20")) << id;
    EXPECT_THAT(languages.find(id)->compile, Contains("-DEVAL")) << id;
  }
  EXPECT_THAT(profile->sources, Contains(HasSubstr("ioi2025.bo")));
}

TEST(Profiles, RunPythonWithPyPyAtTheWorldFinals) {
  const auto profile = find_profile("icpc-wf-2025");
  ASSERT_TRUE(profile.has_value());
  EXPECT_EQ(profile->languages.find("python3")->program, "pypy3");
  EXPECT_EQ(profile->languages.find("python3")->run.front(), "pypy3");
  EXPECT_THAT(profile->languages.find("java")->run, Contains("-Xss64m"));
  EXPECT_THAT(profile->languages.find("c")->compile, Contains("-std=gnu11"));
  EXPECT_EQ(profile->languages.find("rust"), nullptr);
}

Result<std::vector<EnvironmentProfile>> read(const std::string& languages) {
  return profiles_from_json(R"({"profiles": [{"id": "mine", "title": "t", "sources": ["s"],
      "languages": [)" + languages +
                                "]}]}",
                            "test", Languages::built_in());
}

TEST(ProfilesFromJson, ReplacesWhatIsStatedAndKeepsTheRest) {
  const auto profiles = read(R"({"id": "java", "name": "Java 8", "time_factor": 2.5})");
  ASSERT_TRUE(profiles.has_value()) << describe(profiles.error());
  const Language& java = profiles->front().languages.all().front();
  EXPECT_EQ(java.name, "Java 8");
  EXPECT_EQ(java.time_factor, 2.5);
  EXPECT_EQ(java.run, Languages::built_in().find("java")->run);
}

TEST(ProfilesFromJson, RefusesWhatItDoesNotUnderstand) {
  EXPECT_FALSE(read(R"({"id": "jave"})").has_value());
  EXPECT_FALSE(read(R"({"id": "java", "as": ["jave"]})").has_value());
  EXPECT_FALSE(read(R"({"id": "java", "factor": 2})").has_value());
  EXPECT_FALSE(read(R"({"id": "java", "time_factor": 0})").has_value());
  EXPECT_FALSE(read(R"({"id": "java"}, {"id": "java"})").has_value());
  EXPECT_FALSE(profiles_from_json("{}", "test", Languages::built_in()).has_value());
}

}  // namespace
}  // namespace eval::judges
