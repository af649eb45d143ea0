#include "judges/steps/source_program.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace eval::judges {
namespace {

using ::testing::ElementsAre;

SourceLayout lay_out(const char* language, std::vector<SourceFile> files,
                     std::optional<std::string> entry = std::nullopt) {
  return lay_out_sources(*Languages::built_in().find(language),
                         SourceProgram{language, std::move(files), std::move(entry)});
}

TEST(LayOutSources, LeavesHeadersOutOfTheCompileLine) {
  const SourceLayout layout =
      lay_out("cpp20", {{"b.cpp", "int f();"}, {"a.cpp", "int main(){}"}, {"a.h", ""}});
  EXPECT_THAT(layout.sources, ElementsAre("a.cpp", "b.cpp"));
  EXPECT_EQ(layout.files.size(), 3U);
}

TEST(LayOutSources, NamesASingleFileOfForeignExtensionAfterItsLanguage) {
  EXPECT_THAT(lay_out("rust", {{"reply.txt", "fn main() {}"}}).sources, ElementsAre("main.rs"));
}

TEST(LayOutSources, RenamesAJavaFileAfterItsPublicClass) {
  const SourceLayout layout = lay_out("java", {{"solution.java", R"(
      import java.util.*;
      // public class Wrong { }
      public class Main {
        static String s = "class Text {";
        public static void main(String[] args) { }
      })"}});
  EXPECT_THAT(layout.sources, ElementsAre("Main.java"));
  EXPECT_EQ(layout.entry, "Main");
}

TEST(LayOutSources, FindsTheJavaClassWithMainAmongSeveral) {
  const SourceLayout layout = lay_out("java", {{"A.java", R"(
      class Helper { void main() { } static class Inner { static void main(String[] a) { } } }
      class Runs { static public void main(String... args) { } })"}});
  EXPECT_EQ(layout.entry, "Runs");
}

TEST(LayOutSources, PutsTheJavaPackageBeforeTheMainClass) {
  const SourceLayout layout = lay_out(
      "java",
      {{"x.java", "package my.code; public class X { public static void main(String[] a) {} }"}});
  EXPECT_EQ(layout.entry, "my.code.X");
}

TEST(LayOutSources, RunsTheStatedPythonFile) {
  EXPECT_EQ(lay_out("python3", {{"a.py", ""}, {"b.py", ""}}, "b.py").entry, "b.py");
}

TEST(LayOutSources, PrefersDunderMainThenMainThenTheFirstPythonFile) {
  EXPECT_EQ(lay_out("python3", {{"a.py", ""}, {"main.py", ""}, {"__main__.py", ""}}).entry,
            "__main__.py");
  EXPECT_EQ(lay_out("python3", {{"a.py", ""}, {"Main.py", ""}}).entry, "Main.py");
  EXPECT_EQ(lay_out("python3", {{"z.py", ""}, {"b.py", ""}}).entry, "b.py");
}

TEST(LayOutSources, FindsTheRustFileWithMain) {
  EXPECT_EQ(lay_out("rust", {{"a.rs", "pub fn f() {}"}, {"z.rs", "mod a; fn main() {}"}}).entry,
            "z.rs");
}

TEST(LayOutSources, NamesTheKotlinClassAfterItsFile) {
  EXPECT_EQ(lay_out("kotlin", {{"hello.kt", "fun main() {}"}}).entry, "HelloKt");
  EXPECT_EQ(lay_out("kotlin", {{"my-file.kt", "package a.b\nfun main() {}"}}).entry,
            "a.b.My_fileKt");
}

TEST(LayOutSources, HasNoSourceWhereNoFileIsOfTheLanguage) {
  EXPECT_TRUE(lay_out("c", {{"a.txt", ""}, {"b.txt", ""}}).sources.empty());
}

}  // namespace
}  // namespace eval::judges
