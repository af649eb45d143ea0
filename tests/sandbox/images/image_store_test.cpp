// Against a real registry on loopback, with images made for it.
#include "sandbox/images/image_store.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "base/subprocess.h"
#include "base/text.h"
#include "sandbox/images/store_files.h"
#include "sandbox/linux_sandbox.h"
#include "tests/support/registry.h"

namespace eval::sandbox::images {
namespace {

constexpr unsigned kOwner = 61'234;

// Two images: `one` of a base and a layer that hides a file of it, `two` with a further layer on the same.
class ImageStoreTest : public ::testing::Test {
 protected:
  // One registry for all tests of this program: making images takes seconds.
  static void SetUpTestSuite() {
    auto folder = TempDir::create("image-registry-");
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

  void SetUp() override {
    if (missing_ != nullptr && missing_->code == ErrorCode::NotFound)
      GTEST_SKIP() << describe(*missing_) << " (see scripts/packages.sh)";
    ASSERT_NE(registry_, nullptr) << describe(*missing_);
    auto folder = TempDir::create("image-store-");
    ASSERT_TRUE(folder);
    folder_.emplace(std::move(*folder));
    // Boxes of another user reach the layers.
    fs::permissions(folder_->path(), fs::perms::others_exec | fs::perms::group_exec,
                    fs::perm_options::add);
    auto store = ImageStore::open(path("store"), geteuid() == 0 ? kOwner : geteuid());
    ASSERT_TRUE(store) << describe(store.error());
    store_.emplace(std::move(*store));
  }

  static Result<void> build_images(const fs::path& folder) {
    EVAL_TRY(write_file(folder / "base/app/kept", "of the base\n"));
    EVAL_TRY(write_file(folder / "base/app/hidden", std::string(200'000, 'h')));
    EVAL_TRY(write_file(folder / "base/etc/release", "test\n"));
    for (const char* name : {"tmp", "proc", "dev", "usr"})
      fs::create_directories(folder / "base" / name);
    for (const char* name : {"bin", "lib", "lib64", "sbin"})
      fs::create_directory_symlink(std::string("usr/") + name, folder / "base" / name);
    EVAL_TRY(write_file(folder / "upper/added", "of the second layer\n"));
    EVAL_TRY(write_file(folder / "further/more", "of the third layer\n"));
    ImageBuilder builder = EVAL_TRY(ImageBuilder::create(folder / "layout"));
    EVAL_TRY(builder.add_layer(folder / "base"));
    EVAL_TRY(builder.remove("/app/hidden"));
    EVAL_TRY(builder.add_layer(folder / "upper", "/app"));
    EVAL_TRY(builder.configure("--config.env", "GREETING=hello"));
    EVAL_TRY(builder.configure("--config.workingdir", "/app"));
    EVAL_TRY(registry_->push(builder.layout(), "image", "team/one:latest"));
    EVAL_TRY(builder.add_layer(folder / "further", "/app"));
    return registry_->push(builder.layout(), "image", "team/two:latest");
  }

  fs::path path(const std::string& name) const { return folder_->path() / name; }

  PullOptions options() const {
    PullOptions options;
    options.mirrors = {{"docker.io", registry_->address()}};
    options.tls_verify = false;
    options.tries = 1;
    options.reserve = Bytes{};
    return options;
  }

  PulledImage pull(const std::string& name) {
    auto pulled = store_->pull(name, options(), {});
    if (pulled) return std::move(*pulled);
    ADD_FAILURE() << name << ": " << describe(pulled.error());
    return {};
  }

  Bytes by_du() const {
    const auto result = run_tool({.argv = {"du", "-s", "--block-size=1", path("store").string()}});
    return Bytes{std::stoull(result->standard_output)};
  }

  std::optional<TempDir> folder_;
  static inline TempDir* images_ = nullptr;
  static inline LocalRegistry* registry_ = nullptr;
  static inline Error* missing_ = nullptr;  // why there is no registry
  std::optional<ImageStore> store_;
};

TEST_F(ImageStoreTest, PullsAnImageOnceAndTheNextTimeNothing) {
  const PulledImage first = pull("team/one");
  EXPECT_EQ(first.image.reference, "docker.io/team/one:latest");
  EXPECT_EQ(first.layers, 3);
  EXPECT_EQ(first.layers_shared, 0);
  EXPECT_GT(first.downloaded.count, 0U);
  EXPECT_EQ(first.image.environment.at("GREETING"), "hello");
  EXPECT_EQ(first.image.working_dir, "/app");
  const std::size_t served = registry_->blobs_served();
  const PulledImage second = pull("docker.io/team/one:latest");
  EXPECT_EQ(second.downloaded.count, 0U);
  EXPECT_EQ(second.layers_shared, 3);
  EXPECT_EQ(second.image.layers, first.image.layers);
  // The config alone, which says what the layers are.
  EXPECT_EQ(registry_->blobs_served(), served + 1);
}

TEST_F(ImageStoreTest, AnotherImageBringsOnlyTheLayersOfItsOwn) {
  const PulledImage one = pull("team/one");
  const PulledImage two = pull("team/two");
  EXPECT_EQ(two.layers, 4);
  EXPECT_EQ(two.layers_shared, 3);
  EXPECT_LT(two.downloaded, one.downloaded);
  EXPECT_EQ(two.shared, one.downloaded);
  EXPECT_TRUE(
      std::equal(one.image.layers.begin(), one.image.layers.end(), two.image.layers.begin()));
}

TEST_F(ImageStoreTest, UsageIsWhatDuSays) {
  pull("team/one");
  pull("team/two");
  const auto usage = store_->usage();
  ASSERT_TRUE(usage) << describe(usage.error());
  EXPECT_EQ(usage->total, by_du());
  ASSERT_EQ(usage->images.size(), 2U);
  const auto two = std::find_if(usage->images.begin(), usage->images.end(), [](const auto& image) {
    return image.reference == "docker.io/team/two:latest";
  });
  EXPECT_GT(two->own.count, 0U);
  EXPECT_LT(two->own, two->total);
}

TEST_F(ImageStoreTest, RunsProgramsOfAnImageTwiceAroundAPrune) {
  for (int round = 0; round < 2; ++round) {
    const StoredImage image = pull("team/one").image;
    for (const char* name : {"upper-folder", "work-folder"}) {
      fs::remove_all(path(name));
      fs::create_directory(path(name));
      const unsigned owner = geteuid() == 0 ? kOwner : geteuid();
      ASSERT_EQ(chown(path(name).c_str(), owner, owner), 0);
    }
    auto box = create_linux_sandbox({.boxes = 1, .pin = false});
    ASSERT_TRUE(box);
    Command command;
    command.argv = {"/bin/sh", "-c", "cat kept added; ls hidden 2>/dev/null || echo gone; pwd"};
    command.environment = {{"PATH", "/usr/bin:/bin"}};
    command.profile = Profile::Image;
    command.root = ImageRoot{image.layers, path("upper-folder"), path("work-folder")};
    command.readable_host_paths = {"/usr"};
    command.working_directory = image.working_dir;
    const auto result = (*box)->run(command, Limits{}, {});
    if (!result) GTEST_SKIP() << "no box can be built here: " << describe(result.error());
    EXPECT_EQ(result->standard_output, "of the base\nof the second layer\ngone\n/app\n")
        << result->standard_error;
    const auto pruned = store_->prune({});
    ASSERT_TRUE(pruned) << describe(pruned.error());
    EXPECT_EQ(pruned->layers, 3);
    EXPECT_GT(pruned->freed.count, 200'000U);
    EXPECT_TRUE(store_->list()->empty());
  }
}

TEST_F(ImageStoreTest, PruneTakesTheLeastRecentlyUsedAndWhatItAloneHas) {
  const Bytes one = pull("team/one").image.bytes;
  pull("team/two");
  const auto held = store_->hold("team/one");  // and so used after the other
  ASSERT_TRUE(held);
  const auto pruned = store_->prune({.keep = one});
  ASSERT_TRUE(pruned) << describe(pruned.error());
  EXPECT_EQ(pruned->images, std::vector<std::string>{"docker.io/team/two:latest"});
  EXPECT_EQ(pruned->layers, 1);
  EXPECT_TRUE(store_->find("team/one")->has_value());
}

TEST_F(ImageStoreTest, PruneReleasesWhatIsAskedForOfWhatMayGo) {
  pull("team/one");
  const Bytes own = pull("team/two").image.bytes;
  const auto only_two = [](const std::string& name) { return name.find("two") != name.npos; };
  // As much as both have: the layers they share stay with the one that may not go.
  const auto pruned = store_->prune({.release = own, .may_go = only_two});
  ASSERT_TRUE(pruned) << describe(pruned.error());
  EXPECT_EQ(pruned->images, std::vector<std::string>{"docker.io/team/two:latest"});
  EXPECT_EQ(pruned->layers, 1);
  EXPECT_TRUE(store_->find("team/one")->has_value());
}

TEST_F(ImageStoreTest, PruneStopsWhenEnoughIsFree) {
  pull("team/two");
  pull("team/one");
  const auto pruned = store_->prune({.release = Bytes{1}});
  ASSERT_TRUE(pruned) << describe(pruned.error());
  EXPECT_EQ(pruned->images, std::vector<std::string>{"docker.io/team/two:latest"});
}

TEST_F(ImageStoreTest, APlanNamesEveryLayerAndWhatIsMissingOfIt) {
  const PulledImage one = pull("team/one");
  const auto plan = store_->plan("team/two", options(), {});
  ASSERT_TRUE(plan) << describe(plan.error());
  ASSERT_EQ(plan->layers.size(), 4U);
  Bytes here;
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(plan->layers[i].here) << i;
    EXPECT_EQ(plan->layers[i].download, Bytes{}) << i;
    here = here + plan->layers[i].disk;
  }
  EXPECT_EQ(here, one.image.bytes);
  EXPECT_FALSE(plan->layers[3].here);
  EXPECT_EQ(plan->layers[3].download, plan->download);
  EXPECT_EQ(plan->layers[3].disk.count, plan->download.count * 4);
}

TEST_F(ImageStoreTest, AnAnswerOfTheRegistryIsKeptAsLongAsAskedFor) {
  PullOptions kept = options();
  kept.answers_keep = std::chrono::hours(1);
  const auto first = store_->plan("team/one", kept, {});
  ASSERT_TRUE(first) << describe(first.error());
  const std::size_t served = registry_->blobs_served();
  const auto second = store_->plan("team/one", kept, {});
  ASSERT_TRUE(second) << describe(second.error());
  EXPECT_EQ(second->digest, first->digest);
  EXPECT_EQ(second->layers.size(), first->layers.size());
  EXPECT_EQ(registry_->blobs_served(), served);
  ASSERT_TRUE(store_->plan("team/one", options(), {}));
  EXPECT_EQ(registry_->blobs_served(), served + 1);
}

TEST_F(ImageStoreTest, ADamagedAnswerIsAskedForAgain) {
  PullOptions kept = options();
  kept.answers_keep = std::chrono::hours(1);
  ASSERT_TRUE(store_->plan("team/one", kept, {}));
  for (const auto& entry : fs::directory_iterator(path("store/manifests"))) {
    auto text = read_file(entry.path());
    ASSERT_TRUE(text);
    ASSERT_TRUE(write_file(entry.path(), replace_all(*text, "schemaVersion", "schemaVersiom")));
  }
  EXPECT_TRUE(store_->plan("team/one", kept, {}));
}

TEST_F(ImageStoreTest, AnImageThatIsRunIsNotPruned) {
  pull("team/one");
  {
    const auto held = store_->hold("team/one");
    ASSERT_TRUE(held);
    const auto pruned = store_->prune({});
    ASSERT_TRUE(pruned);
    EXPECT_EQ(pruned->in_use, 1);
    EXPECT_TRUE(store_->find("team/one")->has_value());
  }
  EXPECT_EQ(store_->prune({})->images.size(), 1U);
  EXPECT_FALSE(store_->find("team/one")->has_value());
}

TEST_F(ImageStoreTest, GoesOnFromBlobsThatAnInterruptedPullLeft) {
  // A first pull that stops after the download: the blobs are there and no layer is.
  ASSERT_TRUE(run_tool({.argv = {"skopeo", "copy", "--quiet", "--src-tls-verify=false",
                                 "--dest-shared-blob-dir", path("store/blobs").string(),
                                 "docker://" + registry_->address() + "/team/one:latest",
                                 "oci:" + path("interrupted").string() + ":image"}}));
  const std::size_t served = registry_->blobs_served();
  const PulledImage pulled = pull("team/one");
  EXPECT_EQ(pulled.downloaded.count, 0U);
  EXPECT_EQ(registry_->blobs_served(), served + 1);
}

TEST_F(ImageStoreTest, ADamagedBlobIsFoundOutAndFetchedAgain) {
  const auto plan = store_->plan("team/one", options(), {});
  ASSERT_TRUE(plan) << describe(plan.error());
  const Blob& blob = plan->manifest.layers.front();
  ASSERT_TRUE(write_file(blob_path(path("store"), blob.digest), std::string(blob.size.count, 'x')));
  const auto damaged = store_->pull("team/one", options(), {});
  ASSERT_FALSE(damaged);
  EXPECT_EQ(damaged.error().code, ErrorCode::BadInput);
  EXPECT_EQ(pull("team/one").layers, 3);
}

TEST_F(ImageStoreTest, RefusesWhatDoesNotFitAndSaysWhy) {
  PullOptions small = options();
  small.reserve = Bytes::gib(1U << 20);  // more than any disk has
  const auto refused = store_->pull("team/one", small, {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::Infrastructure);
  EXPECT_NE(refused.error().what.find("to download"), std::string::npos) << refused.error().what;
  EXPECT_EQ(store_->usage()->total, by_du());
}

TEST_F(ImageStoreTest, AnImageThatIsNotThereIsNotFound) {
  const auto pulled = store_->pull("team/absent", options(), {});
  ASSERT_FALSE(pulled);
  EXPECT_EQ(pulled.error().code, ErrorCode::NotFound) << describe(pulled.error());
}

}  // namespace
}  // namespace eval::sandbox::images
