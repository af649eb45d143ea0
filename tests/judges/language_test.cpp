#include "judges/language.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <map>

#include "base/files.h"

namespace eval::judges {
namespace {

TEST(Languages, BuiltInTableHasTheLanguagesOfTheIssue) {
  for (const char* id : {"c", "cpp17", "cpp20", "cpp23", "python3", "pypy3", "java", "rust", "go",
                         "javascript", "kotlin"}) {
    EXPECT_NE(Languages::built_in().find(id), nullptr) << id;
  }
}

TEST(Languages, CompileCAndCppStaticallyByAStatedStandard) {
  const std::map<std::string, std::string> standards = {{"c", "-std=gnu17"},
                                                        {"cpp17", "-std=gnu++17"},
                                                        {"cpp20", "-std=gnu++20"},
                                                        {"cpp23", "-std=gnu++23"}};
  for (const auto& [id, standard] : standards) {
    const auto& line = Languages::built_in().find(id)->compile;
    for (const std::string& flag : {std::string("-O2"), std::string("-static"), standard}) {
      EXPECT_NE(std::find(line.begin(), line.end(), flag), line.end()) << id << " " << flag;
    }
  }
}

TEST(Languages, OnlyCheckTheSyntaxOfScripts) {
  for (const char* id : {"python3", "pypy3", "javascript"}) {
    const auto& line = Languages::built_in().find(id)->compile;
    EXPECT_FALSE(line.empty()) << id;
    EXPECT_EQ(std::find(line.begin(), line.end(), "{output}"), line.end()) << id;
  }
}

TEST(Languages, HaveAllTheSameTimeLimit) {
  for (const Language& language : Languages::built_in().all()) {
    EXPECT_EQ(language.time_factor, 1) << language.id;
  }
}

TEST(Languages, GiveAVirtualMachineItsWholeHeapAtOnce) {
  const auto& line = Languages::built_in().find("java")->run;
  for (const std::string flag :
       {"-Xms{memory_mib}m", "-Xmx{memory_mib}m", "-Xss64m", "-XX:+UseTransparentHugePages"}) {
    EXPECT_NE(std::find(line.begin(), line.end(), flag), line.end()) << flag;
  }
}

TEST(Languages, FindsARowByMarkdownTagInAnyCase) {
  ASSERT_NE(Languages::built_in().by_tag("C++"), nullptr);
  EXPECT_EQ(Languages::built_in().by_tag("C++")->id, "cpp20");
  EXPECT_EQ(Languages::built_in().by_tag("py")->id, "python3");
  EXPECT_EQ(Languages::built_in().by_tag("cobol"), nullptr);
}

TEST(Languages, FindsARowByTheNameAPackageUses) {
  EXPECT_EQ(Languages::built_in().by_tag("javascript")->id, "javascript");
  EXPECT_EQ(Languages::built_in().by_tag("cpp")->id, "cpp20");
}

TEST(Languages, ChoosesByExtensionAndShebang) {
  const Languages& table = Languages::built_in();
  EXPECT_EQ(table.by_file("a.py", "print(1)")->id, "python3");
  EXPECT_EQ(table.by_file("a.py", "#!/usr/bin/env pypy3\nprint(1)")->id, "pypy3");
  EXPECT_EQ(table.by_file("a.cc", "")->id, "cpp20");
  EXPECT_EQ(table.by_file("a.C", "")->id, "cpp20");
}

TEST(Languages, KnowsNoRowForPython2OrForeignFiles) {
  EXPECT_EQ(Languages::built_in().by_file("a.py", "#!/usr/bin/python2\nprint 1"), nullptr);
  EXPECT_EQ(Languages::built_in().by_file("a.hs", ""), nullptr);
  EXPECT_EQ(Languages::built_in().by_file("Makefile", ""), nullptr);
  EXPECT_EQ(Languages::built_in().by_file("a.c.disabled", ""), nullptr);
}

TEST(Languages, RefusesATableWithTheSameIdTwice) {
  const auto table = Languages::from_json(R"({"languages": [
      {"id": "c", "program": "gcc", "extensions": [".c"], "run": ["./{output}"]},
      {"id": "c", "program": "gcc", "extensions": [".c"], "run": ["./{output}"]}]})",
                                          "mine.json");
  ASSERT_FALSE(table.has_value());
  EXPECT_EQ(table.error().what, "language \"c\" occurs twice");
  EXPECT_EQ(table.error().where, "mine.json");
}

TEST(Languages, RefusesARowWithoutARunLine) {
  const auto table = Languages::from_json(
      R"({"languages": [{"id": "c", "program": "gcc", "extensions": [".c"]}]})", "mine.json");
  ASSERT_FALSE(table.has_value());
  EXPECT_EQ(table.error().code, ErrorCode::BadInput);
}

TEST(Languages, RefusesATimeFactorOfZero) {
  const auto table = Languages::from_json(R"({"languages": [{"id": "c", "program": "gcc",
      "extensions": [".c"], "run": ["x"], "time_factor": 0}]})",
                                          "mine.json");
  EXPECT_FALSE(table.has_value());
}

TEST(Languages, NameAFamilyByItsKattisName) {
  const Language& pypy = *Languages::built_in().find("pypy3");
  EXPECT_TRUE(is_named(pypy, "pypy3"));
  EXPECT_TRUE(is_named(pypy, "python3"));
  EXPECT_FALSE(is_named(pypy, "cpp"));
}

TEST(FindTool, NamesThePackageOfAnAbsentCompiler) {
  Language language;
  language.name = "Nothing";
  language.program = "no-such-compiler-anywhere";
  language.package = "nothing-dev";
  const auto tool = find_tool(language);
  ASSERT_FALSE(tool.has_value());
  EXPECT_EQ(tool.error().code, ErrorCode::Infrastructure);
  EXPECT_EQ(tool.error().help, "apt-get install nothing-dev");
}

TEST(FindTool, LooksInTheFoldersOfTheSystemOnly) {
  const auto folder = TempDir::create("tools-");
  ASSERT_TRUE(folder.has_value());
  const fs::path tool = folder->path() / "compiler-of-a-user";
  std::ofstream(tool) << "#!/bin/sh\n";
  fs::permissions(tool, fs::perms::owner_all);
  const std::string path = std::getenv("PATH") == nullptr ? "" : std::getenv("PATH");
  ASSERT_EQ(setenv("PATH", folder->path().c_str(), 1), 0);
  EXPECT_FALSE(find_system_program("compiler-of-a-user"));
  EXPECT_TRUE(find_system_program("sh"));
  setenv("PATH", path.c_str(), 1);
}

TEST(FindTool, AsksTheToolForItsVersion) {
  const auto tool = find_tool(*Languages::built_in().find("cpp20"));
  if (!tool) GTEST_SKIP() << "g++ is not installed";
  EXPECT_TRUE(tool->program.is_absolute());
  EXPECT_NE(tool->version.find("g++"), std::string::npos) << tool->version;
}

}  // namespace
}  // namespace eval::judges
