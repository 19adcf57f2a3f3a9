#include "cli/exit_code.hpp"

#include "cli/errors.hpp"

namespace instar::cli {
namespace {

constexpr int first_error_status = 400;
constexpr int first_server_error = 500;

}  // namespace

exit_code exit_of_outcome(std::string_view outcome, bool ok) {
  if (outcome == "installed" || outcome == "restarted")
    return ok ? exit_code::done : exit_code::failed;
  if (outcome == "rolled_back")
    return ok ? exit_code::done : exit_code::undone;
  if (outcome == "refused")
    return exit_code::refused;
  if (outcome == "undone")
    return exit_code::undone;
  if (outcome == "fell_back")
    return exit_code::fell_back;
  // degraded, and what a newer node may say.
  return exit_code::failed;
}

exit_code exit_of_answer(int status, const value& body, request_kind kind) {
  const auto* fields = body.if_object();
  if (fields == nullptr)
    return exit_code::failed;
  const auto* ok = fields->if_contains("ok");
  const bool has_error = fields->contains("error");
  const bool good =
      ok != nullptr && ok->is_bool() ? ok->get_bool() : !has_error;
  const auto* outcome = fields->if_contains("outcome");
  if (outcome != nullptr && outcome->is_string()) {
    const auto& text = outcome->get_string();
    return exit_of_outcome({text.data(), text.size()}, good && !has_error);
  }
  if (good && !has_error && status < first_error_status)
    return exit_code::done;
  // An error without an outcome came before there was anything to undo.
  const bool by_request =
      status >= first_error_status && status < first_server_error;
  return kind == request_kind::upgrade && by_request ? exit_code::refused
                                                     : exit_code::failed;
}

exit_code exit_of_error(boost::system::error_code code, bool changes) {
  if (code == make_error_code(errc::no_node))
    return exit_code::no_node;
  if (code == make_error_code(errc::interrupted))
    return exit_code::stopped_waiting;
  if (code == make_error_code(errc::lost_connection) ||
      code == make_error_code(errc::timeout))
    return changes ? exit_code::stopped_waiting : exit_code::no_node;
  return exit_code::failed;
}

}  // namespace instar::cli
