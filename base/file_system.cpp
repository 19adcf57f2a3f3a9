#include "base/file_system.hpp"

namespace instar {

result<> replace_file(file_system& files, const path& file,
                      std::string_view bytes) {
  const path temporary = path(file.string() + ".new");
  INSTAR_TRY(files.write(temporary, bytes));
  INSTAR_TRY(files.sync(temporary));
  INSTAR_TRY(files.rename(temporary, file));
  const auto folder = file.parent_path();
  return files.sync(folder.empty() ? path(".") : folder);
}

}  // namespace instar
