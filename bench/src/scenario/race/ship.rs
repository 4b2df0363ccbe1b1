//! The size of what has to be shipped.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

/// Bytes of files.
pub(super) fn files(paths: impl IntoIterator<Item = PathBuf>) -> Result<u64> {
    let mut sum = 0;
    for path in paths {
        sum += fs::metadata(&path)
            .with_context(|| path.display().to_string())?
            .len();
    }
    Ok(sum)
}

/// Bytes of all files below a directory, without entries with certain names. A suffix that follows `-` does not matter:
/// `pip` is `pip-23.2.1.dist-info` as well.
pub(super) fn directory(path: &Path, without: &[&str]) -> Result<u64> {
    let mut sum = 0;
    for entry in fs::read_dir(path).with_context(|| path.display().to_string())? {
        let entry = entry?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        let stem = name.split_once('-').map_or(&*name, |(stem, _)| stem);
        if without.contains(&&*name) || without.contains(&stem) {
            continue;
        }
        let metadata = entry.metadata()?;
        sum += if metadata.is_dir() {
            directory(&entry.path(), without)?
        } else {
            metadata.len()
        };
    }
    Ok(sum)
}

#[cfg(test)]
mod tests {
    use metawasm_tests::process::Folder;

    use super::*;

    #[test]
    fn a_directory_counts_without_what_is_not_shipped() {
        let folder = Folder::new("ship");
        for (name, size) in [
            ("json/decoder.py", 10),
            ("json/__pycache__/decoder.pyc", 100),
            ("test/big.py", 1_000),
            ("config-3.11-x86_64-linux-gnu/libpython.a", 10_000),
            ("site-packages/pip/pip.py", 100_000),
            ("tester.py", 1),
        ] {
            folder.write(name, vec![b' '; size]);
        }
        let size = directory(folder.path(), &["__pycache__", "config", "site-packages", "test"]).unwrap();
        assert_eq!(size, 11);
        assert_eq!(files([folder.path().join("tester.py")]).unwrap(), 1);
        assert!(files([folder.path().join("absent.py")]).is_err());
    }
}
