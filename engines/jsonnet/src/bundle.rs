//! The bytes of a program: a list of texts, each after its length. A hook's name is empty if the entry has none.

use crate::{Entry, File};

/// A script: its files and entries.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Bundle {
    /// The files that the entries need.
    pub(crate) files: Vec<File>,
    /// The files with hooks.
    pub(crate) entries: Vec<Entry>,
}

impl Bundle {
    /// Returns the bytes.
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        number(&mut bytes, self.files.len());
        for file in &self.files {
            text(&mut bytes, &file.path);
            text(&mut bytes, &file.content);
        }
        number(&mut bytes, self.entries.len());
        for entry in &self.entries {
            text(&mut bytes, &entry.path);
            text(&mut bytes, entry.hook.as_deref().unwrap_or_default());
        }
        bytes
    }

    /// Reads the bytes. `None` if they are not those of a bundle.
    pub(crate) fn decode(mut bytes: &[u8]) -> Option<Self> {
        let from = &mut bytes;
        let mut files = Vec::new();
        for _ in 0..take_number(from)? {
            files.push(File {
                path: take_text(from)?,
                content: take_text(from)?,
            });
        }
        let mut entries = Vec::new();
        for _ in 0..take_number(from)? {
            let path = take_text(from)?;
            let hook = take_text(from)?;
            entries.push(Entry {
                path,
                hook: (!hook.is_empty()).then_some(hook),
            });
        }
        from.is_empty().then_some(Self { files, entries })
    }
}

fn number(bytes: &mut Vec<u8>, number: usize) {
    bytes.extend_from_slice(&(number as u64).to_le_bytes());
}

fn text(bytes: &mut Vec<u8>, text: &str) {
    number(bytes, text.len());
    bytes.extend_from_slice(text.as_bytes());
}

fn take_number(from: &mut &[u8]) -> Option<usize> {
    let (number, rest) = from.split_first_chunk()?;
    *from = rest;
    usize::try_from(u64::from_le_bytes(*number)).ok()
}

fn take_text(from: &mut &[u8]) -> Option<String> {
    let length = take_number(from)?;
    let (text, rest) = from.split_at_checked(length)?;
    *from = rest;
    String::from_utf8(text.to_vec()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let bundle = Bundle {
            files: vec![File {
                path: "sync.jsonnet".into(),
                content: "function(request) {}".into(),
            }],
            entries: vec![
                Entry {
                    path: "sync.jsonnet".into(),
                    hook: None,
                },
                Entry {
                    path: "sync.jsonnet".into(),
                    hook: Some("finalize".into()),
                },
            ],
        };
        let bytes = bundle.encode();
        assert_eq!(Bundle::decode(&bytes).as_ref(), Some(&bundle));
        for end in 0..bytes.len() {
            assert_eq!(Bundle::decode(&bytes[..end]), None, "{end} bytes");
        }
        assert_eq!(Bundle::decode(&[&*bytes, &[0]].concat()), None);
        assert_eq!(Bundle::decode(&[255; 64]), None);
    }
}
