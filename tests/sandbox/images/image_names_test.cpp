#include <gtest/gtest.h>

#include "sandbox/images/disk_usage.h"
#include "sandbox/images/image_manifest.h"
#include "sandbox/images/image_reference.h"

namespace eval::sandbox::images {
namespace {

std::string full(std::string_view text) {
  const auto reference = parse_image_reference(text);
  return reference ? reference->text() : "refused";
}

const std::string kDigest = "sha256:" + std::string(64, 'a');
const std::string kOther = "sha256:" + std::string(64, 'b');

TEST(ImageReference, IsCompletedAsDockerDoes) {
  EXPECT_EQ(full("ubuntu"), "docker.io/library/ubuntu:latest");
  EXPECT_EQ(full("swebench/sweb.eval.x86_64.django_1776_django-1:latest"),
            "docker.io/swebench/sweb.eval.x86_64.django_1776_django-1:latest");
  EXPECT_EQ(full("localhost:5000/a/b"), "localhost:5000/a/b:latest");
  EXPECT_EQ(full("docker.io/ubuntu:22.04"), "docker.io/library/ubuntu:22.04");
  EXPECT_EQ(full("jefzda/sweap-images:NodeBB.NodeBB-1"),
            "docker.io/jefzda/sweap-images:NodeBB.NodeBB-1");
}

TEST(ImageReference, ADigestTakesThePlaceOfATag) {
  EXPECT_EQ(full("ubuntu:22.04@" + kDigest), "docker.io/library/ubuntu@" + kDigest);
}

TEST(ImageReference, RefusesWhatCouldBeAnOptionOrAPath) {
  for (const char* text : {"", "-a", "a b", "../a", "a/../b", "/a", "a//b", "a:", "a:-x", "A/b",
                           "a@sha256:12", "docker://a", "a\nb", "--authfile=/x/y"}) {
    EXPECT_EQ(full(text), "refused") << text;
  }
}

TEST(Mirror, ReplacesTheLongestPrefixOfWholeComponents) {
  const MirrorMap mirrors = {{"docker.io", "localhost:5000"},
                             {"docker.io/swebench", "mirror.example/hub/swe"}};
  const auto moved = [&mirrors](std::string_view text) {
    return mirrored(*parse_image_reference(text), mirrors)->text();
  };
  EXPECT_EQ(moved("ubuntu:1"), "localhost:5000/library/ubuntu:1");
  EXPECT_EQ(moved("swebench/x:1"), "mirror.example/hub/swe/x:1");
  EXPECT_EQ(moved("swebenchmark/x:1"), "localhost:5000/swebenchmark/x:1");
  EXPECT_EQ(moved("other.example/a/b:1"), "other.example/a/b:1");
}

TEST(Mirror, IsReadFromText) {
  EXPECT_EQ(*parse_mirror("docker.io=localhost:5000/hub"),
            std::pair(std::string("docker.io"), std::string("localhost:5000/hub")));
  EXPECT_FALSE(parse_mirror("docker.io"));
  EXPECT_FALSE(parse_mirror("docker.io=-x"));
  EXPECT_FALSE(parse_mirror("=a"));
}

TEST(Manifest, OfAListThePlatformsOwnIsTaken) {
  const std::string list = R"({"schemaVersion": 2, "manifests": [
    {"digest": ")" + kOther +
                           R"(", "platform": {"architecture": "arm64", "os": "linux"}},
    {"digest": ")" + kDigest +
                           R"(", "platform": {"architecture": "amd64", "os": "linux"}}]})";
  EXPECT_EQ(**pick_platform(list, "amd64"), kDigest);
  EXPECT_EQ(**pick_platform(list, "arm64"), kOther);
  const auto none = pick_platform(list, "riscv64");
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, ErrorCode::NotFound);
  EXPECT_EQ(none.error().help, "it is for linux/arm64, linux/amd64");
}

TEST(Manifest, NamesConfigAndLayers) {
  const std::string text = R"({"schemaVersion": 2, "config": {"digest": ")" + kDigest +
                           R"(", "size": 7}, "layers": [{"digest": ")" + kOther +
                           R"(", "size": 9}]})";
  EXPECT_FALSE(pick_platform(text, "amd64")->has_value());
  const auto manifest = read_image_manifest(text);
  ASSERT_TRUE(manifest) << describe(manifest.error());
  EXPECT_EQ(manifest->config, (Blob{kDigest, Bytes{7}}));
  EXPECT_EQ(manifest->layers, std::vector<Blob>({{kOther, Bytes{9}}}));
}

TEST(Manifest, RefusesOldAndBrokenOnes) {
  EXPECT_EQ(read_image_manifest(R"({"schemaVersion": 1})").error().code, ErrorCode::Unsupported);
  EXPECT_FALSE(read_image_manifest(R"({"schemaVersion": 2})"));
  EXPECT_FALSE(read_image_manifest(
      R"({"schemaVersion": 2, "config": {"digest": "sha256:../../x", "size": 7}, "layers": []})"));
  EXPECT_FALSE(read_image_manifest("not json"));
}

TEST(Config, HasEnvironmentAndDiffIds) {
  const auto config = read_image_config(
      R"({"rootfs": {"diff_ids": [")" + kDigest +
      R"("]}, "config": {"Env": ["PATH=/a:/b", "EMPTY=", "no equals"], "WorkingDir": "/app", "User": "x"}})");
  ASSERT_TRUE(config) << describe(config.error());
  EXPECT_EQ(config->diff_ids, std::vector<std::string>{kDigest});
  EXPECT_EQ(config->environment,
            (std::map<std::string, std::string>{{"PATH", "/a:/b"}, {"EMPTY", ""}}));
  EXPECT_EQ(config->working_dir, "/app");
  EXPECT_FALSE(read_image_config(R"({"rootfs": {"diff_ids": ["md5:1"]}})"));
}

}  // namespace
}  // namespace eval::sandbox::images
