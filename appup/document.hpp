// A manifest's text as a tree of nodes with places: what YAML and JSON have in
// common. Private to appup. A document is never changed once built; any thread.
#pragma once

#include "appup/diagnostic.hpp"
#include "appup/errc.hpp"
#include "appup/source.hpp"
#include "base/file_system.hpp"
#include "base/value.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace instar::appup {

enum class node_kind : std::uint8_t {
  null,
  boolean,
  integer,
  unsigned_integer,  ///< above the greatest signed one
  real,
  string,
  sequence,
  map,
};

class document;

/// A borrowed node: valid while its document lives.
class node {
public:
  node(const document& owner, std::uint32_t index)
      : owner_(&owner), index_(index) {}

  node_kind kind() const;
  bool is_null() const { return kind() == node_kind::null; }
  bool is_string() const { return kind() == node_kind::string; }
  bool is_sequence() const { return kind() == node_kind::sequence; }
  bool is_map() const { return kind() == node_kind::map; }
  bool is_number() const {
    return kind() >= node_kind::integer && kind() <= node_kind::real;
  }

  /// A scalar as it was written, without quotes.
  std::string_view text() const;
  /// Valid for `integer`.
  std::int64_t integer() const;

  text_position at() const;
  source_position where() const;

  /// The items of a sequence, or a map's keys and values by turns.
  std::vector<node> children() const;
  /// A map's value; keys are compared as text.
  std::optional<node> find(std::string_view key) const;

  /// A map's key itself.
  std::optional<node> find_key(std::string_view key) const;

  value to_value() const;
  /// For messages: `the number 3`, `a list`, `nothing`.
  std::string described() const;

private:
  const document* owner_;
  std::uint32_t index_;
};

/// The nodes, flat: a child is reached from its parent, a sibling from the one
/// before it.
class document {
public:
  node root() const { return {*this, 0}; }
  const std::shared_ptr<const source_file>& source() const { return source_; }

private:
  friend class node;
  friend class document_builder;

  static constexpr std::uint32_t none = 0;  // the root is nobody's child
  struct cell {
    node_kind kind = node_kind::null;
    text_position at;
    std::uint32_t next = none;
    std::uint32_t first = none;
    std::uint32_t count = 0;
    std::uint32_t text_start = 0;
    std::uint32_t text_size = 0;
    std::int64_t integer = 0;
  };

  std::string_view text(const cell& one) const {
    return std::string_view(texts_).substr(one.text_start, one.text_size);
  }

  std::shared_ptr<const source_file> source_;
  std::vector<cell> cells_;
  std::string texts_;
};

/// Builds a document from a reader's events, enforcing what is common to all
/// manifests: limits, keys that are scalars, no key twice.
class document_builder {
public:
  /// `shape_tag` is the file's own tag, for what has no tag of its own.
  document_builder(std::shared_ptr<const source_file> source, errc shape_tag);

  // Each returns false where a limit is exceeded: the reader then stops.
  bool null(text_position at);
  /// A plain YAML scalar: its kind follows from its text (YAML's core schema).
  bool plain(text_position at, std::string_view text);
  bool string(text_position at, std::string_view text);
  bool number(text_position at, std::string_view text);
  bool begin_sequence(text_position at);
  bool begin_map(text_position at);
  void end();

  void error(text_position at, errc tag, std::string message);
  /// too_deep, at the list or map that is one too many.
  void deep(text_position at);
  errc shape_tag() const { return shape_tag_; }
  const diagnostics& errors() const { return errors_; }
  /// Whether a map's key comes next.
  bool expects_key() const;
  /// The key whose value comes next.
  std::optional<text_position> place_of_key() const;
  bool has_root() const { return !result_.cells_.empty(); }
  std::shared_ptr<const document> finish();

private:
  struct open_node {
    std::uint32_t index;
    std::uint32_t last_child;
  };
  bool add(node_kind kind, text_position at, std::string_view text,
           std::int64_t integer = 0);
  bool begin(node_kind kind, text_position at);
  void check_duplicates(std::uint32_t map);

  document result_;
  errc shape_tag_;
  std::vector<open_node> open_;
  diagnostics errors_;
};

/// Either a document or at least one error.
struct read_document_answer {
  std::shared_ptr<const document> read;
  diagnostics errors;
};

/// Reads and parses one manifest; `shape_tag` is the file's own tag.
read_document_answer read_document(file_system& files, const path& file,
                                   errc shape_tag);

// The two syntaxes, each in its own source file.
void read_yaml(const source_file& source, document_builder& into);
/// False without an error: it is not JSON, and YAML may be tried.
bool read_json(const source_file& source, bool or_yaml, document_builder& into);

}  // namespace instar::appup
