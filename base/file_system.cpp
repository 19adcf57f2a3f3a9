#include "base/file_system.hpp"

namespace instar {

result<> replace_file(file_system& files, const path& file,
                      std::string_view bytes) {
  const path temporary = path(file.string() + ".new");
  INSTAR_TRY(files.write(temporary, bytes));
  INSTAR_TRY(files.sync(temporary));
  INSTAR_TRY(files.rename(temporary, file));
  return files.sync(file.parent_path());
}

}  // namespace instar
