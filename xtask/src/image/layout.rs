//! An OCI image layout: blobs by their digests, and `index.json`, which names one of them by a tag.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use serde::Serialize;

use super::archive::{self, File, Files};
use super::oci::{self, Annotations, Descriptor, Index};
use crate::output::{self, write};

const MARK: &str = "oci-layout";

/// Bytes and their name.
pub(crate) struct Blob {
    pub(crate) descriptor: Descriptor,
    pub(crate) bytes: Vec<u8>,
}

impl Blob {
    pub(crate) fn new(media_type: &'static str, bytes: Vec<u8>) -> Self {
        let descriptor = Descriptor {
            media_type,
            digest: output::digest(&bytes),
            size: bytes.len(),
            platform: None,
            annotations: Annotations::new(),
        };
        Self { descriptor, bytes }
    }

    pub(crate) fn json(media_type: &'static str, value: &impl Serialize) -> Result<Self> {
        let bytes =
            serde_json::to_vec(value).with_context(|| format!("cannot write {media_type} as JSON"))?;
        Ok(Self::new(media_type, bytes))
    }
}

/// A layout's files.
#[derive(Default)]
pub(crate) struct Layout {
    files: Files,
}

impl Layout {
    /// Adds a blob, once.
    pub(crate) fn add(&mut self, blob: Blob) -> Descriptor {
        let Blob { descriptor, bytes } = blob;
        let path = format!("blobs/{}", descriptor.digest.replace(':', "/"));
        self.put(path, bytes);
        descriptor
    }

    /// Gives an image that was added its tag, which makes the layout complete.
    pub(crate) fn finish(&mut self, mut image: Descriptor, annotations: Annotations) -> Result<()> {
        image.annotations = annotations;
        let index = Index {
            schema_version: 2,
            media_type: oci::INDEX,
            manifests: vec![image],
            annotations: Annotations::new(),
        };
        let mark = BTreeMap::from([("imageLayoutVersion", "1.0.0")]);
        self.put("index.json".to_owned(), serde_json::to_vec(&index)?);
        self.put(MARK.to_owned(), serde_json::to_vec(&mark)?);
        Ok(())
    }

    /// Writes it as a folder, in place of the layout that may be there.
    pub(crate) fn write_folder(&self, folder: &Path) -> Result<()> {
        clear(folder)?;
        for (path, file) in &self.files {
            write(&folder.join(path), &file.bytes)?;
        }
        Ok(())
    }

    /// The same as one tar file.
    pub(crate) fn archive(&self, time: u64) -> Result<Vec<u8>> {
        archive::tar(&self.files, time)
    }

    fn put(&mut self, path: String, bytes: Vec<u8>) {
        let file = File {
            bytes,
            executable: false,
        };
        self.files.insert(path, file);
    }
}

/// Removes an old layout, but nothing else, because the path may be mistyped.
fn clear(folder: &Path) -> Result<()> {
    let is_empty = match fs::read_dir(folder) {
        Ok(mut entries) => entries.next().is_none(),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => true,
        Err(error) => return Err(error).with_context(|| format!("cannot read {}", folder.display())),
    };
    if is_empty {
        return Ok(());
    }
    if !folder.join(MARK).is_file() {
        bail!(
            "{} is not empty and not an OCI image layout; use another directory, or empty it",
            folder.display()
        );
    }
    fs::remove_dir_all(folder).with_context(|| format!("cannot remove the previous {}", folder.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Folder(std::path::PathBuf);

    impl Folder {
        fn new(name: &str) -> Self {
            let path = std::env::temp_dir().join(format!("xtask-layout-{name}-{}", std::process::id()));
            fs::create_dir_all(&path).unwrap();
            Self(path)
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            fs::remove_dir_all(&self.0).ok();
        }
    }

    fn layout(text: &str) -> (Layout, Descriptor) {
        let mut layout = Layout::default();
        let image = layout.add(Blob::new(oci::MANIFEST, text.as_bytes().to_vec()));
        layout.finish(image.clone(), Annotations::new()).unwrap();
        (layout, image)
    }

    #[test]
    fn a_new_layout_takes_the_old_ones_place() {
        let folder = Folder::new("replace");
        let (old, old_image) = layout("old");
        let (new, new_image) = layout("new");
        old.write_folder(&folder.0).unwrap();
        new.write_folder(&folder.0).unwrap();
        let blob = |image: &Descriptor| folder.0.join("blobs").join(image.digest.replace(':', "/"));
        assert!(!blob(&old_image).exists());
        assert_eq!(fs::read(blob(&new_image)).unwrap(), b"new");
        assert_eq!(
            fs::read_to_string(folder.0.join("oci-layout")).unwrap(),
            r#"{"imageLayoutVersion":"1.0.0"}"#
        );
    }

    #[test]
    fn what_is_no_layout_is_left_alone() {
        let folder = Folder::new("keep");
        let precious = folder.0.join("precious.txt");
        fs::write(&precious, "mine").unwrap();
        let error = layout("x").0.write_folder(&folder.0).unwrap_err().to_string();
        assert!(error.contains("not an OCI image layout"), "{error}");
        assert_eq!(fs::read_to_string(precious).unwrap(), "mine");
    }

    #[test]
    fn one_file_has_what_the_folder_has() {
        let (layout, image) = layout("x");
        let entries = archive::tests::entries(&layout.archive(3).unwrap());
        let blob = format!("blobs/{} Regular 644 0:0 3 1", image.digest.replace(':', "/"));
        assert_eq!(entries[0], "blobs/ Directory 755 0:0 3 0");
        assert_eq!(entries[1], "blobs/sha256/ Directory 755 0:0 3 0");
        assert_eq!(entries[2], blob);
        assert!(entries[3].starts_with("index.json "));
        assert!(entries[4].starts_with("oci-layout "));
    }
}
