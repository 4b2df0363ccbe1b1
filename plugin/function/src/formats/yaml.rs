//! Reads the YAML that people write into annotations and ConfigMaps: all of YAML 1.2, as a tree
//! that is bounded.
//!
//! The texts are read as OpenFunction reads them: with go-yaml v2 into strings. So a plain scalar
//! is the text that is written (`1.10`, `yes`), whoever needs another type looks at the text; of
//! two equal keys the later one counts; `<<` merges; of several documents the first counts.
//!
//! Whoever writes such a text chooses its size, its depth and how often an anchor is used: each
//! has a limit that applies before any work is done for it.

mod places;

use std::borrow::Cow;
use std::collections::BTreeSet;

pub(crate) use metawasm_yaml::Mark;
use metawasm_yaml::{Event, Events, Mistake, Scalar};

use super::json::{Json, Object};
use super::notes::Path;
use super::written::quoted;
use places::{Place, Places};

/// Bytes of a text at most.
const MOST_BYTES: usize = 64 << 10;
/// Bytes of all scalars at most, each time an alias repeats one.
const MOST_SCALARS: usize = MOST_BYTES;
/// Scalars, lists and mappings at most, each time an alias repeats one.
const MOST_NODES: usize = 4096;
/// Lists and mappings in each other at most.
const MOST_DEPTH: usize = 32;
/// Remarks about one text at most: the rest of them is of one kind.
const MOST_REMARKS: usize = 8;

/// A text, read.
#[derive(Debug)]
pub(crate) struct Yaml<'a> {
    pub(crate) value: Json<'a>,
    /// What is read and not used.
    pub(crate) remarks: Vec<Remark>,
}

/// A mistake in a text, or something in it that is not used.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Remark {
    pub(crate) mark: Mark,
    pub(crate) what: String,
}

/// Reads the first document of a text; nothing is `null`.
///
/// # Errors
/// The first mistake.
pub(crate) fn read(text: &str) -> Result<Yaml<'_>, Remark> {
    let mut reader = Reader::new(None);
    let value = reader.document(text)?;
    Ok(Yaml {
        value,
        remarks: reader.remarks,
    })
}

/// Reads a text that [`read`] accepts once more, for its places.
#[cold]
#[inline(never)]
pub(crate) fn places(text: &str) -> Places {
    let mut reader = Reader::new(Some(Places::default()));
    // What is wrong has been said already.
    let _ = reader.document(text);
    reader.places.unwrap_or_default()
}

/// A list or mapping that is not closed yet.
struct Open<'a> {
    start: Mark,
    /// Its anchor, or 0.
    anchor: usize,
    content: Content<'a>,
    /// Where the current member or element is recorded.
    place: Option<usize>,
}

enum Content<'a> {
    List(Vec<Json<'a>>),
    Mapping {
        members: Vec<(Cow<'a, str>, Json<'a>)>,
        marks: Vec<Mark>,
        /// What `<<` brings, the least important first.
        merged: Vec<Object<'a>>,
        key: Option<Key<'a>>,
    },
}

enum Key<'a> {
    Member(Cow<'a, str>),
    Merge,
}

struct Reader<'a> {
    open: Vec<Open<'a>>,
    /// Anchored nodes by their number.
    anchored: Vec<(usize, Json<'a>)>,
    /// Whether the last scalar is the key that merges.
    is_merge: bool,
    size: Size,
    remarks: Vec<Remark>,
    places: Option<Places>,
}

#[cold]
fn wrong(mark: Mark, what: impl Into<String>) -> Remark {
    let what = what.into();
    Remark { mark, what }
}

impl<'a> Reader<'a> {
    fn new(places: Option<Places>) -> Self {
        Reader {
            open: Vec::new(),
            anchored: Vec::new(),
            is_merge: false,
            size: Size::default(),
            remarks: Vec::new(),
            places,
        }
    }

