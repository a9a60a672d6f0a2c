#include "compose/fact_names.h"

namespace leakprobe {

const char* name_of(Sign sign) {
  switch (sign) {
    case Sign::positive:
      return "positive";
    case Sign::negative:
      return "negative";
    case Sign::both:
      return "both";
  }
  return "";
}

const char* name_of(Role::Kind role) {
  switch (role) {
    case Role::Kind::ordinary:
      return "ordinary";
    case Role::Kind::never_positive:
      return "never_positive";
    case Role::Kind::control:
      return "control";
  }
  return "";
}

}  // namespace leakprobe
