#include "cli/tree.hpp"

#include "cli/arguments.hpp"
#include "cli/text.hpp"
#include "cli/verbs.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string_view>

namespace instar::cli {
namespace {

/// Deeper nodes are left out: the answer is not ours.
constexpr int depth_limit = 100;

struct branches {
  std::string_view middle, last, through, none;
};

/// Lines where the terminal's character set has them.
branches style() {
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    const char* set = std::getenv(name);
    if (set == nullptr || *set == '\0')
      continue;
    const std::string_view locale(set);
    if (locale.find("UTF-8") != std::string_view::npos ||
        locale.find("utf8") != std::string_view::npos)
      return {"├─ ", "└─ ", "│  ", "   "};
    break;
  }
  return {"|- ", "`- ", "|  ", "   "};
}

class tree_rows {
public:
  explicit tree_rows(boost::json::array& rows) : rows_(rows) {}

  void add_application(const boost::json::object& application) {
    const auto* top = application.if_contains("top");
    const auto* running = application.if_contains("running");
    rows_.push_back(boost::json::object{
        {"tree", field(application, "name")},
        {"vsn", field(application, "vsn")},
        {"status",
         running != nullptr && *running == true ? "running" : "stopped"}});
    if (top != nullptr && top->is_object())
      add(top->get_object(), "", true, 0);
  }

private:
  void add(const boost::json::object& node, const std::string& indent,
           bool is_last, int depth) {
    auto row = node;
    row.erase("children");
    row["tree"] = indent + std::string(is_last ? style_.last : style_.middle) +
                  field(node, "id");
    rows_.push_back(std::move(row));
    const auto* children = node.if_contains("children");
    if (children == nullptr || !children->is_array() || depth == depth_limit)
      return;
    const auto below =
        indent + std::string(is_last ? style_.none : style_.through);
    const auto& all = children->get_array();
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (all[i].is_object())
        add(all[i].get_object(), below,
            i + 1 == all.size() && !node.contains("left_out"), depth + 1);
    }
    if (node.contains("left_out")) {
      rows_.push_back(boost::json::object{
          {"tree", below + std::string(style_.last) +
                       fmt::format("... {} more", field(node, "left_out"))}});
    }
  }

  boost::json::array& rows_;
  branches style_ = style();
};

}  // namespace

boost::json::array tree_rows_of(const boost::json::object& body) {
  boost::json::array rows;
  tree_rows tree(rows);
  for (const auto& one : list_of(body, "applications")) {
    if (one.is_object())
      tree.add_application(one.get_object());
  }
  return rows;
}

const std::vector<column>& tree_columns() {
  static const std::vector<column> all{{"tree", "TREE"},
                                       {"name", "NAME"},
                                       {"pid", "PID"},
                                       {"type", "TYPE"},
                                       {"module", "MODULE"},
                                       {"vsn", "VSN"},
                                       {"status", "STATUS"},
                                       {"mailbox", "MAILBOX"},
                                       {"waiting_for", "WAITING FOR"}};
  return all;
}

void add_tree(CLI::App& root, session& with) {
  const auto limit = std::make_shared<std::optional<std::uint64_t>>();
  auto& verb = add_verb(root, "tree", "Applications and their supervisors",
                        "instar tree\ninstar tree --children 20");
  verb.add_option("--children", *limit,
                  "So many of each supervisor's; the others are counted (1000)")
      ->check(CLI::PositiveNumber.description(""));
  on(verb, with, [&with, limit] {
    question what;
    what.request.target = "/v1/tree";
    if (*limit)
      what.request.target += fmt::format("?children={}", **limit);
    what.show = [](const boost::json::object& body) {
      return table(tree_columns(), tree_rows_of(body));
    };
    return ask(with, std::move(what));
  });
}

}  // namespace instar::cli
