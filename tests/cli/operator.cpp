#include "tests/cli/operator.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <utility>

namespace instar::cli::test {
namespace {

value parsed(std::string_view text) {
  return boost::json::parse({text.data(), text.size()});
}

}  // namespace

scripted_node::scripted_node()
    : node_([this](const auto& request, const auto& emit) {
        return handle(request, emit);
      }) {}

void scripted_node::on(const std::string& request, std::string_view body,
                       int status,
                       const std::vector<std::string_view>& events) {
  script made{status, parsed(body), {}};
  for (const auto one : events)
    made.events.push_back(parsed(one));
  const std::lock_guard lock(mutex_);
  scripts_.insert_or_assign(request, std::move(made));
}

finished scripted_node::ask(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), {"--node", socket().string()});
  return instar(arguments);
}

std::vector<std::string> scripted_node::requests() {
  const std::lock_guard lock(mutex_);
  return std::exchange(requests_, {});
}

release_handler::api_response scripted_node::handle(
    const release_handler::api_request& request,
    const release_handler::event_sink& emit) {
  const auto key = request.method + ' ' + request.path;
  const std::lock_guard lock(mutex_);
  requests_.push_back(key + ' ' + boost::json::serialize(request.body));
  const auto found = scripts_.find(key);
  if (found == scripts_.end())
    return {404, {{"error", {{"tag", "not_found"}, {"message", key}}}}};
  for (const auto& one : found->second.events)
    emit(one);
  return {found->second.status, found->second.body};
}

}  // namespace instar::cli::test
