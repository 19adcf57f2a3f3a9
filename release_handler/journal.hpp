// What an operation on a running node is about to do and has done, so that the
// start after a crash can say what was under way: log/journal.jsonl, one operation,
// one JSON record a line.
//
//   record     members                          written
//   begin      id, operation, by, at, from, to  before anything is touched
//   hop        hop, from, to                    on a way through other releases
//   prepared   batch                            states are converted; the gates
//                                               close next
//   installed  batch                            the gates are open again, the new
//                                               code runs
//   taken_back batch                            the old code runs again
//   hop_taken_back  hop                         with all its batches and effects
//   doing      effect, what, lasts, undo        before an effect is carried out
//   done       effect
//   failed     effect                           it did nothing that needs an undo
//   undone     effect
//   restarting                                  the node ends, to be started anew
//   end        outcome                          the operation is over
//
// The first record replaces the file whole; the others are appended, each durable
// before the operation goes on. Never written while a gate is closed. A last line
// that a crash cut off, and lines that cannot be read, are left out.
#pragma once

#include "base/file_system.hpp"
#include "base/result.hpp"
#include "base/value.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace instar::release_handler {

/// The operation that the thread holds which writes. Errors of all that write:
/// journal_failed, with the system's reason; the record may or may not be there.
class journal {
public:
  /// `files` must outlive this.
  journal(file_system& files, path file)
      : files_(files), file_(std::move(file)) {}

  /// Opens the journal of an operation; `about` has the members of `begin` but the
  /// id. After a failure there is no open journal.
  result<> begin(boost::json::object about);
  bool is_open() const { return is_open_; }
  /// Of the operation that began last: no other one of this node has it.
  const std::string& id() const { return id_; }

  result<> hop(std::size_t number, std::string_view from, std::string_view to);
  result<> hop_taken_back(std::size_t number);
  result<> prepared(std::size_t batch);
  result<> installed(std::size_t batch);
  result<> taken_back(std::size_t batch);

  result<> restarting();

  /// The effect's number, for what follows. `lasts`: it outlives the node, so that
  /// a restart does not undo it.
  result<std::size_t> doing(std::string_view what, bool lasts,
                            std::string_view undo);
  result<> done(std::size_t effect);
  result<> failed(std::size_t effect);
  result<> undone(std::size_t effect);

  /// Closes the journal; no failure keeps it open for this object.
  result<> end(std::string_view outcome);

  /// An effect that the operation has begun and not undone.
  struct effect_left {
    std::string what;
    std::string undo;
    /// Else it may have happened, or not.
    bool is_done = false;
  };
  /// An operation that has begun and not ended.
  struct unfinished {
    /// The members of `begin`.
    boost::json::object about;
    std::string id;
    /// The last of begin, prepared, installed, taken_back, hop_taken_back and
    /// restarting.
    std::string reached;
    /// Batches installed and not taken back.
    std::size_t batches = 0;
    /// Those that last, oldest first.
    std::vector<effect_left> effects = {};
    /// Those that ended with the node: what was done to its processes.
    std::vector<effect_left> ended_effects = {};
  };
  /// What a crash has left in the file. Errors: the system's.
  result<std::optional<unfinished>> find_unfinished();
  /// Goes on with the operation that the node was restarted for. False: that one
  /// is not open. Errors: the system's.
  result<bool> resume(const std::string& id);
  /// Closes what a crash has left.
  result<> close_unfinished();

private:
  result<> write(boost::json::object record);
  result<> write_batch(const char* record, std::size_t batch);
  result<> write_effect(const char* record, std::size_t effect);
  std::size_t last_number();
  failure no_journal(const failure& why) const;

  file_system& files_;
  const path file_;
  std::string id_;
  std::size_t number_ = 0;
  std::size_t effects_ = 0;
  bool is_open_ = false;
  /// A line may have been written in part: the next one must not join it.
  bool is_cut_ = false;
};

}  // namespace instar::release_handler
