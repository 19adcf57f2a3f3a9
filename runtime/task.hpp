// A handler that waits: `task<T>` is the coroutine that handlers and the
// functions that they call may be. It is started by co_await, or by the runtime
// when it is a handler, and belongs to the process that runs it.
#pragma once

#include <coroutine>
#include <exception>
#include <optional>
#include <utility>

namespace instar {

template <class T = void>
class task;

namespace detail {

struct task_promise_base {
  std::coroutine_handle<> continuation;
  std::exception_ptr error;

  struct final_awaiter {
    bool await_ready() noexcept { return false; }
    template <class Promise>
    std::coroutine_handle<> await_suspend(
        std::coroutine_handle<Promise> done) noexcept {
      auto next = done.promise().continuation;
      return next ? next : std::noop_coroutine();
    }
    void await_resume() noexcept {}
  };

  std::suspend_always initial_suspend() noexcept { return {}; }
  final_awaiter final_suspend() noexcept { return {}; }
  void unhandled_exception() { error = std::current_exception(); }
};

template <class T>
struct task_promise : task_promise_base {
  std::optional<T> value;
  task<T> get_return_object();
  template <class U>
  void return_value(U&& made) {
    value.emplace(std::forward<U>(made));
  }
  T take() {
    if (error)
      std::rethrow_exception(error);
    return std::move(*value);
  }
};

template <>
struct task_promise<void> : task_promise_base {
  task<void> get_return_object();
  void return_void() {}
  void take() {
    if (error)
      std::rethrow_exception(error);
  }
};

}  // namespace detail

template <class T>
class [[nodiscard]] task {
public:
  using promise_type = detail::task_promise<T>;

  explicit task(std::coroutine_handle<promise_type> frame) : frame_(frame) {}
  task(task&& other) noexcept : frame_(std::exchange(other.frame_, nullptr)) {}
  task& operator=(task&&) = delete;
  ~task() {
    if (frame_)
      frame_.destroy();
  }

  bool await_ready() const noexcept { return false; }
  std::coroutine_handle<> await_suspend(std::coroutine_handle<> by) noexcept {
    frame_.promise().continuation = by;
    return frame_;
  }
  T await_resume() { return frame_.promise().take(); }

private:
  std::coroutine_handle<promise_type> frame_;
};

namespace detail {

template <class T>
task<T> task_promise<T>::get_return_object() {
  return task<T>(std::coroutine_handle<task_promise<T>>::from_promise(*this));
}
inline task<void> task_promise<void>::get_return_object() {
  return task<void>(
      std::coroutine_handle<task_promise<void>>::from_promise(*this));
}

template <class T>
constexpr bool is_task = false;
template <class T>
constexpr bool is_task<task<T>> = true;
template <class T>
struct task_value {
  using type = T;
};
template <class T>
struct task_value<task<T>> {
  using type = T;
};
template <class T>
using task_value_t = typename task_value<T>::type;

/// Reports what a handler that waited has thrown: its process ends.
void handler_failed(const char* text) noexcept;

/// The frame that the runtime keeps while a handler waits. Its exceptions die
/// in the module that threw them.
struct handler_frame {
  struct promise_type {
    handler_frame get_return_object() {
      return {std::coroutine_handle<promise_type>::from_promise(*this)};
    }
    std::suspend_always initial_suspend() noexcept { return {}; }
    std::suspend_always final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() noexcept {
      try {
        throw;
      } catch (const std::exception& error) {
        handler_failed(error.what());
      } catch (...) {
        handler_failed("an exception of an unknown type");
      }
    }
  };
  std::coroutine_handle<promise_type> frame;
};

/// Runs a handler's frame until it waits or is done.
void start_frame(std::coroutine_handle<> frame);

}  // namespace detail
}  // namespace instar
