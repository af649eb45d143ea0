#include "sandbox/images/unpack_layer.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/hash.h"
#include "base/subprocess.h"
#include "tests/support/tar_writer.h"

namespace eval::sandbox::images {
namespace {

constexpr unsigned kOwner = 61'234;

class UnpackLayer : public ::testing::Test {
 protected:
  void SetUp() override {
    auto folder = TempDir::create("unpack-layer-");
    ASSERT_TRUE(folder);
    folder_.emplace(std::move(*folder));
    fs::create_directory(into());
    fs::create_directory(folder_->path() / "outside");
    ASSERT_TRUE(write_file(folder_->path() / "outside/file", "untouched"));
  }

  fs::path into() const { return folder_->path() / "layer"; }

  Result<UnpackedLayer> unpack(const TarWriter& tar, const UnpackLimits& limits = {}) {
    const fs::path archive = folder_->path() / "layer.tar";
    EVAL_TRY(write_file(archive, tar.bytes()));
    return unpack_layer(archive, into(), {.owner = kOwner, .limits = limits});
  }

  void unpack_well(const TarWriter& tar) {
    const auto layer = unpack(tar);
    ASSERT_TRUE(layer) << describe(layer.error());
  }

  void expect_refused(const TarWriter& tar) {
    const auto layer = unpack(tar);
    ASSERT_FALSE(layer);
    EXPECT_EQ(layer.error().code, ErrorCode::BadInput) << describe(layer.error());
    EXPECT_EQ(*list_directory(folder_->path()),
              (std::vector<std::string>{"layer", "layer.tar", "outside"}));
    EXPECT_EQ(*list_directory(folder_->path() / "outside"), std::vector<std::string>{"file"});
    EXPECT_EQ(*read_file(folder_->path() / "outside/file"), "untouched");
  }

  struct stat status(const std::string& name) const {
    struct stat status {};
    EXPECT_EQ(lstat((into() / name).c_str(), &status), 0) << name;
    return status;
  }

  bool is_whiteout(const std::string& name) const {
    return S_ISCHR(status(name).st_mode) && status(name).st_rdev == 0;
  }

  bool is_opaque(const std::string& name) const {
    char value = 0;
    const fs::path path = into() / name;
    return getxattr(path.c_str(), "user.overlay.opaque", &value, 1) == 1 && value == 'y';
  }

