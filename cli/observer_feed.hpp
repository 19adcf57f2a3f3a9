// What the observer hears from the node, asked in threads of its own so that keys
// are served meanwhile.
#pragma once

#include "base/value.hpp"
#include "cli/node_client.hpp"

#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace instar::cli {

/// One thing heard.
struct observer_news {
  enum kind {
    /// To `target`.
    answer,
    event,
    /// All that was asked has been answered.
    answered,
    /// Nobody answers: `why`.
    loss,
    /// The events are refused: `why`.
    deafness
  };
  kind what = answer;
  std::string target;
  boost::json::object body;
  std::string why;
};

/// Begins to follow the node's events, again and again where the node is lost.
/// One thread; fd() is readable when there is something to take().
class observer_feed {
public:
  explicit observer_feed(node_address at);
  observer_feed(const observer_feed&) = delete;
  observer_feed& operator=(const observer_feed&) = delete;
  /// Whatever is under way is given up.
  ~observer_feed();

  int fd() const { return news_fd_; }
  std::vector<observer_news> take();
  /// Asks for these, one after the other. What was asked before and not been
  /// begun is forgotten.
  void ask(std::vector<std::string> targets);

private:
  void stop();
  void answer_questions();
  void follow_events();
  void add(observer_news one);
  result<node_answer> ask_one(const std::string& target);
  /// Before another try; where nobody answered only until somebody does. False:
  /// there is nobody left to try for.
  bool pause(bool was_refused);

  const node_address at_;
  int stop_fd_;
  int news_fd_;
  std::mutex mutex_;
  std::condition_variable asked_;
  bool is_stopping_ = false;
  bool has_question_ = false;
  bool has_answer_ = false;
  std::vector<std::string> targets_;
  std::vector<observer_news> news_;
  std::thread asker_;
  std::thread follower_;
};

}  // namespace instar::cli
