#include "model/parallel.h"

#include <ATen/Parallel.h>
#include <ATen/TensorIterator.h>
#include <torch/types.h>

#include <memory>

#include "machine/threads.h"

namespace leakprobe {

void parallel_for(int64_t count, int64_t grain,
                  const std::function<void(int64_t begin, int64_t end)>& body) {
  if (count <= 0) return;
  if (count <= grain || at::get_num_threads() == 1 || at::in_parallel_region()) {
    body(0, count);
    return;
  }
  // at::parallel_for would need OpenMP's run-time library here, and a second copy of it beside
  // LibTorch's would fight for the cores; an iterator's loop runs inside LibTorch.
  torch::Tensor index = torch::empty({count}, torch::kUInt8);
  const char* const first = static_cast<const char*>(index.data_ptr());
  at::TensorIterator iterator = at::TensorIteratorConfig()
                                    .check_all_same_dtype(false)
                                    .resize_outputs(false)
                                    .add_output(index)
                                    .build();
  iterator.for_each(
      [&](char** data, const int64_t* strides, int64_t inner, int64_t outer) {
        const int64_t outer_stride = strides[1];
        for (int64_t i = 0; i < outer; ++i) {
          const int64_t begin = data[0] + i * outer_stride - first;
          body(begin, begin + inner);
        }
      },
      grain);
}

void compute_with(int64_t threads) {
  require_threads(threads);
  at::set_num_threads(static_cast<int>(threads));
  // OpenMP starts its threads where they are first used, and the allocator prepares for each then.
  parallel_for(threads, 1, [](int64_t, int64_t) {
    constexpr size_t kSome = 4096;
    const auto touched = std::make_unique<volatile char[]>(kSome);
    touched[0] = 1;
  });
}

}  // namespace leakprobe
