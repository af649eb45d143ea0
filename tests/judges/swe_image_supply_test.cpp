// Images pulled ahead, kept while used and pruned behind their use; from a registry on loopback.
#include "judges/swe/image_supply.h"

#include <gtest/gtest.h>
#include <sys/mount.h>

#include <chrono>
#include <future>
#include <random>
#include <thread>

#include "judges/swe/environment.h"
#include "sandbox/images/store_files.h"
#include "tests/support/registry.h"

namespace eval::judges::swe {
namespace {

using sandbox::images::ImageStore;

// Three images on one base: "team/a", "team/b" and "team/c", each with a MiB of its own that does not shrink.
class ImageSupplyTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    auto folder = TempDir::create("image-supply-registry-");
    ASSERT_TRUE(folder);
    images_ = new TempDir(std::move(*folder));
    auto registry = LocalRegistry::start(images_->path());
    if (!registry) {
      missing_ = new Error(std::move(registry).error());
      return;
    }
    registry_ = new LocalRegistry(std::move(*registry));
    const auto built = build_images(images_->path());
    ASSERT_TRUE(built) << describe(built.error());
  }

  static void TearDownTestSuite() {
    delete std::exchange(registry_, nullptr);
    delete std::exchange(images_, nullptr);
    delete std::exchange(missing_, nullptr);
  }

  static Result<void> build_images(const fs::path& folder) {
    std::mt19937 noise(1);
    EVAL_TRY(write_file(folder / "base/testbed/base", "of all\n"));
    for (const char* name : {"a", "b", "c"}) {
      ImageBuilder builder =
          EVAL_TRY(ImageBuilder::create(folder / ("layout-" + std::string(name))));
      // umoci stamps layers with the time: the base is one and the same by being copied, not made again.
      if (name[0] != 'a') {
        fs::remove_all(builder.layout());
        fs::copy(folder / "layout-base", builder.layout(), fs::copy_options::recursive);
      } else {
        EVAL_TRY(builder.add_layer(folder / "base"));
        fs::copy(builder.layout(), folder / "layout-base", fs::copy_options::recursive);
      }
      std::string content(1U << 20U, '\0');
      for (char& c : content) c = static_cast<char>(noise());
      EVAL_TRY(write_file(folder / name / "testbed" / name, content));
      EVAL_TRY(builder.add_layer(folder / name));
      EVAL_TRY(registry_->push(builder.layout(), "image", "team/" + std::string(name) + ":latest"));
    }
    return {};
  }

  void SetUp() override {
    if (missing_ != nullptr && missing_->code == ErrorCode::NotFound)
      GTEST_SKIP() << describe(*missing_) << " (see scripts/packages.sh)";
    ASSERT_NE(registry_, nullptr) << describe(*missing_);
    auto folder = TempDir::create("image-supply-");
    ASSERT_TRUE(folder);
    folder_.emplace(std::move(*folder));
  }
  void TearDown() override {
    supply_.reset();
    if (mounted_) umount2(folder_->path().c_str(), MNT_DETACH);
  }

  // A small disk of its own for the store.
  bool mount_disk(const char* size) {
    mounted_ = mount("tmpfs", folder_->path().c_str(), "tmpfs", 0, size) == 0;
    return mounted_;
  }

  ImageSupply& supply(Bytes keep) {
    auto store = ImageStore::open(folder_->path() / "store", environment_user());
    EXPECT_TRUE(store);
    ImageEnvironmentOptions options;
    options.pull.mirrors = {{"docker.io", registry_->address()}};
    options.pull.tls_verify = false;
    options.pull.reserve = Bytes{};
    options.keep = keep;
    return supply_.emplace(std::move(*store), options);
  }

  std::unique_ptr<ImageSupply::Lease> take(const std::string& name) {
    auto lease = supply_->take(name, {});
    if (lease) return std::move(*lease);
    ADD_FAILURE() << name << ": " << describe(lease.error());
    return nullptr;
  }

  bool is_here(const std::string& name) const {
    const auto image = supply_->store().find(name);
    return image && image->has_value();
  }

