//! The pass over a request.

use std::borrow::Cow;
use std::collections::HashSet;

use metawasm_json::{Begin, Fault, Index, Lexer, What, decode, pointer, position, quote, shorten};

use super::found::Found;
use super::shape::{Field, Flag, Shape, Want};
use super::{Envelope, EnvelopeError};
use crate::hook::{Hook, HookVersion};
use crate::view::{Cut, CutId, View};

/// Kinds of children that a controller declares at most. Each child of an answer is compared with them.
const MOST_KINDS: usize = 1000;

/// The pass.
pub(super) struct Scan<'a, 'v> {
    text: &'a str,
    lexer: Lexer<'a>,
    hook: Hook,
    view: &'v View,
    out: String,
    /// Where the bytes begin that are kept but not yet copied.
    run: usize,
    /// Keys seen in the objects that are open and have a shape, the innermost last.
    keys: Vec<Cow<'a, str>>,
    found: Found<'a>,
    /// The top-level key and the group that the pass is in, for pointers.
    root: Cow<'a, str>,
    group: Cow<'a, str>,
}

/// Kept small: it is the error of every step of the pass.
pub(super) enum Trouble {
    Json(Fault),
    Shape(Box<EnvelopeError>),
}

impl From<Fault> for Trouble {
    fn from(fault: Fault) -> Self {
        Self::Json(fault)
    }
}

impl From<EnvelopeError> for Trouble {
    fn from(error: EnvelopeError) -> Self {
        Self::Shape(Box::new(error))
    }
}

/// Which bytes of an object or list are cut.
struct Cutter {
    /// Where the next member begins, with the comma before it if anything is kept before.
    from: usize,
    kept: bool,
}

impl<'a, 'v> Scan<'a, 'v> {
    pub(super) fn new(text: &'a str, index: &'a Index, hook: Hook, view: &'v View) -> Self {
        Self {
            text,
            lexer: Lexer::new(text, index),
            hook,
            view,
            out: String::with_capacity(text.len()),
            run: 0,
            keys: Vec::with_capacity(32),
            found: Found::default(),
            root: Cow::Borrowed(""),
            group: Cow::Borrowed(""),
        }
    }

    pub(super) fn read(mut self) -> Result<Envelope, EnvelopeError> {
        match self.pass() {
            Ok(()) => self.found.envelope(self.hook, self.out),
            Err(Trouble::Shape(error)) => Err(*error),
            Err(Trouble::Json(fault)) => {
                let error = fault.locate(self.text);
                Err(if fault.what == What::Depth {
                    EnvelopeError::TooDeep(error)
                } else {
                    EnvelopeError::NotJson(error)
                })
            }
        }
    }

    fn pass(&mut self) -> Result<(), Trouble> {
        self.lexer.space();
        let begin = self.lexer.begin()?;
        if begin == Begin::Object {
            self.object(Shape::Root, self.view.root())?;
            self.lexer.finish()?;
        } else {
            let found = self.name(begin);
            // Not JSON at all is the better sentence.
            self.lexer.skip()?;
            self.lexer.finish()?;
            let parent = if self.hook == Hook::Customize {
                "parent"
            } else {
                "parent` or `object"
            };
            return Err(EnvelopeError::NotAnObject { found, parent }.into());
        }
        self.flush(self.text.len());
        Ok(())
    }

    /// An object, its members one by one.
    fn object(&mut self, shape: Shape, at: CutId) -> Result<(), Trouble> {
        let outside = self.keys.len();
        let mut many = None;
        let mut more = self.lexer.open(b'}')?;
        let mut cutter = Cutter {
            from: self.lexer.at(),
            kept: false,
        };
        while more {
            let start = self.lexer.at();
            let token = self.lexer.key()?;
            let raw = self.text.get(token.start..token.end).unwrap_or_default();
            let key = if token.escaped {
                decode(raw)
            } else {
                Cow::Borrowed(raw)
            };
            let cut = self.view.member(at, &key);
            if shape == Shape::Any {
                self.plain(cut)?;
            } else {
                self.once(shape, key.clone(), start, outside, &mut many)?;
                self.wanted(shape, key, cut)?;
            }
            let end = self.lexer.at();
            more = self.lexer.more(b'}')?;
            self.after(&mut cutter, cut, end, more);
        }
        self.keys.truncate(outside);
        Ok(())
    }