    /// Reads the first document. Lists and mappings are kept on a stack of our own: nothing
    /// recurses.
    fn document(&mut self, text: &'a str) -> Result<Json<'a>, Remark> {
        let start = Mark { line: 1, column: 1 };
        if text.len() > MOST_BYTES {
            return Err(wrong(
                start,
                format!(
                    "the text is {} bytes long: at most {MOST_BYTES} are read",
                    text.len()
                ),
            ));
        }
        let mut events = Events::new(text);
        let mut found = None;
        while let Some((event, mark)) = events.read().map_err(mistake)? {
            match event {
                Event::Document if found.is_some() => {
                    self.remark(mark, "another document: only the first one is used");
                    break;
                }
                Event::Document => {}
                Event::Scalar(scalar) => {
                    let anchor = scalar.anchor;
                    let node = self.scalar(scalar, mark)?;
                    self.anchor(anchor, &node, mark)?;
                    self.add(node, mark, &mut found)?;
                }
                Event::List(anchor) => self.start(Content::List(Vec::new()), anchor, mark)?,
                Event::Mapping(anchor) => {
                    let mapping = Content::Mapping {
                        members: Vec::new(),
                        marks: Vec::new(),
                        merged: Vec::new(),
                        key: None,
                    };
                    self.start(mapping, anchor, mark)?;
                }
                Event::End => self.end(&mut found)?,
                Event::Alias(anchor) => {
                    let node = self.repeated(anchor, mark)?;
                    self.add(node, mark, &mut found)?;
                }
            }
        }
        Ok(found.unwrap_or(Json::Null))
    }

    /// Counts nodes before they are made.
    fn count(&mut self, size: Size, mark: Mark) -> Result<(), Remark> {
        self.size.nodes = self.size.nodes.saturating_add(size.nodes);
        self.size.bytes = self.size.bytes.saturating_add(size.bytes);
        if self.size.nodes > MOST_NODES {
            return Err(wrong(
                mark,
                format!(
                    "too many values: at most {MOST_NODES} are read, and each alias counts as all that it repeats"
                ),
            ));
        }
        if self.size.bytes > MOST_SCALARS {
            return Err(wrong(
                mark,
                format!(
                    "too much text: at most {MOST_SCALARS} bytes are read, and each alias counts as all that it repeats"
                ),
            ));
        }
        Ok(())
    }

    /// A scalar as it is written, but for null.
    fn scalar(&mut self, scalar: Scalar<'a>, mark: Mark) -> Result<Json<'a>, Remark> {
        let text = scalar.text;
        let bytes = text.len();
        self.count(Size { nodes: 1, bytes }, mark)?;
        let core = scalar.core_tag.as_deref();
        if core == Some("binary") {
            return Err(wrong(mark, "unsupported tag !!binary: write the text itself"));
        }
        self.is_merge = *text == *MERGE && (scalar.is_plain || core == Some("merge"));
        let is_null = scalar.is_plain && matches!(&*text, "" | "~" | "null" | "Null" | "NULL");
        match (is_null || core == Some("null")) && !self.wants_key() {
            true => Ok(Json::Null),
            false => Ok(Json::Text(text)),
        }
    }

    fn start(&mut self, content: Content<'a>, anchor: usize, mark: Mark) -> Result<(), Remark> {
        if self.open.len() >= MOST_DEPTH {
            return Err(wrong(mark, too_deep()));
        }
        if self.wants_key() {
            return Err(wrong(mark, "the key is a list or a mapping: write a text"));
        }
        self.count(Size { nodes: 1, bytes: 0 }, mark)?;
        self.record_element(mark);
        self.open.push(Open {
            start: mark,
            anchor,
            content,
            place: None,
        });
        Ok(())
    }

    fn end(&mut self, found: &mut Option<Json<'a>>) -> Result<(), Remark> {
        let Some(open) = self.open.pop() else {
            return Ok(());
        };
        let node = match open.content {
            Content::List(list) => Json::List(list),
            Content::Mapping {
                members,
                marks,
                merged,
                ..
            } => Json::Object(self.object(members, &marks, merged)),
        };
        self.anchor(open.anchor, &node, open.start)?;
        self.put(node, open.start, found)
    }

    /// A mapping: what is written in it counts more than what is merged into it.
    fn object(
        &mut self,
        members: Vec<(Cow<'a, str>, Json<'a>)>,
        marks: &[Mark],
        merged: Vec<Object<'a>>,
    ) -> Object<'a> {
        if !members.is_sorted_by(|(a, _), (b, _)| a < b) {
            self.repeated_keys(&members, marks);
        }
        // The later of two counts.
        let own = Object::from(members);
        if merged.is_empty() {
            return own;
        }
        let all = merged.into_iter().chain([own]);
        Object::from(all.flat_map(Object::into_members).collect::<Vec<_>>())
    }

    #[inline(never)]
    fn repeated_keys(&mut self, members: &[(Cow<'a, str>, Json<'a>)], marks: &[Mark]) {
        let mut seen = BTreeSet::new();
        for ((key, _), mark) in members.iter().zip(marks) {
            if !seen.insert(&**key) {
                self.remark(
                    *mark,
                    &format!("duplicate key {}: the last one is used", quoted(key)),
                );
            }
        }
    }

    /// Keeps a node that has an anchor. It counts twice: it is copied.
    fn anchor(&mut self, anchor: usize, node: &Json<'a>, mark: Mark) -> Result<(), Remark> {
        if anchor != 0 {
            self.count(Size::of(node), mark)?;
            self.anchored.push((anchor, node.clone()));
        }
        Ok(())
    }

    /// The node of an alias, once more.
    fn repeated(&mut self, anchor: usize, mark: Mark) -> Result<Json<'a>, Remark> {
        let found = self.anchored.iter().position(|(known, _)| *known == anchor);
        let Some((_, node)) = found.and_then(|index| self.anchored.get(index)) else {
            return Err(wrong(mark, "the alias stands for a value that it is a part of"));
        };
        let size = Size::of(node);
        self.count(size, mark)?;
        let node = found.and_then(|index| self.anchored.get(index));
        Ok(node.map_or(Json::Null, |(_, node)| node.clone()))
    }