  // Whether it comes; what other threads do takes its time.
  bool comes(const std::string& name) const {
    for (int i = 0; i < 600 && !is_here(name); ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    return is_here(name);
  }

  // Whoever brings an image takes hold of it a moment after it has come.
  bool is_held_soon(const std::string& reference) const {
    using namespace sandbox::images;
    const fs::path path = hold_path(supply_->store().folder(), reference);
    for (int i = 0; i < 600; ++i) {
      const auto lock = lock_file(path, LockKind::Exclusive, false);
      if (lock && !*lock) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    return false;
  }

  std::optional<TempDir> folder_;
  bool mounted_ = false;
  std::optional<ImageSupply> supply_;
  static inline TempDir* images_ = nullptr;
  static inline LocalRegistry* registry_ = nullptr;
  static inline Error* missing_ = nullptr;
};

TEST_F(ImageSupplyTest, ImagesNobodyRunsGoWhenTheStoreWouldGrowTooLarge) {
  supply(Bytes::mib(7));  // two images and what a third may need
  auto a = take("team/a");
  take("team/b").reset();
  auto c = take("team/c");
  EXPECT_TRUE(is_here("team/a"));
  EXPECT_FALSE(is_here("team/b"));
  EXPECT_TRUE(is_here("team/c"));
}

TEST_F(ImageSupplyTest, LayersThatTheNextImageNeedsStayWhenTheLastThatHasThemGoes) {
  supply(Bytes::mib(1));
  take("team/a").reset();
  const std::size_t served = registry_->blobs_served();
  take("team/b").reset();
  EXPECT_FALSE(is_here("team/a"));
  // The config for plan, pull and copy, and the layer of its own: the base was here.
  EXPECT_EQ(registry_->blobs_served(), served + 4);
}

TEST_F(ImageSupplyTest, WithoutALimitNothingGoesWhileTheDiskHasRoom) {
  supply(Bytes{});
  for (const char* name : {"team/a", "team/b", "team/c"}) take(name).reset();
  for (const char* name : {"team/a", "team/b", "team/c"}) EXPECT_TRUE(is_here(name)) << name;
}

TEST_F(ImageSupplyTest, TheNextImagesArePulledAheadAndNoMore) {
  supply(Bytes{}).expect({"team/a", "team/b", "team/c"}, 1);
  const auto a = take("team/a");
  EXPECT_TRUE(comes("team/b"));
  EXPECT_FALSE(is_here("team/c"));
  const auto b = take("team/b");
  EXPECT_TRUE(comes("team/c"));
}

TEST_F(ImageSupplyTest, WhatWasPulledAheadIsNotPrunedBeforeItsUse) {
  supply(Bytes{}).expect({"team/a", "team/b"}, 1);
  const auto a = take("team/a");
  ASSERT_TRUE(comes("team/b"));
  ImageStore store = supply_->store();
  ASSERT_TRUE(is_held_soon("docker.io/team/b:latest"));
  const auto pruned = store.prune({});
  ASSERT_TRUE(pruned) << describe(pruned.error());
  EXPECT_EQ(pruned->in_use, 2);
  EXPECT_TRUE(is_here("team/b"));
}

TEST_F(ImageSupplyTest, OnAFullDiskAnImageWaitsForAnotherToBeDoneWith) {
  if (!mount_disk("size=5800k")) GTEST_SKIP() << "no file system can be mounted here";
  supply(Bytes{});
  auto a = take("team/a");
  auto b = std::async(std::launch::async, [this] { return take("team/b"); });
  EXPECT_EQ(b.wait_for(std::chrono::seconds(1)), std::future_status::timeout);
  a.reset();
  EXPECT_NE(b.get(), nullptr);
  EXPECT_FALSE(is_here("team/a"));
  EXPECT_TRUE(is_here("team/b"));
}

TEST_F(ImageSupplyTest, WaitingForRoomEndsWhenStopped) {
  if (!mount_disk("size=5800k")) GTEST_SKIP() << "no file system can be mounted here";
  supply(Bytes{});
  const auto a = take("team/a");
  std::stop_source stop;
  auto b =
      std::async(std::launch::async, [&] { return supply_->take("team/b", stop.get_token()); });
  EXPECT_EQ(b.wait_for(std::chrono::milliseconds(500)), std::future_status::timeout);
  stop.request_stop();
  const auto result = b.get();
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::Cancelled);
}

TEST_F(ImageSupplyTest, WhereNotEvenOneFitsTheErrorHasTheFigures) {
  if (!mount_disk("size=2m")) GTEST_SKIP() << "no file system can be mounted here";
  supply(Bytes{});
  const auto a = supply_->take("team/a", {});
  ASSERT_FALSE(a);
  EXPECT_EQ(a.error().code, ErrorCode::Infrastructure);
  EXPECT_NE(a.error().what.find("are free"), std::string::npos) << a.error().what;
}

TEST_F(ImageSupplyTest, AnImageThatWasPulledAheadMakesRoomForOneThatIsNeededNow) {
  if (!mount_disk("size=5800k")) GTEST_SKIP() << "no file system can be mounted here";
  supply(Bytes{}).expect({"team/a", "team/b", "team/c"}, 1);
  ASSERT_TRUE(comes("team/a"));
  // Not in the order that was announced.
  EXPECT_NE(take("team/c"), nullptr);
  EXPECT_FALSE(is_here("team/a"));
}

}  // namespace
}  // namespace eval::judges::swe
