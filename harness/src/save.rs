//! Writes a report to a file so that whoever reads it finds the old one or the new one, whole, whenever the run is stopped.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::Path;

/// Whether the path leads to something that is written to as it is, such as `/dev/stdout` or a pipe: what went there stays.
pub fn is_a_stream(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|metadata| !metadata.is_file() && !metadata.is_dir())
}

/// Writes `contents` beside the file, then takes its name. A path to something that is no regular file (`/dev/stdout`, a pipe)
/// is written to directly: nothing can take its place.
///
/// # Errors
///
/// What the system says when the folder does not exist or cannot be written to, or the disk is full. The file is then as it was.
pub fn write_atomically(path: &Path, contents: &[u8]) -> io::Result<()> {
    if is_a_stream(path) {
        return fs::OpenOptions::new()
            .write(true)
            .open(path)?
            .write_all(contents);
    }
    // A link is followed, so that what it points to is replaced and not the link.
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let name = path
        .file_name()
        .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "the path names no file"))?;
    let mut beside = OsString::from(".");
    beside.push(name);
    beside.push(".");
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    // Others may read a report as they may read any file: the narrow rights of a temporary file are not wanted here.
    let mut file = tempfile::Builder::new()
        .prefix(&beside)
        .make_in(folder, |path| File::create_new(path))?;
    file.as_file_mut().write_all(contents)?;
    file.persist(&path).map_err(|error| error.error)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_new_takes_the_place_of_the_old_and_nothing_is_left_beside() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("report.json");
        write_atomically(&path, b"old").expect("it is written");
        write_atomically(&path, b"new").expect("it is written again");
        assert_eq!(fs::read(&path).expect("it is there"), b"new");
        assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 1);
    }

    #[test]
    fn what_cannot_be_written_leaves_everything_as_it_was() {
        let folder = tempfile::tempdir().expect("a folder");
        let missing = folder.path().join("missing").join("report.json");
        assert!(write_atomically(&missing, b"new").is_err());
        let occupied = folder.path().join("folder");
        fs::create_dir(&occupied).expect("a folder");
        assert!(write_atomically(&occupied, b"new").is_err());
        assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn a_link_stays_a_link_and_a_device_is_written_to() {
        let folder = tempfile::tempdir().expect("a folder");
        let real = folder.path().join("real.json");
        let link = folder.path().join("link.json");
        fs::write(&real, b"old").expect("it is written");
        std::os::unix::fs::symlink(&real, &link).expect("a link");
        write_atomically(&link, b"new").expect("it is written");
        assert_eq!(fs::read(&real).expect("it is there"), b"new");
        assert!(link.is_symlink());
        write_atomically(Path::new("/dev/null"), b"new").expect("it is written");
        assert!(is_a_stream(Path::new("/dev/null")) && !is_a_stream(&link));
    }
}