    /// Whether the next node is a mapping's key.
    fn wants_key(&self) -> bool {
        let last = self.open.last().map(|open| &open.content);
        matches!(last, Some(Content::Mapping { key: None, .. }))
    }

    /// Adds a whole node: a key, or a value.
    fn add(&mut self, node: Json<'a>, mark: Mark, found: &mut Option<Json<'a>>) -> Result<(), Remark> {
        self.record_element(mark);
        self.put(node, mark, found)
    }

    fn put(&mut self, node: Json<'a>, mark: Mark, found: &mut Option<Json<'a>>) -> Result<(), Remark> {
        let Some(open) = self.open.last_mut() else {
            *found = Some(node);
            return Ok(());
        };
        match &mut open.content {
            Content::List(list) => list.push(node),
            Content::Mapping {
                members,
                marks,
                merged,
                key,
            } => match key.take() {
                Some(Key::Member(key)) => members.push((key, node)),
                Some(Key::Merge) => merge(node, merged, mark)?,
                None => {
                    let text = match node {
                        Json::Text(text) => text,
                        Json::Null => Cow::Borrowed("null"),
                        _ => return Err(wrong(mark, "the key is a list or a mapping: write a text")),
                    };
                    if std::mem::take(&mut self.is_merge) {
                        *key = Some(Key::Merge);
                    } else {
                        marks.push(mark);
                        *key = Some(Key::Member(text.clone()));
                        self.record_member(&text, mark);
                    }
                }
            },
        }
        Ok(())
    }

    fn remark(&mut self, mark: Mark, what: &str) {
        if self.remarks.len() < MOST_REMARKS {
            self.remarks.push(wrong(mark, what));
        }
    }

    fn record_member(&mut self, key: &str, mark: Mark) {
        if self.places.is_some() {
            let root = Path::root("");
            let shown = [root.field(key), root.key(key)];
            self.record(shown.map(|path| path.to_string()), mark);
        }
    }

    fn record_element(&mut self, mark: Mark) {
        if self.places.is_some()
            && let Some(Content::List(list)) = self.open.last().map(|open| &open.content)
        {
            let shown = format!("[{}]", list.len());
            self.record([shown.clone(), shown], mark);
        }
    }

    #[cold]
    #[inline(never)]
    fn record(&mut self, shown: [String; 2], mark: Mark) {
        let above = self.open.iter().rev().nth(1).and_then(|open| open.place);
        if let (Some(Places(places)), Some(open)) = (&mut self.places, self.open.last_mut()) {
            open.place = Some(places.len());
            places.push(Place { above, shown, mark });
        }
    }
}

/// The key that merges.
const MERGE: &str = "<<";

#[cold]
fn mistake((mistake, mark): (Mistake, Mark)) -> Remark {
    wrong(
        mark,
        match mistake {
            Mistake::TooDeep => too_deep(),
            Mistake::Syntax(why) => format!("invalid YAML: {why}"),
        },
    )
}

fn too_deep() -> String {
    format!("nested too deeply: at most {MOST_DEPTH} levels are read")
}

/// What `<<` stands for: a mapping, or several, the first of which counts most.
fn merge<'a>(node: Json<'a>, merged: &mut Vec<Object<'a>>, mark: Mark) -> Result<(), Remark> {
    let wrong = || wrong(mark, "<< needs a mapping, or a list of mappings");
    match node {
        Json::Object(object) => merged.insert(0, object),
        Json::List(list) => {
            for node in list {
                match node {
                    Json::Object(object) => merged.insert(0, object),
                    _ => return Err(wrong()),
                }
            }
        }
        _ => return Err(wrong()),
    }
    Ok(())
}

/// How much a tree is.
#[derive(Debug, Clone, Copy, Default)]
struct Size {
    nodes: usize,
    /// Of all keys and scalars.
    bytes: usize,
}

impl Size {
    fn of(node: &Json<'_>) -> Size {
        let mut all = Size { nodes: 1, bytes: 0 };
        let mut add = |node, key: &str| {
            let size = Size::of(node);
            all.nodes += size.nodes;
            all.bytes += size.bytes + key.len();
        };
        match node {
            Json::Text(text) => all.bytes = text.len(),
            Json::List(list) => list.iter().for_each(|node| add(node, "")),
            Json::Object(object) => object.iter().for_each(|(key, node)| add(node, key)),
            _ => {}
        }
        all
    }
}

#[cfg(test)]
mod tests;
