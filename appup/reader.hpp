// Manifests in and out. They are untrusted: limits on size, depth and number of
// nodes, no anchors, no key twice, no unknown key; every error with its place.
// A `.json` file is read as JSON, any other as YAML (where JSON may stand too).
//
// A failure's code is an appup::errc, its context the complete text of all
// independent errors of the file. A file that cannot be read at all fails with
// the file's tag (file_problem, error_reading, ...). Any thread.
#pragma once

#include "appup/app.hpp"
#include "appup/appup.hpp"
#include "appup/release.hpp"
#include "appup/relup.hpp"
#include "base/file_system.hpp"
#include "base/result.hpp"
#include "base/value.hpp"

#include <boost/json/object.hpp>

#include <cstddef>
#include <string>

namespace instar::appup {

struct relup_explanations;

inline constexpr std::size_t manifest_limit_bytes = 8U << 20U;
inline constexpr std::size_t manifest_limit_depth = 64;
inline constexpr std::size_t manifest_limit_nodes = 1'000'000;
/// YAML only: a text, or a list or map in brackets within a list.
inline constexpr std::size_t yaml_limit_value_bytes = 256U << 10U;
/// EXTRA and arguments; each value in it counts 8 bytes more.
inline constexpr std::size_t term_limit_depth = 32;
inline constexpr std::size_t term_limit_bytes = 32U << 10U;
inline constexpr std::size_t regex_limit_bytes = 256;

/// app.yaml.
result<app_spec> read_app(file_system& files, const path& file);

/// appup.yaml. Every instruction of every entry is checked, those that a
/// certain upgrade would not use too; so there is no `malformed` in it.
result<appup_spec> read_appup(file_system& files, const path& file);

/// release.yaml, by itself: its applications are not looked up.
result<release_spec> read_release(file_system& files, const path& file);

/// relup.yaml: low-level instructions only.
result<relup_spec> read_relup(file_system& files, const path& file);

/// config.yaml, `{APP: {KEY: VALUE}}`.
result<boost::json::object> read_config(file_system& files, const path& file);

/// The text of relup.yaml; read_relup gives an equal relup back. With
/// explanations they stand above each instruction, as comments.
std::string write_relup(const relup_spec& relup,
                        const relup_explanations* why = nullptr);

/// `{"update": {...}}` or a bare word, every optional key of a low-level
/// instruction written out; what `relup make --json` prints.
value to_json(const low_level& instruction);
value to_json(const script& instructions);

/// The keyword in YAML: `load_object_code`, `code_change`.
const char* keyword(const low_level& instruction);
const char* keyword(const high_level& instruction);
const char* to_string(start_type type);
const char* to_string(purge_method method);
const char* to_string(direction way);
const char* to_string(busy_policy policy);

}  // namespace instar::appup
