#include "judges/swe/environment_plan.h"

#include <algorithm>
#include <functional>
#include <map>
#include <queue>
#include <set>

namespace eval::judges::swe {
namespace {

using Instances = std::vector<PlannedInstance>;
using Order = std::vector<std::size_t>;

// One branch of the tree of layers: instances whose next layer is the same.
struct Branch {
  Order members;
  Bytes missing;  // of the next layer
};

void walk(const Instances& instances, const Order& members, std::size_t depth, Order& order) {
  std::map<std::string, Branch> branches;
  for (const std::size_t member : members) {
    const auto& layers = instances[member].layers;
    if (layers.size() <= depth) {
      order.push_back(member);
      continue;
    }
    Branch& branch = branches[layers[depth].id];
    branch.members.push_back(member);
    branch.missing = layers[depth].disk;
  }
  std::vector<const Branch*> sorted;
  for (const auto& [id, branch] : branches) sorted.push_back(&branch);
  std::ranges::sort(sorted, [](const Branch* a, const Branch* b) {
    const bool a_waits = a->missing.count > 0;
    const bool b_waits = b->missing.count > 0;
    return a_waits != b_waits ? b_waits : a->members.front() < b->members.front();
  });
  for (const Branch* branch : sorted) walk(instances, branch->members, depth + 1, order);
}

using Layers = std::map<std::string, Bytes>;

Bytes sum_of(const Layers& layers) {
  Bytes sum;
  for (const auto& [id, bytes] : layers) sum = sum + bytes;
  return sum;
}

// The different images in their order; an instance is as good as another of the same image.
Order images_in(const Instances& instances, const Order& order) {
  Order images;
  std::set<std::string> seen;
  for (const std::size_t at : order) {
    if (!instances[at].layers.empty() && seen.insert(instances[at].image).second)
      images.push_back(at);
  }
  return images;
}

// The most that any `window` images in a row need.
Bytes peak_of(const Instances& instances, const Order& images, std::size_t window) {
  Bytes peak;
  for (std::size_t first = 0; first < images.size(); ++first) {
    Layers layers;
    for (std::size_t i = first; i < std::min(images.size(), first + window); ++i) {
      for (const PlannedLayer& layer : instances[images[i]].layers) layers[layer.id] = layer.disk;
    }
    peak = std::max(peak, sum_of(layers));
    if (first + window >= images.size()) break;
  }
  return peak;
}

// What `count` instances need at worst: those that had most, with a quarter more.
Bytes memory_of(const Instances& instances, const PlanLimits& limits, int count) {
  std::vector<Bytes> needs;
  for (const PlannedInstance& instance : instances) {
    const Bytes seen = instance.memory.value_or(Bytes{});
    needs.push_back(instance.memory ? Bytes{seen.count + seen.count / 4} : limits.memory_unknown);
  }
  std::ranges::sort(needs, std::greater<>());
  Bytes sum;
  for (std::size_t i = 0; i < std::min(needs.size(), static_cast<std::size_t>(count)); ++i)
    sum = sum + needs[i];
  return sum;
}

void choose_at_once(const Instances& instances, const PlanLimits& limits, EnvironmentPlan& plan) {
  int attempts = 0;
  for (const PlannedInstance& instance : instances) attempts += instance.attempts;
  plan.at_once = std::max(1, limits.at_once.value_or(limits.cores));
  plan.limited_by = limits.at_once ? "-j" : "cores";
  if (attempts < plan.at_once) {
    plan.at_once = std::max(1, attempts);
    plan.limited_by = "instances";
  }
  while (!limits.at_once && plan.at_once > 1 &&
         memory_of(instances, limits, plan.at_once) > limits.memory) {
    plan.at_once -= 1;
    plan.limited_by = "memory";
  }
}

Bytes copies_of(const PlanLimits& limits, int at_once) {
  return Bytes{limits.copy.count * static_cast<std::uint64_t>(at_once)};
}

// Fits the working set into the disk: first without pruning, then with fewer images in use.
void fit_disk(const Instances& instances, const PlanLimits& limits, EnvironmentPlan& plan) {
  const Order images = images_in(instances, plan.order);
  Layers all;
  Bytes largest;  // a download lies beside its layer until that is whole
  for (const std::size_t at : images) {
    for (const PlannedLayer& layer : instances[at].layers) {
      if (all.emplace(layer.id, layer.disk).second) plan.download = plan.download + layer.download;
      largest = std::max(largest, layer.download);
    }
  }
  plan.images = static_cast<int>(images.size());
  plan.disk_all = sum_of(all) + largest + copies_of(limits, plan.at_once);
  plan.disk_peak = plan.disk_all;
  plan.ahead = images.empty() ? 0 : plan.at_once;
  if (images.empty() || plan.disk_all <= limits.disk) return;
  plan.prunes = true;
  for (plan.ahead = 1;; plan.ahead = 0) {
    const auto window = static_cast<std::size_t>(plan.at_once + plan.ahead);
    plan.disk_peak = peak_of(instances, images, window) + largest + copies_of(limits, plan.at_once);
    plan.fits = plan.disk_peak <= limits.disk;
    if (plan.fits) return;
    if (plan.ahead > 0) continue;
    if (plan.at_once == 1) return;
    plan.at_once -= 1;
    plan.limited_by = "disk";
  }
}

void predict_time(const Instances& instances, EnvironmentPlan& plan) {
  std::int64_t known = 0;
  for (const PlannedInstance& instance : instances) {
    if (!instance.time) continue;
    plan.with_history += 1;
    known += instance.time->count();
  }
  if (plan.with_history == 0) return;
  const std::int64_t mean = known / plan.with_history;
  std::priority_queue<std::int64_t, std::vector<std::int64_t>, std::greater<>> free_at;
  for (int worker = 0; worker < plan.at_once; ++worker) free_at.push(0);
  std::int64_t end = 0;
  for (const std::size_t at : plan.order) {
    const std::int64_t time = instances[at].time ? instances[at].time->count() : mean;
    for (int attempt = 0; attempt < instances[at].attempts; ++attempt) {
      const std::int64_t done = free_at.top() + time;
      free_at.pop();
      free_at.push(done);
      end = std::max(end, done);
    }
  }
  plan.time = std::chrono::milliseconds(end);
}

}  // namespace

EnvironmentPlan plan_environments(const std::vector<PlannedInstance>& instances,
                                  const PlanLimits& limits) {
  EnvironmentPlan plan;
  Order all(instances.size());
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = i;
  walk(instances, all, 0, plan.order);
  choose_at_once(instances, limits, plan);
  fit_disk(instances, limits, plan);
  plan.memory = memory_of(instances, limits, plan.at_once);
  predict_time(instances, plan);
  return plan;
}

}  // namespace eval::judges::swe
