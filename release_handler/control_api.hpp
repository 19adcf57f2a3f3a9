// What a running node answers to its operators. The control server brings the
// requests, an implementation of control_api answers them: nothing here knows
// of sockets or HTTP, so that a test can call a node directly.
//
//   GET  /v1/status                      release, vsn, status, permanent ...
//   GET  /v1/releases                    {"releases": [{name, vsn, status, libs}]}
//   GET  /v1/processes                   {"processes": [{pid, name, module ...}]};
//                                        ?sort, reverse, limit, module, name,
//                                        behaviour, status, min_mailbox
//   GET  /v1/tree                        {"applications": [{name, vsn, top}]};
//                                        ?children
//   GET  /v1/schedulers                  {"workers": [...], "run_queue"}
//   GET  /v1/history                     {"history": [...]}, oldest first; ?last
//   GET  /v1/events                      the node's events until the client leaves
//   GET  /metrics                        text, for Prometheus
//   GET  /v1/code                        {"modules": [{module, current, old ...}]}
//   GET  /v1/code/MODULE                 {module, current, old, sticky, modified}
//   POST /v1/code/load                   {path}
//   POST /v1/code/upgrade                {path, extra} and the options of install
//   POST /v1/code/MODULE/purge, soft-purge, delete
//   GET  /v1/blockers                    {"not_quiet": [...], "old_code": [...]}
//   POST /v1/releases/unpack             {path}
//   POST /v1/releases/VSN/check, install {allow_irreversible, dry_run, timeout_ms,
//                                        hold_ms}
//   POST /v1/releases/VSN/commit, remove, set-unpacked, set-removed, reboot
//   POST /v1/releases/VSN/install-file   {path}
//   POST /v1/rollback                    {to, commit} and the options of install
//   POST /v1/applications/upgrade, downgrade, eval
//                                        {path, instructions} and those of install
//   POST /v1/cancel
//   POST /v1/processes/NAME/sys/VERB     {timeout_ms} and what the verb takes
//   POST /v1/processes/NAME/call, cast   {message, timeout_ms}
//   POST /v1/stop
#pragma once

#include "base/value.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <string>

namespace instar::release_handler {

/// One request: `POST /v1/releases/1.1/install`, its options, and who asks.
struct api_request {
  /// GET or POST.
  std::string method;
  /// Without the query; each segment is decoded, so a name may hold anything
  /// but a slash.
  std::string path;
  /// Decoded. A key without a value has an empty one.
  std::map<std::string, std::string> query;
  /// An object; an empty one where the request had no body.
  value body;
  /// The peer's credentials, as the kernel says them; of a Unix socket.
  std::uint32_t uid = 0;
  std::uint32_t pid = 0;
  /// Of a client that came over TCP, instead of a user: `token NAME from
  /// ADDRESS`, where its token has a name, or `token from ADDRESS`.
  std::string who;
  /// Whether nobody waits for the answer any more, or the node stops: an
  /// operation without an end looks now and then. May be empty.
  std::function<bool()> is_gone;
};

/// An HTTP status and a JSON object. An error's body is
/// `{"error": {"tag", "message", "context"?}}`.
struct api_response {
  int status = 200;
  value body;
  /// Instead of the body, where there is one: plain text, not as a stream.
  std::string text = {};
};

/// Takes one event, `{"event": NAME, ...}`. It neither fails nor blocks for
/// long, whatever became of the client.
using event_sink = std::function<void(const value& event)>;

/// Any thread; several requests at once. An implementation outlives the server
/// that calls it.
class control_api {
public:
  virtual ~control_api() = default;

  /// Answers one request, and returns when it is done; `emit` is called for
  /// each event of a long operation, on the calling thread, and not after the
  /// return. The result is no event: the server sends it last.
  virtual api_response handle(const api_request& request,
                              const event_sink& emit) = 0;
};

}  // namespace instar::release_handler
