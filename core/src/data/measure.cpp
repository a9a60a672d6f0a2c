#include "leakprobe/measure.h"

#include <cmath>

namespace leakprobe {

std::string Cell::name() const {
  if (!items) return RowsOf::name();
  return RowsOf::name() + "[" + std::to_string((*items)[0]) + ":" + std::to_string((*items)[1]) +
         "]";
}

bool Bound::holds(double measured) const {
  switch (kind) {
    case Kind::above:
      return measured > value;
    case Kind::below:
      return measured < value;
    case Kind::within:
      return std::abs(measured) <= value;
  }
  return false;
}

std::string Bound::text() const {
  std::string number = to_json(value);
  if (number.ends_with(".0")) number.resize(number.size() - 2);
  return std::string(word_of(kind)) + " " + number;
}

}  // namespace leakprobe
