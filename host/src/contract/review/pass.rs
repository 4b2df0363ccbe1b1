//! The fast way: one look at an answer, which says "as it is" or nothing.
//!
//! # What it promises
//!
//! When it says "as it is", the answer breaks no rule of `WHOLE` and `CHILDREN`, and `canonical`
//! would change nothing. It never promises the other way: whatever is unusual is not decided
//! here but by the tables, which also know the pointer and the sentence. Unusual are any `null`,
//! escape in a key or an identity, object with more than [`MANY_KEYS`] keys,
//! child that is big, and all of customize.
//!
//! So this must know every rule, and may know it more strictly. A property test compares it with
//! the tables; `tests::rules` has an answer for each [`Rule`](super::Rule) that it must not pass.
//!
//! What bounds it: linear in the answer; recursion ends where the scanner's depth does.

use super::canonical::{LATEST, SOONEST, integer, is_servers_annotation, is_servers_metadata};
use super::declared::is_declared;
use super::decoration::DECORATIONS;
use super::identity::{Identity, is_unique};
use super::loops::{CONTROLLER_UID, OWNED};
use super::numbers::SAFE_DIGITS;
use super::shape::is_name;
use super::size::ALWAYS_FITS;
use super::{Asked, Hook};
use crate::contract::hook::ControllerKind;
use crate::contract::json::{Begin, Index, Lexer};
use crate::contract::object::{group_of, is_api_version, is_kind};

/// Keys of one object that are compared one by one.
const MANY_KEYS: usize = 32;

/// Goes on, or does not know.
type Sure<T = ()> = Option<T>;

struct Pass<'a> {
    text: &'a str,
    lexer: Lexer<'a>,
    asked: &'a Asked<'a>,
    /// Keys of the objects that are open, the innermost last.
    keys: Vec<&'a str>,
    children: Vec<Identity<'a>>,
}

/// Whether the answer goes out as it is. A no only means that it is not known.
pub(super) fn is_as_it_is(answer: &str, asked: &Asked<'_>) -> bool {
    if asked.hook == Hook::Customize || answer.len() > asked.max_bytes {
        return false;
    }
    let index = Index::new(answer);
    let mut pass = Pass {
        text: answer,
        lexer: Lexer::new(answer, &index),
        asked,
        keys: Vec::with_capacity(64),
        children: Vec::with_capacity(8),
    };
    pass.answer().is_some()
}

impl<'a> Pass<'a> {
    fn answer(&mut self) -> Sure {
        let asked = self.asked;
        let is_decorator = asked.kind == ControllerKind::Decorator;
        let children = asked.kind.children_key();
        let (mut has_status, mut has_children) = (false, false);
        self.lexer.space();
        self.object(|pass, key| match key {
            "status" => {
                has_status = true;
                pass.object(|pass, _| pass.value())
            }
            "resyncAfterSeconds" => pass.resync(),
            "finalized" => sure(asked.finalizing && matches!(pass.lexer.peek(), b't' | b'f'))
                .and_then(|()| pass.lexer.word().ok()),
            key if key == children => {
                has_children = true;
                pass.list(Self::child)
            }
            key if is_decorator && DECORATIONS.contains(&key) => pass.strings(|_| true),
            _ => None,
        })?;
        self.lexer.finish().ok()?;
        sure(has_status || is_decorator)?;
        sure(has_children || asked.observed == 0)?;
        sure(is_unique(&self.children, asked.parent))
    }

    fn child(&mut self) -> Sure {
        let start = self.lexer.at();
        let (mut api_version, mut kind, mut metadata) = (None, None, None);
        self.object(|pass, key| match key {
            "apiVersion" => keep(&mut api_version, pass.text()?),
            "kind" => keep(&mut kind, pass.text()?),
            "metadata" => keep(&mut metadata, pass.metadata()?),
            "status" => None,
            _ => pass.value(),
        })?;
        sure(self.lexer.at() - start <= ALWAYS_FITS)?;
        let (api_version, kind, (name, namespace)) = (api_version?, kind?, metadata?);
        sure(is_api_version(api_version) && is_kind(kind))?;
        sure(is_declared(self.asked, api_version, kind))?;
        let own = self.asked.parent.namespace.as_deref();
        sure(own.is_none() || namespace.is_none() || namespace == own)?;
        self.children
            .push((group_of(api_version), kind, namespace.or(own), name));
        Some(())
    }

