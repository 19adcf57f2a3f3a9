// What `instar watch` shows of an event.
#pragma once

#include <boost/json/object.hpp>

#include <string>

namespace instar::cli {

/// One line for people, with its end; empty for an event that says nothing new.
std::string watch_line(const boost::json::object& event);

}  // namespace instar::cli
