//! A JSON text as a flat tape of its tokens.

use std::borrow::Cow;

use super::error::{Fault, JsonError, What};
use super::lexer::{Begin, Lexer, Token};
use super::pointer;
use super::text::{Index, decode, shorten};

/// Bytes of a pointer, and of a step of it: more than the longest key of an annotation (253, a slash, and 63).
const POINTER: usize = 1000;
const STEP: usize = 320;

/// A valid JSON text and its tokens, in order.
///
/// One allocation, about four bytes for each byte of text. A node is found by walking from
/// sibling to sibling: answers are small and their objects have few keys.
#[derive(Debug)]
pub struct Document<'a> {
    text: &'a str,
    nodes: Vec<Node>,
    kinds: u16,
}

/// A token.
#[derive(Clone, Copy, Debug)]
pub struct Node {
    /// What it is.
    pub kind: Kind,
    /// Whether a string or key has a backslash.
    escaped: bool,
    /// Its bytes; of strings and keys those between the quotes.
    start: u32,
    end: u32,
    /// The first node behind it and all that is in it. While an object or list is open: the
    /// one around it.
    next: u32,
}

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Kind {
    /// Followed by its keys and values.
    Object,
    /// Followed by its elements.
    List,
    /// Followed by its value.
    Key,
    /// A string.
    String,
    /// A number without fraction and exponent.
    Integer,
    /// Any other number, and `-0`.
    Float,
    /// `true` or `false`.
    Bool,
    /// `null`.
    Null,
}

/// A token's place on the tape.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct NodeId(u32);

impl Kind {
    /// What a sentence calls it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Object => "an object",
            Self::List => "a list",
            Self::Key => "a key",
            Self::String => "a string",
            Self::Integer | Self::Float => "a number",
            Self::Bool => "a boolean",
            Self::Null => "null",
        }
    }
}

impl<'a> Document<'a> {
    /// Reads a text.
    ///
    /// # Errors
    ///
    /// Everything that RFC 8259 does not allow, lone surrogates, more than
    /// [`super::MAX_DEPTH`] open brackets, more than 4 GiB. Equal keys in one object are allowed.
    pub fn parse(text: &'a str) -> Result<Self, JsonError> {
        let mut tape = Tape {
            nodes: Vec::with_capacity(text.len() / 8 + 8),
            kinds: 0,
            open: NONE,
        };
        tape.read(text).map_err(|fault| fault.locate(text))?;
        Ok(Self {
            text,
            nodes: tape.nodes,
            kinds: tape.kinds,
        })
    }

    /// The text that was read.
    pub fn source(&self) -> &'a str {
        self.text
    }

    /// The whole.
    pub fn root(&self) -> NodeId {
        NodeId(0)
    }

    /// All tokens.
    pub fn ids(&self) -> impl Iterator<Item = (NodeId, Kind)> {
        (0..).map(NodeId).zip(self.nodes.iter().map(|node| node.kind))
    }

    /// Whether there is any token of a kind.
    pub fn has(&self, kind: Kind) -> bool {
        self.kinds & (1 << kind as u16) != 0
    }

    /// A token's kind.
    pub fn kind(&self, id: NodeId) -> Kind {
        self.node(id).kind
    }

    /// A token's bytes; of a string or key those between the quotes, escapes and all.
    pub fn raw(&self, id: NodeId) -> &'a str {
        let node = self.node(id);
        self.text
            .get(node.start as usize..node.end as usize)
            .unwrap_or_default()
    }

    /// What a string or key says.
    pub fn text(&self, id: NodeId) -> Cow<'a, str> {
        if self.node(id).escaped {
            decode(self.raw(id))
        } else {
            Cow::Borrowed(self.raw(id))
        }
    }

    /// Whether two strings or keys say the same.
    pub fn is_same_text(&self, one: NodeId, other: NodeId) -> bool {
        let (a, b) = (self.node(one), self.node(other));
        if a.escaped || b.escaped {
            return self.text(one) == self.text(other);
        }
        // Most differ in length, which needs no look at the text.
        a.end - a.start == b.end - b.start && self.raw(one) == self.raw(other)
    }

    /// Whether a string or key says this.
    pub fn says(&self, id: NodeId, text: &str) -> bool {
        let node = self.node(id);
        if node.escaped {
            return self.text(id) == text;
        }
        (node.end - node.start) as usize == text.len() && self.raw(id) == text
    }

    /// The keys and values of an object; none of anything else.
    pub fn members(&self, id: NodeId) -> impl Iterator<Item = (NodeId, NodeId)> {
        let (mut at, end) = self.inside(id, Kind::Object);
        std::iter::from_fn(move || {
            (at < end).then(|| {
                let (key, value) = (NodeId(at), NodeId(at + 1));
                at = self.node(value).next;
                (key, value)
            })
        })
    }

    /// The elements of a list; none of anything else.
    pub fn elements(&self, id: NodeId) -> impl Iterator<Item = NodeId> {
        let (mut at, end) = self.inside(id, Kind::List);
        std::iter::from_fn(move || {
            (at < end).then(|| {
                let element = NodeId(at);
                at = self.node(element).next;
                element
            })
        })
    }

    /// The value of a key of an object.
    pub fn get(&self, object: NodeId, key: &str) -> Option<NodeId> {
        self.members(object)
            .find(|&(name, _)| self.says(name, key))
            .map(|(_, value)| value)
    }

    /// The JSON pointer of a value, or of the value of a key.
    pub fn pointer(&self, target: NodeId) -> String {
        let mut path = String::new();
        let mut at = self.root();
        while at != target {
            // Whoever reads a sentence has seen enough, and a key may have megabytes.
            if path.len() > POINTER {
                path.push_str("/…");
                break;
            }
            let inside = |value: NodeId| value <= target && target.0 < self.node(value).next;
            let next = match self.kind(at) {
                Kind::Object => self
                    .members(at)
                    .find(|&(key, value)| key == target || inside(value))
                    .map(|(key, value)| {
                        pointer::push(&mut path, &shorten(&self.text(key), STEP));
                        if key == target { target } else { value }
                    }),
                _ => self
                    .elements(at)
                    .enumerate()
                    .find(|&(_, value)| inside(value))
                    .map(|(index, value)| {
                        pointer::push(&mut path, &index.to_string());
                        value
                    }),
            };
            let Some(next) = next else { break };
            at = next;
        }
        path
    }

    fn inside(&self, id: NodeId, kind: Kind) -> (u32, u32) {
        let node = self.node(id);
        if node.kind == kind {
            (id.0 + 1, node.next)
        } else {
            (0, 0)
        }
    }

    /// Ids come from this document's own tape; another one's would read as `null`.
    fn node(&self, id: NodeId) -> Node {
        const OTHER: Node = Node {
            kind: Kind::Null,
            escaped: false,
            start: 0,
            end: 0,
            next: NONE,
        };
        self.nodes.get(id.0 as usize).copied().unwrap_or(OTHER)
    }
}

