#include "judges/steps/precompiled_header.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "judges/steps/program.h"
#include "sandbox/linux_sandbox.h"

namespace eval::judges {
namespace {

TEST(BeginsWithAllHeaders, AfterCommentsAndEmptyLines) {
  EXPECT_TRUE(begins_with_all_headers("#include <bits/stdc++.h>"));
  EXPECT_TRUE(begins_with_all_headers(
      "\n// by n.n.\n/* a\n b */\n#include <bits/stdc++.h>\nint main() {}"));
  EXPECT_TRUE(begins_with_all_headers("#include <bits/stdc++.h>\r\nint x;"));
}

TEST(BeginsWithAllHeaders, NotAfterAMacroAPragmaOrAnotherInclude) {
  EXPECT_FALSE(begins_with_all_headers("#define int long long\n#include <bits/stdc++.h>\n"));
  EXPECT_FALSE(begins_with_all_headers("#pragma GCC optimize(\"O3\")\n#include <bits/stdc++.h>\n"));
  EXPECT_FALSE(begins_with_all_headers("#include <vector>\n#include <bits/stdc++.h>\n"));
  EXPECT_FALSE(begins_with_all_headers("// #include <bits/stdc++.h>\nint main() {}"));
  EXPECT_FALSE(begins_with_all_headers("/* open\n#include <bits/stdc++.h>\n"));
  EXPECT_FALSE(begins_with_all_headers("#include <bits/stdc++.h> /* goes\non */"));
}

class PrecompiledHeadersTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto created = sandbox::create_linux_sandbox({.boxes = 1, .cores = {}});
    if (!created) GTEST_SKIP() << "no box here: " << describe(created.error());
    if (!find_system_program("g++")) GTEST_SKIP() << "g++ is not installed";
    sandbox_ = std::move(*created);
    builder_ = std::make_unique<ProgramBuilder>(*sandbox_, fs::path());
  }

  // -H prints each header that was read, and "! path" for one that was compiled ahead.
  static Language language() {
    Language row = *Languages::built_in().find("cpp17");
    row.compile = {"g++", "-O1", "-H", "-std=gnu++17", "-o", "{output}", "{files}"};
    return row;
  }

  std::shared_ptr<const Program> build(const std::string& code) {
    SourceLayout layout;
    layout.files = {{"main.cpp", code}};
    layout.sources = {"main.cpp"};
    auto program = builder_->build(language(), layout, {}, {});
    if (program && (*program)->compiled) return *program;
    ADD_FAILURE() << (program ? (*program)->log : describe(program.error()));
    return std::make_shared<const Program>();
  }

  static bool used_header(const Program& program) {
    return program.log.find("! ") != std::string::npos;
  }

  static std::string binary_of(const Program& program) {
    std::ifstream file(program.files.at(0).source.host_path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  std::unique_ptr<sandbox::Sandbox> sandbox_;
  std::unique_ptr<ProgramBuilder> builder_;
};

constexpr const char* kProgram =
    "#include <bits/stdc++.h>\nint main() { std::map<int, int> m; m[1] = 2; std::cout << m[1]; }\n";

// One test, because each of these compilations takes seconds.
TEST_F(PrecompiledHeadersTest, TheSecondProgramUsesItAndIsTheSameByteForByte) {
  EXPECT_FALSE(used_header(*build(std::string(kProgram) + "// the first\n")));
  const auto ahead = build(kProgram);
  EXPECT_TRUE(used_header(*ahead));
  EXPECT_FALSE(used_header(*build("#define _GLIBCXX_DEBUG\n" + std::string(kProgram))));
  builder_ = std::make_unique<ProgramBuilder>(*sandbox_, fs::path());
  const auto plain = build(kProgram);
  EXPECT_FALSE(used_header(*plain));
  EXPECT_EQ(binary_of(*plain), binary_of(*ahead));
}

}  // namespace
}  // namespace eval::judges
