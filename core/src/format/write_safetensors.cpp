#include <algorithm>
#include <cstring>
#include <set>
#include <string_view>

#include "format/atomic_file.h"
#include "format/json_write.h"
#include "format/safetensors_dtype.h"
#include "format/tensor_memory.h"
#include "leakprobe/error.h"
#include "leakprobe/tensors.h"
#include "text/quote.h"

namespace leakprobe {
namespace {

struct Item {
  std::string name;
  const torch::Tensor* tensor;
  const SafetensorsDtype* dtype;
};

std::vector<Item> sorted_items(const std::string& source, const NamedTensors& tensors) {
  std::vector<Item> items;
  std::set<std::string_view> seen;
  for (const auto& [name, tensor] : tensors) {
    LEAKPROBE_CHECK(tensor.defined(), "an undefined tensor cannot be written: " + name);
    std::string complaint = tensor_name_complaint(name);
    if (name == "__metadata__") complaint = "is reserved for metadata";
    if (!seen.insert(name).second) complaint = "is given twice";
    if (!complaint.empty())
      throw Error(source + ": the tensor name " + quote(name) + " " + complaint);
    const SafetensorsDtype* dtype = find_dtype(tensor.scalar_type());
    if (dtype == nullptr) {
      throw Error(source + ": tensor " + quote(name) + " has the type " +
                  c10::toString(tensor.scalar_type()) +
                  ", which is not written; convert it before");
    }
    items.push_back({name, &tensor, dtype});
  }
  std::sort(items.begin(), items.end(), [](const Item& a, const Item& b) {
    return a.dtype->rank != b.dtype->rank ? a.dtype->rank > b.dtype->rank : a.name < b.name;
  });
  return items;
}

// Member by member, because an OrderedJson of many thousand members is slow to fill.
std::string header_text(const std::vector<Item>& items,
                        const std::map<std::string, std::string>& metadata) {
  std::string text = "{";
  const auto add = [&](const std::string& key, const OrderedJson& value) {
    if (text.size() > 1) text += ",";
    text += dump_json(OrderedJson(key)) + ":" + dump_json(value);
  };
  if (!metadata.empty()) add("__metadata__", OrderedJson(metadata));
  size_t offset = 0;
  for (const Item& item : items) {
    const size_t end = offset + item.tensor->nbytes();
    add(item.name, {{"dtype", item.dtype->name},
                    {"shape", item.tensor->sizes().vec()},
                    {"data_offsets", {offset, end}}});
    offset = end;
  }
  text += "}";
  text.append((8 - text.size() % 8) % 8, ' ');
  return text;
}

}  // namespace

void write_safetensors(const std::filesystem::path& path, const NamedTensors& tensors,
                       const std::map<std::string, std::string>& metadata) {
  const std::vector<Item> items = sorted_items(path.string(), tensors);
  const std::string header = header_text(items, metadata);
  AtomicFile file(path);
  const uint64_t size = header.size();
  file.write({reinterpret_cast<const char*>(&size), sizeof size});
  file.write(header);
  for (const Item& item : items) {
    const torch::Tensor stored = item.tensor->detach().to(torch::kCPU).contiguous();
    file.write({static_cast<const char*>(stored.data_ptr()), stored.nbytes()});
  }
  file.commit();
}

}  // namespace leakprobe
