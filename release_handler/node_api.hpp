// The control API of a node: requests in, JSON out. Everything it does goes through
// the release handler's and the runtime's public functions.
#pragma once

#include "release_handler/control_api.hpp"
#include "release_handler/metrics.hpp"
#include "release_handler/release_handler.hpp"
#include "runtime/runtime.hpp"

#include <chrono>
#include <functional>

namespace instar::release_handler {

struct node_api_parts {
  runtime& node;
  release_handler& releases;
  const clock& time;
  steady_time started;
  std::function<void()> stop;
  /// Null: nobody counts.
  const install_counters* counters = nullptr;
  /// The node's setting, where a request gives none.
  duration hold = std::chrono::milliseconds(50);
  /// 0: no limit.
  std::size_t memory_limit_bytes = 0;
  /// Starts the permanent release instead of the one that runs; null: the node
  /// only stops, and whoever started it starts it again.
  std::function<void()> reboot = {};
  /// How long a start in another release may take; for whoever waits for it.
  std::chrono::seconds boot_timeout{60};
};

/// Any thread that is no worker.
class node_api final : public control_api {
public:
  explicit node_api(node_api_parts parts) : parts_(std::move(parts)) {}

  api_response handle(const api_request& request,
                      const event_sink& emit) override;

private:
  api_response get(const api_request& request, const event_sink& emit);
  api_response post(const api_request& request, const event_sink& emit);
  // In node_api_releases.cpp.
  api_response releases_view(const api_request& request);
  api_response unpack(const api_request& request);
  api_response release_verb(const std::string& vsn, const std::string& verb,
                            const api_request& request, const event_sink& emit);
  api_response change_release(const std::string& vsn, const std::string& verb,
                              const api_request& request);
  api_response commit_release(const std::string& vsn, const requester& by);
  api_response report_of(const install_report& report) const;
  api_response check_release(const std::string& vsn,
                             const install_options& options,
                             const event_sink& emit);
  // In node_api_applications.cpp.
  api_response application_verb(const std::string& verb,
                                const api_request& request,
                                const event_sink& emit);
  // In node_api_code.cpp.
  api_response module_view(const std::string& module);
  api_response code_file_verb(const std::string& verb,
                              const api_request& request,
                              const event_sink& emit);
  api_response code_verb(const std::string& module, const std::string& verb,
                         const api_request& request);
  api_response process_verb(const std::string& name,
                            const std::vector<std::string>& rest,
                            const api_request& request, const event_sink& emit);
  // In node_api_sys.cpp.
  // `name` is what the operator has called it.
  api_response sys_verb(pid process, const std::string& name,
                        const std::string& verb, const api_request& request,
                        const event_sink& emit);
  api_response trace(pid process, std::string name, const api_request& request,
                     duration timeout, const event_sink& emit);

  // In node_watching.cpp.
  api_response metrics() const;
  api_response watch(const api_request& request, const event_sink& emit);

  value status() const;
  api_response processes(const api_request& request) const;
  api_response tree(const api_request& request) const;
  api_response history(const api_request& request) const;
  value schedulers() const;
  value code() const;
  value blockers() const;

  node_api_parts parts_;
};

/// The HTTP status that fits an error's tag.
int http_status_of(const failure& why);
value error_body(const failure& why);

}  // namespace instar::release_handler
