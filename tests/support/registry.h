#pragma once

#include <string>
#include <vector>

#include "base/files.h"
#include "base/result.h"

namespace eval {

// Debian's docker-registry on a free port of loopback, its data below `folder`; ended with this object.
class LocalRegistry {
 public:
  // NotFound if it, skopeo or umoci is not installed.
  static Result<LocalRegistry> start(const fs::path& folder);
  LocalRegistry(LocalRegistry&& other) noexcept;
  LocalRegistry& operator=(LocalRegistry&&) = delete;
  ~LocalRegistry();

  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }

  // Copies the image `tag` of the OCI layout `layout` to `name` ("team/image:tag").
  Result<void> push(const fs::path& layout, const std::string& tag, const std::string& name) const;

  // Blobs that anybody has fetched until now, by the registry's log: lines of GET on a blob.
  std::size_t blobs_served() const;

 private:
  LocalRegistry(int pid, int port, fs::path log) : pid_(pid), port_(port), log_(std::move(log)) {}
  int pid_ = -1;
  int port_ = 0;
  fs::path log_;
};

// An OCI layout made layer by layer with umoci.
class ImageBuilder {
 public:
  static Result<ImageBuilder> create(const fs::path& layout);

  // A further layer with `folder`'s content at `at` in the image.
  Result<void> add_layer(const fs::path& folder, const std::string& at = "/");
  // A further layer that removes `path`.
  Result<void> remove(const std::string& path);
  // `umoci config`: {"--config.env", "A=b"}
  Result<void> configure(const std::string& option, const std::string& value);
  // The image so far under a further name, from which both go on by themselves.
  Result<void> tag(const std::string& name);

  const fs::path& layout() const { return layout_; }

 private:
  explicit ImageBuilder(fs::path layout) : layout_(std::move(layout)) {}
  Result<void> umoci(std::vector<std::string> arguments) const;
  std::string image() const { return layout_.string() + ":image"; }
  fs::path layout_;
};

}  // namespace eval
