#include "judges/judgement.h"

namespace eval::judges {

std::string_view stability_name(Stability stability) {
  switch (stability) {
    case Stability::Clear:
      return "clear";
    case Stability::NearLimit:
      return "near limit";
    case Stability::ReRun:
      return "re-run";
  }
  return "";
}

}  // namespace eval::judges