    /// A list that the view looks into.
    fn list(&mut self, at: CutId) -> Result<(), Trouble> {
        let mut more = self.lexer.open(b']')?;
        let mut cutter = Cutter {
            from: self.lexer.at(),
            kept: false,
        };
        let mut index = 0;
        while more {
            let cut = self.view.element(at, index);
            self.plain(cut)?;
            let end = self.lexer.at();
            more = self.lexer.more(b']')?;
            self.after(&mut cutter, cut, end, more);
            index += 1;
        }
        Ok(())
    }

    /// A value that only the view looks at.
    #[inline]
    fn plain(&mut self, cut: CutId) -> Result<(), Trouble> {
        if matches!(self.view.cut(cut), Cut::Look { .. }) {
            match self.lexer.begin()? {
                Begin::Object => return self.object(Shape::Any, cut),
                Begin::List => return self.list(cut),
                _ => {}
            }
        }
        Ok(self.lexer.pass()?)
    }

    /// Cuts a member, or does not.
    #[inline]
    fn after(&mut self, cutter: &mut Cutter, cut: CutId, end: usize, more: bool) {
        if cut != CutId::DROP {
            cutter.kept = true;
            cutter.from = end;
            return;
        }
        self.flush(cutter.from);
        // Behind something kept the comma before the member goes with it, else the one after it.
        self.run = if cutter.kept || !more {
            end
        } else {
            self.lexer.at()
        };
        cutter.from = self.run;
    }

    fn flush(&mut self, end: usize) {
        self.out
            .push_str(self.text.get(self.run..end).unwrap_or_default());
        self.run = end;
    }

    /// A member that the host may want.
    fn wanted(&mut self, shape: Shape, key: Cow<'a, str>, cut: CutId) -> Result<(), Trouble> {
        let want = shape.want(&key, self.hook);
        let start = self.lexer.at();
        let begin = self.lexer.begin()?;
        match want {
            Want::Nothing => return self.plain(cut),
            Want::Object(_) | Want::Map(_) if begin == Begin::Object => {}
            Want::Map(_) if self.is_null() => return Ok(self.lexer.skip()?),
            Want::Object(_) | Want::Map(_) => {
                return Err(self.wrong(shape, &key, begin, "an object"));
            }
            Want::Text(field) => return self.text_field(shape, &key, field),
            Want::Bool(flag) => return self.flag(shape, &key, begin, flag),
            Want::Strategies => {
                self.plain(cut)?;
                let list = self.text.get(start..self.lexer.at()).unwrap_or_default();
                self.found.rolling = rolling(list);
                return Ok(());
            }
        }
        match shape {
            Shape::Root => self.root = key,
            Shape::Groups => {
                let declared = key.parse().map_err(|_| {
                    let (line, column) = position(self.text, start);
                    EnvelopeError::Wrong {
                        pointer: self.pointer(shape, &key),
                        line,
                        column,
                        found: "under a key that names no kind".to_owned(),
                        expected: "keys like \"Deployment.apps/v1\" or \"Service.v1\"",
                    }
                })?;
                if self.found.declared.len() == MOST_KINDS {
                    return Err(EnvelopeError::TooManyKinds { most: MOST_KINDS }.into());
                }
                self.found.declared.push(declared);
                self.group = key;
            }
            Shape::Group => self.found.observed += 1,
            _ => {}
        }
        let (Want::Object(inside) | Want::Map(inside)) = want else {
            return Ok(());
        };
        // What is cut whole is still looked at: nothing inside of it is cut on its own.
        let cut = if cut == CutId::DROP { CutId::KEEP } else { cut };
        if inside == Shape::Any {
            self.plain(cut)
        } else {
            self.object(inside, cut)
        }
    }

    fn flag(&mut self, shape: Shape, key: &str, begin: Begin, flag: Flag) -> Result<(), Trouble> {
        let found = match flag {
            Flag::Finalizing => &mut self.found.finalizing,
            Flag::Etag if self.lexer.peek() == b'n' => return Ok(self.lexer.skip()?),
            Flag::Etag => &mut self.found.etag,
        };
        match self.lexer.peek() {
            b't' => *found = true,
            b'f' => {}
            _ => return Err(self.wrong(shape, key, begin, "true or false")),
        }
        Ok(self.lexer.skip()?)
    }