const NONE: u32 = u32::MAX;

/// A tape that is being written.
struct Tape {
    nodes: Vec<Node>,
    kinds: u16,
    /// The innermost open object or list.
    open: u32,
}

impl Tape {
    fn read(&mut self, text: &str) -> Result<(), Fault> {
        if u32::try_from(text.len()).is_err() {
            return Err(Fault {
                offset: 0,
                what: What::Size,
            });
        }
        let index = Index::new(text);
        let mut lexer = Lexer::new(text, &index);
        lexer.space();
        loop {
            let start = lexer.at();
            match lexer.begin()? {
                Begin::Object => {
                    let is_open = lexer.open(b'}')?;
                    self.container(Kind::Object, start, lexer.at(), is_open);
                    if is_open {
                        let key = lexer.key()?;
                        self.token(Kind::Key, key);
                        continue;
                    }
                }
                Begin::List => {
                    let is_open = lexer.open(b']')?;
                    self.container(Kind::List, start, lexer.at(), is_open);
                    if is_open {
                        continue;
                    }
                }
                Begin::String => {
                    let token = lexer.string()?;
                    self.token(Kind::String, token);
                }
                Begin::Number => {
                    let integer = lexer.number()?;
                    let minus_zero = lexer.at() - start == 2 && text.get(start..lexer.at()) == Some("-0");
                    self.scalar(
                        if integer && !minus_zero {
                            Kind::Integer
                        } else {
                            Kind::Float
                        },
                        start,
                        lexer.at(),
                    );
                }
                Begin::Word => {
                    let kind = if lexer.peek() == b'n' {
                        Kind::Null
                    } else {
                        Kind::Bool
                    };
                    lexer.word()?;
                    self.scalar(kind, start, lexer.at());
                }
            }
            loop {
                let count = self.count();
                let Some(open) = self.nodes.get_mut(self.open as usize) else {
                    return lexer.finish();
                };
                if open.kind == Kind::Object {
                    if lexer.more(b'}')? {
                        let key = lexer.key()?;
                        self.token(Kind::Key, key);
                        break;
                    }
                } else if lexer.more(b']')? {
                    break;
                }
                open.end = offset(lexer.at());
                self.open = std::mem::replace(&mut open.next, count);
            }
        }
    }

    #[inline]
    fn push(&mut self, node: Node) {
        self.kinds |= 1 << node.kind as u16;
        self.nodes.push(node);
    }

    #[inline]
    fn container(&mut self, kind: Kind, start: usize, end: usize, is_open: bool) {
        let index = self.count();
        let next = if is_open {
            std::mem::replace(&mut self.open, index)
        } else {
            index + 1
        };
        self.push(Node {
            kind,
            escaped: false,
            start: offset(start),
            end: offset(end),
            next,
        });
    }

    #[inline]
    fn token(&mut self, kind: Kind, token: Token) {
        let next = self.count() + 1;
        let Token { start, end, escaped } = token;
        self.push(Node {
            kind,
            escaped,
            start: offset(start),
            end: offset(end),
            next,
        });
    }

    #[inline]
    fn scalar(&mut self, kind: Kind, start: usize, end: usize) {
        self.token(
            kind,
            Token {
                start,
                end,
                escaped: false,
            },
        );
    }

    #[inline]
    fn count(&self) -> u32 {
        offset(self.nodes.len())
    }
}

/// [`Tape::read`] takes no text whose length does not fit, and no text has more tokens than bytes.
#[inline]
fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}