    /// The name and the namespace.
    fn metadata(&mut self) -> Sure<(&'a str, Option<&'a str>)> {
        let (mut name, mut namespace) = (None, None);
        self.object(|pass, key| match key {
            "name" => keep(&mut name, pass.text()?),
            "namespace" => keep(&mut namespace, pass.text()?),
            "labels" => pass.strings(|key| key != CONTROLLER_UID),
            "annotations" => pass.strings(|key| !is_servers_annotation(key)),
            key if OWNED.contains(&key) || is_servers_metadata(key) => None,
            _ => pass.value(),
        })?;
        sure(is_name(name?))?;
        Some((name?, namespace))
    }

    /// An object of strings with such keys.
    fn strings(&mut self, is_good: impl Fn(&str) -> bool) -> Sure {
        self.object(|pass, key| {
            sure(is_good(key) && pass.lexer.peek() == b'"')?;
            pass.lexer.string().ok().map(|_| ())
        })
    }

    fn resync(&mut self) -> Sure {
        let start = self.lexer.at();
        self.value()?;
        let seconds: f64 = self.text.get(start..self.lexer.at())?.parse().ok()?;
        sure((SOONEST..=LATEST).contains(&seconds))
    }

    /// A string that says what stands there, and is not empty.
    fn text(&mut self) -> Sure<&'a str> {
        sure(self.lexer.peek() == b'"')?;
        let token = self.lexer.string().ok()?;
        sure(!token.escaped && token.start < token.end)?;
        self.text.get(token.start..token.end)
    }

    /// Any value but null, with the rules that hold at every depth.
    fn value(&mut self) -> Sure {
        match self.lexer.begin().ok()? {
            Begin::String => self.lexer.string().ok().map(|_| ()),
            Begin::Object => self.object(|pass, _| pass.value()),
            Begin::List => self.list(Self::value),
            Begin::Number => self.number(),
            Begin::Word => {
                sure(self.lexer.peek() != b'n')?;
                self.lexer.word().ok()
            }
        }
    }

    fn number(&mut self) -> Sure {
        let start = self.lexer.at();
        let is_integer = self.lexer.number().ok()?;
        let number = self.text.get(start..self.lexer.at())?;
        if is_integer && number != "-0" {
            sure(number.len() <= SAFE_DIGITS)
        } else {
            sure(number.parse::<f64>().ok()?.is_finite() && integer(number).is_none())
        }
    }

    fn list(&mut self, mut element: impl FnMut(&mut Self) -> Sure) -> Sure {
        sure(self.lexer.peek() == b'[')?;
        let mut more = self.lexer.open(b']').ok()?;
        while more {
            element(self)?;
            more = self.lexer.more(b']').ok()?;
        }
        Some(())
    }

    /// An object with each key once.
    #[inline]
    fn object(&mut self, mut member: impl FnMut(&mut Self, &'a str) -> Sure) -> Sure {
        sure(self.lexer.peek() == b'{')?;
        let outside = self.keys.len();
        let mut more = self.lexer.open(b'}').ok()?;
        while more {
            let key = self.lexer.key().ok()?;
            sure(!key.escaped)?;
            let key = self.text.get(key.start..key.end)?;
            let before = self.keys.get(outside..)?;
            sure(before.len() < MANY_KEYS && !before.contains(&key))?;
            self.keys.push(key);
            member(self, key)?;
            more = self.lexer.more(b'}').ok()?;
        }
        self.keys.truncate(outside);
        Some(())
    }
}

fn sure(yes: bool) -> Sure {
    yes.then_some(())
}

fn keep<T>(place: &mut Option<T>, value: T) -> Sure {
    *place = Some(value);
    Some(())
}
