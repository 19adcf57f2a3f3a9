#include "release_handler/node_log.hpp"

#include "module/bytes_text.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <fmt/chrono.h>
#include <spdlog/formatter.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/rotating_file_sink.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <chrono>
#include <utility>
#include <vector>

namespace instar::release_handler {
namespace {

constexpr std::size_t file_bytes = std::size_t{16} << 20U;
constexpr std::size_t old_files = 3;

std::string_view view(spdlog::string_view_t text) {
  return {text.data(), text.size()};
}

std::string_view text_of(const boost::json::object& from,
                         std::string_view key) {
  const auto* found = from.if_contains(key);
  return found != nullptr && found->is_string()
             ? std::string_view(found->get_string())
             : std::string_view("-");
}

class json_formatter final : public spdlog::formatter {
public:
  void format(const spdlog::details::log_msg& message,
              spdlog::memory_buf_t& to) override {
    const auto line = log_line(
        message.time, view(spdlog::level::to_string_view(message.level)),
        view(message.payload), ::getpid());
    to.append(line.data(), line.data() + line.size());
  }
  std::unique_ptr<spdlog::formatter> clone() const override {
    return std::make_unique<json_formatter>();
  }
};

}  // namespace

std::string log_line(std::chrono::system_clock::time_point at,
                     std::string_view level, std::string_view message,
                     int process) {
  const auto since = at.time_since_epoch();
  const auto milliseconds =
      std::chrono::duration_cast<std::chrono::milliseconds>(since).count() %
      1000;
  const auto date = fmt::format(
      "{:%Y-%m-%dT%H:%M:%S}.{:03}Z",
      fmt::gmtime(std::chrono::system_clock::to_time_t(at)), milliseconds);
  boost::json::object line{{"at", date}, {"level", level}};
  // What is no UTF-8 would be no JSON.
  line["message"] = instar::detail::is_utf8(message)
                        ? std::string(message)
                        : fmt::format("{:?}", message);
  line["node"] = process;
  return boost::json::serialize(line) + '\n';
}

std::shared_ptr<spdlog::logger> make_node_log(const path& root) {
  const auto people = std::make_shared<spdlog::sinks::stderr_color_sink_mt>();
  const auto programs = std::make_shared<spdlog::sinks::rotating_file_sink_mt>(
      (root / "log" / "node.log").string(), file_bytes, old_files);
  people->set_formatter(std::make_unique<spdlog::pattern_formatter>(
      "%Y-%m-%dT%H:%M:%S.%eZ %^%l%$ %v", spdlog::pattern_time_type::utc));
  programs->set_formatter(std::make_unique<json_formatter>());
  const std::vector<spdlog::sink_ptr> sinks{people, programs};
  auto made =
      std::make_shared<spdlog::logger>("node", sinks.begin(), sinks.end());
  made->flush_on(spdlog::level::info);
  return made;
}

void log_event(spdlog::logger& to, const value& event) {
  const auto& fields = event.as_object();
  const auto text = [&](const char* key) { return text_of(fields, key); };
  const auto what = text("event");
  if (what == "begin") {
    to.info("{} of {} begins, by {}", text("operation"), text("to"),
            text("by"));
  } else if (what == "end") {
    const auto* error = fields.if_contains("error");
    std::string why;
    if (error != nullptr && error->is_object()) {
      why = fmt::format("; error[{}]: {}", text_of(error->get_object(), "tag"),
                        text_of(error->get_object(), "message"));
    }
    to.log(error == nullptr ? spdlog::level::info : spdlog::level::warn,
           "{} of {}, by {}: {}{}", text("operation"),
           fields.contains("to") ? text("to") : text("module"), text("by"),
           text("outcome"), why);
  }
}

}  // namespace instar::release_handler
