// Environments from images: made with umoci, pulled from a registry on loopback, run in boxes.
#include <gtest/gtest.h>

#include "judges/swe/image_environments.h"
#include "judges/swe/open_environments.h"
#include "sandbox/linux_sandbox.h"
#include "tests/support/registry.h"

namespace eval::judges::swe {
namespace {

problems::PatchTask task_of(const std::string& id, const std::string& image = {}) {
  problems::PatchTask task;
  task.instance_id = id;
  task.image = image;
  return task;
}

TEST(ImageName, IsTheRowsElseTheOfficialOne) {
  EXPECT_EQ(image_name(task_of("a__b-1")), "swebench/sweb.eval.x86_64.a_1776_b-1:latest");
  EXPECT_EQ(image_name(task_of("a__b-1", "x/y:z")), "x/y:z");
}

TEST(ImageRepository, OfProIsApp) {
  problems::PatchTask task = task_of("a__b-1");
  EXPECT_EQ(repository_in_image(task), "/testbed");
  task.selected_tests = {"test.js"};
  EXPECT_EQ(repository_in_image(task), "/app");
}

TEST(OpenEnvironments, WhatIsNoPlaceIsAUsageError) {
  for (const char* spec : {"", "images:", "imagesx", "/nowhere/at/all"}) {
    const auto source = open_environments(spec, {.cache = "unused"});
    ASSERT_FALSE(source) << spec;
    EXPECT_EQ(source.error().code, ErrorCode::Usage) << spec;
  }
}

TEST(ImageEnvironment, IsPulledActivatedAndForgotten) {
  const auto folder = TempDir::create("swe-images-");
  ASSERT_TRUE(folder);
  const fs::path root = folder->path();
  fs::permissions(root, fs::perms::others_exec | fs::perms::group_exec, fs::perm_options::add);
  const auto registry = LocalRegistry::start(root);
  if (!registry && registry.error().code == ErrorCode::NotFound)
    GTEST_SKIP() << describe(registry.error()) << " (see scripts/packages.sh)";
  ASSERT_TRUE(registry) << describe(registry.error());
  // A shell of this machine with its libraries is all the distribution there is in the image.
  for (const char* name : {"testbed", "tmp", "proc", "dev", "opt/miniconda3/envs/testbed"})
    fs::create_directories(root / "tree" / name);
  ASSERT_TRUE(write_file(root / "tree/testbed/file", "of the image\n"));
  ASSERT_TRUE(write_file(root / "tree/etc/passwd",
                         "root:x:0:0::/:/bin/sh\nnobody:x:65534:65534::/:/bin/sh\n"));
  ASSERT_TRUE(write_file(root / "tree/opt/miniconda3/bin/activate",
                         "conda() { export CONDA_DEFAULT_ENV=$2; }\n"));
  const auto copy = [&root](const fs::path& from) {
    fs::create_directories((root / "tree" / from.relative_path()).parent_path());
    fs::copy_file(from, root / "tree" / from.relative_path());
  };
  for (const char* name :
       {"/bin/bash", "/lib64/ld-linux-x86-64.so.2", "/bin/cat", "/lib/x86_64-linux-gnu/libc.so.6",
        "/lib/x86_64-linux-gnu/libtinfo.so.6"}) {
    if (!fs::exists(name)) GTEST_SKIP() << name << " is not on this machine";
    copy(name);
  }
  auto builder = ImageBuilder::create(root / "layout");
  ASSERT_TRUE(builder);
  ASSERT_TRUE(builder->add_layer(root / "tree"));
  ASSERT_TRUE(builder->configure("--config.env", "GREETING=hello"));
  ASSERT_TRUE(registry->push(builder->layout(), "image", "team/one:latest"));

  const auto source = open_environments(
      "images:" + (root / "store").string(),
      {.cache = root / "cache",
       .mirrors = {"docker.io=" + registry->address()},
       .tls_verify = false,
       .make_box = [] { return sandbox::create_linux_sandbox({.boxes = 1, .pin = false}); }});
  ASSERT_TRUE(source) << describe(source.error());
  problems::Problem problem;
  problem.task = task_of("a__b-1", "team/one");
  const auto promised = (*source)->identity_of(problem);
  ASSERT_TRUE(promised) << describe(promised.error());
  ShellRun script;
  script.script =
      "echo $GREETING $CONDA_DEFAULT_ENV $HOME; cat file; echo changed > file; cat file "
      "/etc/passwd";
  for (int round = 0; round < 2; ++round) {
    auto environment = (*source)->open(problem, {});
    ASSERT_TRUE(environment) << describe(environment.error());
    EXPECT_EQ((*environment)->identity(), *promised);
    EXPECT_EQ((*environment)->repository(), "/testbed");
    const auto result = (*environment)->run(script, sandbox::Limits{}, {});
    if (!result) GTEST_SKIP() << "no box can be built here: " << describe(result.error());
    const std::string user = std::to_string(environment_user());
    EXPECT_EQ(result->standard_output,
              "hello testbed /root\nof the image\nchanged\nroot:x:" + user + ":" + user +
                  ":root:/root:/bin/bash\nnobody:x:65534:65534::/:/bin/sh\n")
        << result->standard_error;
  }
}

}  // namespace
}  // namespace eval::judges::swe
