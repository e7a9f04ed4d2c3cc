//! A whole file: a page or a picture has its name only when all of it is there.

use std::path::Path;
use std::{fs, io};

/// Writes a text into a file, and gives the file its name when it is whole. A link stays: what it leads to is replaced. A
/// device or a pipe takes the text, and stays what it is.
pub(crate) fn write_whole(path: &Path, text: &str) -> io::Result<()> {
    let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    if fs::metadata(&target).is_ok_and(|it| !it.is_file()) {
        return fs::write(&target, text);
    }
    let mut name = target.file_name().unwrap_or_default().to_owned();
    name.push(".partial");
    let partial = target.with_file_name(name);
    fs::write(&partial, text).and_then(|()| fs::rename(&partial, &target)).inspect_err(|_| {
        // It says nothing. If it stays, the next one takes its place.
        let _ = fs::remove_file(&partial);
    })
}

#[cfg(test)]
mod tests {
    use super::write_whole;
    use crate::test_folder::Folder;
    use std::fs;

    #[test]
    fn a_folder_is_not_replaced() {
        let folder = Folder::new("whole-folder");
        let path = folder.0.join("bank.html");
        fs::create_dir(&path).unwrap();
        assert!(write_whole(&path, "all").is_err());
        assert!(path.is_dir());
    }

    #[cfg(unix)]
    #[test]
    fn a_link_and_a_device_stay_what_they_are() {
        use std::os::unix::fs::{FileTypeExt, symlink};

        let folder = Folder::new("whole-link");
        let (file, link, full) =
            (folder.0.join("file"), folder.0.join("link"), folder.0.join("full"));
        fs::write(&file, "old").unwrap();
        symlink(&file, &link).unwrap();
        write_whole(&link, "new").unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::read_to_string(&file).unwrap(), "new");
        // A disk that is full. It is reached by a link, so that nobody's device is lost if this fails.
        if fs::metadata("/dev/full").is_ok_and(|it| it.file_type().is_char_device()) {
            symlink("/dev/full", &full).unwrap();
            assert!(write_whole(&full, "all").is_err());
            assert!(fs::symlink_metadata(&full).unwrap().is_symlink());
        }
        assert_eq!(
            fs::read_dir(&folder.0).unwrap().count(),
            fs::read_dir(&folder.0)
                .unwrap()
                .filter(|it| {
                    !it.as_ref().unwrap().file_name().to_string_lossy().contains("partial")
                })
                .count()
        );
    }
}