  std::optional<TempDir> folder_;
};

TEST_F(UnpackLayer, KeepsContentModeAndTime) {
  unpack_well(TarWriter().folder("./bin").file("./bin/tool", "#!/bin/sh\n", 0755));
  EXPECT_EQ(*read_file(into() / "bin/tool"), "#!/bin/sh\n");
  EXPECT_EQ(status("bin/tool").st_mode & 07777, 0755U);
  EXPECT_EQ(status("bin/tool").st_mtime, 1'000'000'000);
}

TEST_F(UnpackLayer, GivesEverythingToTheOwner) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can give files away";
  unpack_well(TarWriter().file("a/b/file", "").symbolic_link("link", "a").file("a/.wh.x", ""));
  for (const char* name : {"a", "a/b", "a/b/file", "link", "a/x"})
    EXPECT_EQ(status(name).st_uid, kOwner) << name;
}

TEST_F(UnpackLayer, MakesFoldersThatTheLayerLeavesOut) {
  unpack_well(TarWriter().file("a/b/c/file", "deep"));
  EXPECT_EQ(*read_file(into() / "a/b/c/file"), "deep");
}

TEST_F(UnpackLayer, TurnsAWhiteoutIntoOneOfOverlayfs) {
  unpack_well(TarWriter().folder("etc").file("etc/.wh.motd", ""));
  EXPECT_TRUE(is_whiteout("etc/motd"));
  EXPECT_FALSE(fs::exists(into() / "etc/.wh.motd"));
}

TEST_F(UnpackLayer, MarksAnOpaqueFolder) {
  unpack_well(TarWriter().folder("etc").file("etc/.wh..wh..opq", "").file("etc/new", ""));
  EXPECT_TRUE(is_opaque("etc"));
  EXPECT_EQ(*list_directory(into() / "etc"), std::vector<std::string>{"new"});
}

TEST_F(UnpackLayer, AFolderInPlaceOfAHiddenOneIsOpaque) {
  unpack_well(TarWriter().file(".wh.etc", "").folder("etc").file("etc/new", ""));
  EXPECT_TRUE(is_opaque("etc"));
  EXPECT_EQ(*read_file(into() / "etc/new"), "");
}

TEST_F(UnpackLayer, AWhiteoutAfterTheFolderItHidesMarksItOpaque) {
  unpack_well(TarWriter().folder("etc").file("etc/new", "").file(".wh.etc", ""));
  EXPECT_TRUE(is_opaque("etc"));
  EXPECT_TRUE(fs::exists(into() / "etc/new"));
}

TEST_F(UnpackLayer, AFileInPlaceOfAHiddenOneStays) {
  unpack_well(TarWriter().file(".wh.a", "").file("a", "new").file("b", "new").file(".wh.b", ""));
  EXPECT_EQ(*read_file(into() / "a"), "new");
  EXPECT_EQ(*read_file(into() / "b"), "new");
}

TEST_F(UnpackLayer, KeepsHardLinksWithinTheLayer) {
  unpack_well(TarWriter().file("a", "one").hard_link("b/c", "a"));
  EXPECT_EQ(status("a").st_ino, status("b/c").st_ino);
}

TEST_F(UnpackLayer, DropsSetIdBitsAndDevices) {
  unpack_well(TarWriter().file("su", "", 06755).device("null").folder("shared", 03777));
  EXPECT_EQ(status("su").st_mode & 07777, 0755U);
  EXPECT_EQ(status("shared").st_mode & 07777, 01777U);
  EXPECT_FALSE(fs::exists(into() / "null"));
}

TEST_F(UnpackLayer, TheOwnerMayReadAndWriteWhatRootCould) {
  unpack_well(TarWriter().file("shadow", "x", 0).folder("closed", 0).file("closed/file", "", 0444));
  EXPECT_EQ(status("shadow").st_mode & 0777, 0600U);
  EXPECT_EQ(status("closed").st_mode & 0777, 0700U);
  EXPECT_EQ(status("closed/file").st_mode & 0777, 0644U);
}

TEST_F(UnpackLayer, KeepsNamesBeyondAscii) {
  unpack_well(TarWriter().pax_file("docs/Größe-文.txt", "x").file("raw-\xff", "y"));
  EXPECT_EQ(*read_file(into() / "docs/Größe-文.txt"), "x");
  EXPECT_EQ(*read_file(into() / "raw-\xff"), "y");
}

TEST_F(UnpackLayer, DigestsAreOfTheFileAndOfTheTarWithin) {
  const TarWriter tar = TarWriter().file("a", std::string(100'000, 'a')).file("b", "");
  ASSERT_TRUE(write_file(folder_->path() / "plain.tar", tar.bytes()));
  const auto packed = run_tool({.argv = {"gzip", "-k", (folder_->path() / "plain.tar").string()}});
  ASSERT_TRUE(packed);
  const fs::path archive = folder_->path() / "plain.tar.gz";
  const auto layer = unpack_layer(archive, into(), {.owner = kOwner});
  ASSERT_TRUE(layer) << describe(layer.error());
  EXPECT_EQ(layer->digests.file, sha256_hex(*read_file(archive)));
  EXPECT_EQ(layer->digests.content, sha256_hex(tar.bytes()));
  EXPECT_EQ(layer->members, 2U);
}

TEST_F(UnpackLayer, AnArchiveThatIsCutShortIsRefused) {
  const std::string whole = TarWriter().file("a", std::string(100'000, 'a')).bytes();
  ASSERT_TRUE(write_file(folder_->path() / "cut.tar", whole.substr(0, 50'000)));
  const auto layer = unpack_layer(folder_->path() / "cut.tar", into(), {.owner = kOwner});
  ASSERT_FALSE(layer);
  EXPECT_EQ(layer.error().code, ErrorCode::BadInput);
}

TEST_F(UnpackLayer, ALayerWithoutEndMarkIsWhole) {
  const std::string whole = TarWriter().file("a", "12345").bytes();
  ASSERT_TRUE(write_file(folder_->path() / "short.tar", whole.substr(0, 512 + 5)));
  const auto layer = unpack_layer(folder_->path() / "short.tar", into(), {.owner = kOwner});
  ASSERT_TRUE(layer) << describe(layer.error());
  EXPECT_EQ(*read_file(into() / "a"), "12345");
}

TEST_F(UnpackLayer, AnEmptyLayerIsALayer) {
  unpack_well(TarWriter());
  EXPECT_TRUE(fs::is_empty(into()));
}

TEST_F(UnpackLayer, PathsThatLeadUpAreRefused) {
  expect_refused(TarWriter().file("../outside/file", "changed"));
  expect_refused(TarWriter().file("a/../../outside/file", "changed"));
  expect_refused(TarWriter().file("../outside/.wh.file", ""));
}

TEST_F(UnpackLayer, AnAbsolutePathCountsFromTheLayersRoot) {
  unpack_well(TarWriter().file("/etc/passwd", "of the layer"));
  EXPECT_EQ(*read_file(into() / "etc/passwd"), "of the layer");
}

TEST_F(UnpackLayer, NothingIsWrittenThroughASymbolicLink) {
  expect_refused(TarWriter().symbolic_link("way", "../outside").file("way/file", "changed"));
  expect_refused(TarWriter().symbolic_link("up", "..").file("up/outside/new", "changed"));
  expect_refused(
      TarWriter().symbolic_link("out", (folder_->path() / "outside").string()).folder("out/new"));
}

TEST_F(UnpackLayer, AMemberReplacesALinkOfItsNameAndDoesNotFollowIt) {
  unpack_well(TarWriter().symbolic_link("file", "../outside/file").file("file", "of the layer"));
  EXPECT_EQ(*read_file(into() / "file"), "of the layer");
  EXPECT_EQ(*read_file(folder_->path() / "outside/file"), "untouched");
}

TEST_F(UnpackLayer, HardLinksOutOfTheLayerAreRefused) {
  expect_refused(TarWriter().hard_link("mine", "../outside/file"));
  expect_refused(TarWriter().symbolic_link("way", "../outside").hard_link("mine", "way/file"));
  expect_refused(TarWriter().hard_link("mine", "absent"));
}

TEST_F(UnpackLayer, AWhiteoutOfNothingIsRefused) {
  expect_refused(TarWriter().file(".wh..", ""));
  expect_refused(TarWriter().file(".wh...", ""));
}

TEST_F(UnpackLayer, StopsAtItsLimits) {
  const auto many = unpack(TarWriter().file("a", "").file("b", "").file("c", ""), {.members = 2});
  ASSERT_FALSE(many);
  EXPECT_EQ(many.error().code, ErrorCode::BadInput);
  const auto large =
      unpack(TarWriter().file("d", std::string(2000, 'x')), {.content = Bytes{1000}});
  ASSERT_FALSE(large);
  EXPECT_EQ(large.error().code, ErrorCode::BadInput);
}

}  // namespace
}  // namespace eval::sandbox::images