    fn text_field(&mut self, shape: Shape, key: &str, field: Field) -> Result<(), Trouble> {
        let start = self.lexer.at();
        let begin = self.lexer.begin()?;
        if self.is_null() {
            return Ok(self.lexer.skip()?);
        }
        if begin != Begin::String {
            return Err(self.wrong(shape, key, begin, "a string"));
        }
        let token = self.lexer.string()?;
        let raw = self.text.get(token.start..token.end).unwrap_or_default();
        let text = if token.escaped {
            decode(raw)
        } else {
            Cow::Borrowed(raw)
        };
        // An empty text is an absent one.
        if !text.is_empty()
            && let Some(expected) = field.refuses(&text)
        {
            return Err(self.said(shape, key, start, quote(&text), expected));
        }
        let found = &mut self.found;
        match field {
            Field::ControllerKind => found.controller_kind = Some(text),
            Field::Timeout => found.timeout = Some(text),
            Field::ApiVersion => found.api_version = Some(text),
            Field::Kind => found.kind = Some(text),
            Field::Name => found.name = Some(text),
            Field::Namespace => found.namespace = Some(text),
            Field::Uid => found.uid = Some(text),
            Field::Version => {
                found.version = match &*text {
                    "v1" | "" => HookVersion::V1,
                    "v2" => HookVersion::V2,
                    _ => return Err(self.said(shape, key, start, quote(&text), "\"v1\" or \"v2\"")),
                }
            }
        }
        Ok(())
    }

    fn is_null(&self) -> bool {
        self.lexer.peek() == b'n'
    }

    /// Refuses a key that was there before.
    fn once(
        &mut self,
        shape: Shape,
        key: Cow<'a, str>,
        start: usize,
        outside: usize,
        many: &mut Option<HashSet<Cow<'a, str>>>,
    ) -> Result<(), Trouble> {
        /// Beyond this many keys a set is faster, and without one an attacker has square time.
        const FEW: usize = 32;
        let known = self.keys.get(outside..).unwrap_or_default();
        let again = match many {
            Some(many) => many.contains(&key),
            None => known.contains(&key),
        };
        if again {
            let (line, column) = position(self.text, start);
            return Err(EnvelopeError::Twice {
                pointer: self.pointer(shape, &key),
                line,
                column,
            }
            .into());
        }
        if shape == Shape::Root {
            self.found.roots.push(key.clone());
        }
        match many {
            Some(many) => drop(many.insert(key)),
            None if known.len() < FEW => self.keys.push(key),
            None => drop(many.insert(known.iter().cloned().chain([key]).collect())),
        }
        Ok(())
    }

    #[cold]
    fn wrong(&mut self, shape: Shape, key: &str, begin: Begin, expected: &'static str) -> Trouble {
        let (start, found) = (self.lexer.at(), self.name(begin).to_owned());
        match self.lexer.skip() {
            Ok(()) => self.said(shape, key, start, found, expected),
            // Not JSON at all is the better sentence.
            Err(fault) => fault.into(),
        }
    }

    #[cold]
    fn said(&self, shape: Shape, key: &str, start: usize, found: String, expected: &'static str) -> Trouble {
        let (line, column) = position(self.text, start);
        let pointer = self.pointer(shape, key);
        EnvelopeError::Wrong {
            pointer,
            line,
            column,
            found,
            expected,
        }
        .into()
    }

    fn name(&self, begin: Begin) -> &'static str {
        match begin {
            Begin::Object => "an object",
            Begin::List => "a list",
            Begin::String => "a string",
            Begin::Number => "a number",
            Begin::Word if self.is_null() => "null",
            Begin::Word => "a boolean",
        }
    }

    /// The JSON pointer of a member of an object with a shape.
    fn pointer(&self, shape: Shape, key: &str) -> String {
        let mut path = String::new();
        let hook = self.hook.as_str();
        let steps: &[&str] = match shape {
            Shape::Root | Shape::Any => &[],
            Shape::Controller => &["controller"],
            Shape::Spec => &["controller", "spec"],
            Shape::Hooks => &["controller", "spec", "hooks"],
            Shape::Hook => &["controller", "spec", "hooks", hook],
            Shape::Webhook => &["controller", "spec", "hooks", hook, "webhook"],
            Shape::Etag => &["controller", "spec", "hooks", hook, "webhook", "etag"],
            Shape::Parent | Shape::Groups => &[&self.root],
            Shape::Metadata => &[&self.root, "metadata"],
            Shape::Group => &[&self.root, &self.group],
        };
        for step in steps.iter().chain([&key]) {
            pointer::push(&mut path, &shorten(step, 120));
        }
        path
    }
}

/// Whether a list of kinds, as it is written, has a Rolling* update strategy.
///
/// The methods are the only values in it that begin so. To take some other text for one costs an
/// ETag, and so does an escape, which Metacontroller writes into none of these texts.
fn rolling(list: &str) -> bool {
    list.contains("Rolling") || list.contains('\\')
}
