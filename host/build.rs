//! Embeds the page of `metawasm playground`, if it was built: `cargo xtask build` does so where Node is installed.

use std::env;
use std::fmt::Write;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Where `playground/scripts/build.mjs` puts the files, each compressed.
const PAGE: &str = "../playground/dist";

fn main() -> io::Result<()> {
    let root = env::var_os("CARGO_MANIFEST_DIR")
        .map(PathBuf::from)
        .unwrap_or_default();
    let page = root.join(PAGE);
    println!("cargo::rerun-if-changed={}", page.display());
    let mut table = String::from("&[\n");
    for path in files(&page)? {
        let name = path
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let path = path.display().to_string();
        // Writing to a string never fails.
        writeln!(table, "    ({name:?}, include_bytes!({path:?})),").ok();
    }
    table.push_str("]\n");
    let out = env::var_os("OUT_DIR").map(PathBuf::from).unwrap_or_default();
    fs::write(out.join("page.rs"), table)
}

/// The compressed files, sorted.
fn files(page: &Path) -> io::Result<Vec<PathBuf>> {
    let entries = match fs::read_dir(page) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let mut files = Vec::new();
    for entry in entries {
        let path = entry?.path();
        if path.extension().is_some_and(|end| end == "gz") {
            files.push(path.canonicalize()?);
        }
    }
    files.sort();
    Ok(files)
}
