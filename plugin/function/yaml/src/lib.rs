//! The events of a YAML 1.2 text.
//!
//! The parser is generic in its input, so that it is compiled where it is used, and as that crate
//! is. Here it is compiled for size: YAML is read seldom, and code that is not there costs nothing.

use std::borrow::Cow;

use saphyr_parser::{Event as Parsed, Marker, Parser, ScalarStyle, StrInput, Tag};

/// The prefix of the tags that YAML itself defines.
const CORE: &str = "tag:yaml.org,2002:";

/// The events of a text, to the first mistake.
pub struct Events<'a>(Parser<'a, StrInput<'a>>);

/// What is next in a text.
#[derive(Debug)]
pub enum Event<'a> {
    /// A document.
    Document,
    /// A scalar.
    Scalar(Scalar<'a>),
    /// A list with the number of its anchor, or 0. Its elements follow.
    List(usize),
    /// A mapping with the number of its anchor, or 0. Its keys and values follow, in turn.
    Mapping(usize),
    /// The end of a list or mapping.
    End,
    /// The node with this anchor once more.
    Alias(usize),
}

/// A scalar, which may be a key.
#[derive(Debug)]
pub struct Scalar<'a> {
    /// Its text, without quotes and escapes.
    pub text: Cow<'a, str>,
    /// Whether it has neither quotes nor a tag.
    pub is_plain: bool,
    /// Which of the tags it has that YAML itself defines, such as `str`.
    pub core_tag: Option<String>,
    /// The number of its anchor, or 0.
    pub anchor: usize,
}

/// A place in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark {
    /// From 1.
    pub line: usize,
    /// From 1, in characters.
    pub column: usize,
}

/// Why a text is no YAML.
#[derive(Debug, PartialEq, Eq)]
pub enum Mistake {
    /// Too many lists and mappings are in each other.
    TooDeep,
    /// Anything else.
    Syntax(String),
}

impl<'a> Events<'a> {
    /// Starts to read a text.
    #[inline(never)]
    pub fn new(text: &'a str) -> Self {
        Events(Parser::new_from_str(text))
    }

    /// Reads the next event and its place. None at the end.
    ///
    /// # Errors
    /// The first mistake and its place.
    #[inline(never)]
    pub fn read(&mut self) -> Result<Option<(Event<'a>, Mark)>, (Mistake, Mark)> {
        while let Some(next) = self.0.next_event() {
            let (event, span) = next.map_err(|error| {
                let mistake = match error.info() {
                    // Brackets alone: what they may be a key of is looked for before they are told.
                    "recursion limit exceeded" => Mistake::TooDeep,
                    why => Mistake::Syntax(why.to_owned()),
                };
                (mistake, Mark::of(error.marker()))
            })?;
            let event = match event {
                Parsed::DocumentStart(..) => Event::Document,
                Parsed::Scalar(text, style, anchor, tag) => Event::Scalar(Scalar {
                    text,
                    is_plain: style == ScalarStyle::Plain && tag.is_none(),
                    core_tag: tag.as_deref().and_then(core),
                    anchor,
                }),
                Parsed::SequenceStart(anchor, _) => Event::List(anchor),
                Parsed::MappingStart(anchor, _) => Event::Mapping(anchor),
                Parsed::SequenceEnd | Parsed::MappingEnd => Event::End,
                Parsed::Alias(anchor) => Event::Alias(anchor),
                // The text itself, ends of documents, and what is turned off.
                _ => continue,
            };
            return Ok(Some((event, Mark::of(&span.start))));
        }
        Ok(None)
    }
}

impl Mark {
    fn of(marker: &Marker) -> Self {
        Mark {
            line: marker.line(),
            column: marker.col() + 1,
        }
    }
}

fn core(tag: &Tag) -> Option<String> {
    (tag.handle == CORE).then(|| tag.suffix.clone())
}
