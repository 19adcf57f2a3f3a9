// The tokens that clients over TCP show, and what each allows.
//
// A token file has a token on each line, after a name where it is to be told
// from others in the history; `#` begins a comment:
//
//     # prometheus scrapes
//     prometheus 0b6f7c0f6c0a4c7f9c0d8a2f2f1f5f6e
//
// The files are read for every request: what is written there counts from the
// next one on, without a restart. A file that cannot be taken allows nothing.
#pragma once

#include "base/result.hpp"
#include "release_handler/node_config.hpp"
#include "release_handler/role.hpp"

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace instar::release_handler {

struct access_token {
  /// May be empty.
  std::string name;
  std::string token;

  friend bool operator==(const access_token&, const access_token&) = default;
};

/// The tokens of a file that nobody but its owner may read. Errors: bad_access,
/// with what to mend; it quotes no token.
result<std::vector<access_token>> read_tokens(const path& file);

/// Who showed a token.
struct token_holder {
  role may = role::none;
  std::string name;
};

/// Any thread.
class access_tokens {
public:
  /// Is told when a file cannot be taken any more, and why, and when it can
  /// again.
  using listener = std::function<void(const std::string& text)>;

  /// Reads each file once. Paths are whole. Errors: as read_tokens().
  static result<std::unique_ptr<access_tokens>> open(token_files files,
                                                     listener told = {});

  /// Whose token `header` has, the value of `Authorization`, by the files as
  /// they are now: `Bearer TOKEN`. Takes as long whatever is in it, and whichever
  /// token it is. Of a token that stands in both files, the holder operates.
  token_holder find(std::string_view header) const;

private:
  access_tokens(token_files files, listener told);
  std::vector<access_token> read(const path& file, std::string& trouble) const;

  const token_files files_;
  const listener told_;
  mutable std::mutex mutex_;
  /// What is wrong with each file, where something is.
  mutable std::string operate_trouble_, read_trouble_;
};

}  // namespace instar::release_handler
