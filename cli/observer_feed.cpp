#include "cli/observer_feed.hpp"

#include "cli/errors.hpp"
#include "cli/text.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <chrono>
#include <exception>
#include <system_error>
#include <utility>

namespace instar::cli {
namespace {

constexpr std::chrono::seconds answer_patience{10};
/// Between two tries to hear the node's events.
constexpr std::chrono::seconds retry_after{1};
/// A client that reads slower than its node tells loses the oldest.
constexpr std::size_t news_limit = 10'000;

int make_event_fd() {
  const int fd = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (fd < 0)
    throw std::system_error(errno, std::generic_category(), "eventfd");
  return fd;
}

}  // namespace

observer_feed::observer_feed(node_address at)
    : at_(std::move(at)), stop_fd_(make_event_fd()), news_fd_(make_event_fd()) {
  asker_ = std::thread([this] { answer_questions(); });
  try {
    follower_ = std::thread([this] { follow_events(); });
  } catch (...) {
    stop();
    throw;
  }
}

observer_feed::~observer_feed() {
  stop();
}

void observer_feed::stop() {
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
  }
  asked_.notify_all();
  ::eventfd_write(stop_fd_, 1);
  for (auto* one : {&asker_, &follower_}) {
    if (one->joinable())
      one->join();
  }
  ::close(stop_fd_);
  ::close(news_fd_);
}

std::vector<observer_news> observer_feed::take() {
  const std::lock_guard lock(mutex_);
  eventfd_t count = 0;
  ::eventfd_read(news_fd_, &count);
  return std::exchange(news_, {});
}

void observer_feed::ask(std::vector<std::string> targets) {
  {
    const std::lock_guard lock(mutex_);
    targets_ = std::move(targets);
    has_question_ = true;
  }
  asked_.notify_all();
}

void observer_feed::add(observer_news one) {
  const std::lock_guard lock(mutex_);
  if (one.what == observer_news::answer && !std::exchange(has_answer_, true))
    asked_.notify_all();
  if (news_.size() == news_limit)
    news_.erase(news_.begin());
  news_.push_back(std::move(one));
  ::eventfd_write(news_fd_, 1);
}

result<node_answer> observer_feed::ask_one(const std::string& target) {
  node_request request;
  request.target = target;
  request.patience = answer_patience;
  request.stop_fd = stop_fd_;
  return ask_node(at_, request, [](const auto&) {});
}

void observer_feed::answer_questions() {
  std::unique_lock lock(mutex_);
  for (;;) {
    asked_.wait(lock, [&] { return is_stopping_ || has_question_; });
    if (is_stopping_)
      return;
    has_question_ = false;
    const auto targets = std::exchange(targets_, {});
    lock.unlock();
    for (const auto& target : targets) {
      auto answer = ask_one(target);
      if (!answer) {
        add({observer_news::loss, {}, {}, answer.error().message()});
        break;
      }
      add({observer_news::answer,
           target,
           std::move(answer->body.get_object()),
           {}});
    }
    add({observer_news::answered, {}, {}, {}});
    lock.lock();
  }
}

bool observer_feed::pause(bool was_refused) {
  std::unique_lock lock(mutex_);
  has_answer_ = false;
  asked_.wait_for(lock, retry_after, [&] {
    return is_stopping_ || (has_answer_ && !was_refused);
  });
  return !is_stopping_;
}

void observer_feed::follow_events() {
  node_request request;
  request.target = "/v1/events";
  request.wants_events = true;
  request.patience = std::nullopt;
  request.stop_fd = stop_fd_;
  for (;;) {
    const auto answer =
        ask_node(at_, request, [this](const boost::json::object& event) {
          add({observer_news::event, {}, event, {}});
        });
    // Who does not answer at all is told by the questions.
    const bool was_refused = answer && answer->status >= 400;
    if (was_refused) {
      const auto& error = fields_of(answer->body.get_object(), "error");
      add({observer_news::deafness,
           {},
           {},
           "no events: " + field(error, "message")});
    }
    if (!pause(was_refused))
      return;
  }
}

}  // namespace instar::cli
