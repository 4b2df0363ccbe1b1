//! Tar archives whose bytes depend on nothing but names, contents and one time: no owner, no order and no clock of
//! the machine that makes them.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;

use anyhow::{Context, Result};
use flate2::{Compression, GzBuilder};
use tar::{Builder, EntryType, Header};

use super::layout::Blob;
use super::oci;
use crate::output;

/// A file of an archive.
pub(crate) struct File {
    pub(crate) bytes: Vec<u8>,
    /// Whether it is a program.
    pub(crate) executable: bool,
}

/// Files by their paths, relative to the root.
pub(crate) type Files = BTreeMap<String, File>;

/// A layer of an image.
pub(crate) struct Layer {
    pub(crate) blob: Blob,
    /// The digest before compression.
    pub(crate) diff_id: String,
}

/// Packs files into a layer.
pub(crate) fn layer(files: &Files, time: u64) -> Result<Layer> {
    let tar = tar(files, time)?;
    let diff_id = output::digest(&tar);
    // The builder writes neither a name nor a time nor the operating system.
    let mut gzip = GzBuilder::new().write(Vec::new(), Compression::best());
    gzip.write_all(&tar)
        .and_then(|()| gzip.finish())
        .context("cannot compress a layer")
        .map(|bytes| Layer {
            blob: Blob::new(oci::LAYER, bytes),
            diff_id,
        })
}

/// An archive of files and of the folders they are in, all of them root's.
pub(crate) fn tar(files: &Files, time: u64) -> Result<Vec<u8>> {
    let mut archive = Builder::new(Vec::new());
    let mut folders = BTreeSet::new();
    for (path, file) in files {
        for (end, _) in path.match_indices('/') {
            let folder = path.get(..=end).context("a path is not valid UTF-8")?;
            if folders.insert(folder) {
                let mut header = header(EntryType::Directory, 0o755, 0, time);
                append(&mut archive, &mut header, folder, &[])?;
            }
        }
        let mode = if file.executable { 0o755 } else { 0o644 };
        let mut header = header(EntryType::Regular, mode, file.bytes.len(), time);
        append(&mut archive, &mut header, path, &file.bytes)?;
    }
    archive.into_inner().context("cannot finish an archive")
}

fn header(kind: EntryType, mode: u32, size: usize, time: u64) -> Header {
    let mut header = Header::new_ustar();
    header.set_entry_type(kind);
    header.set_mode(mode);
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(time);
    header.set_size(size as u64);
    header
}

fn append(archive: &mut Builder<Vec<u8>>, header: &mut Header, path: &str, bytes: &[u8]) -> Result<()> {
    archive
        .append_data(header, path, bytes)
        .with_context(|| format!("cannot add {path} to an archive"))
}

#[cfg(test)]
pub(crate) mod tests {
    use std::io::Read;

    use flate2::read::GzDecoder;
    use tar::Archive;

    use super::*;

    /// Path, kind, mode, owner, group, time and size of each entry.
    pub(crate) fn entries(tar: &[u8]) -> Vec<String> {
        let mut archive = Archive::new(tar);
        archive
            .entries()
            .unwrap()
            .map(|entry| {
                let entry = entry.unwrap();
                let header = entry.header();
                format!(
                    "{} {:?} {:o} {}:{} {} {}",
                    entry.path().unwrap().display(),
                    header.entry_type(),
                    header.mode().unwrap(),
                    header.uid().unwrap(),
                    header.gid().unwrap(),
                    header.mtime().unwrap(),
                    header.size().unwrap()
                )
            })
            .collect()
    }

    fn files() -> Files {
        let file = |bytes: &[u8], executable| File {
            bytes: bytes.to_vec(),
            executable,
        };
        Files::from([
            ("plugins/more/b.wasm".to_owned(), file(b"bb", false)),
            ("plugins/a.wasm".to_owned(), file(b"a", false)),
            ("metawasm".to_owned(), file(b"binary", true)),
        ])
    }

    #[test]
    fn entries_are_sorted_and_roots() {
        assert_eq!(
            entries(&tar(&files(), 7).unwrap()),
            [
                "metawasm Regular 755 0:0 7 6",
                "plugins/ Directory 755 0:0 7 0",
                "plugins/a.wasm Regular 644 0:0 7 1",
                "plugins/more/ Directory 755 0:0 7 0",
                "plugins/more/b.wasm Regular 644 0:0 7 2",
            ]
        );
    }

    #[test]
    fn a_layer_has_the_digest_of_what_is_in_it() {
        let layer = layer(&files(), 0).unwrap();
        assert_eq!(output::digest(&layer.blob.bytes), layer.blob.descriptor.digest);
        assert_eq!(layer.blob.bytes.len(), layer.blob.descriptor.size);
        let mut tar = Vec::new();
        GzDecoder::new(&*layer.blob.bytes).read_to_end(&mut tar).unwrap();
        assert_eq!(output::digest(&tar), layer.diff_id);
        // Flags, time, and the operating system, which is 255: unknown.
        assert_eq!(layer.blob.bytes[3..8], [0; 5]);
        assert_eq!(layer.blob.bytes[9], 255);
    }
}
