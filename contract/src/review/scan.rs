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

use metawasm_json::{Begin, Index, Lexer};

use super::canonical::{LATEST, SOONEST, integer, is_servers_annotation, is_servers_metadata};
use super::compared::Compared;
use super::context::ReviewContext;
use super::declared::is_declared;
use super::decoration::DECORATIONS;
use super::identity::{Identity, is_unique};
use super::loops::{CONTROLLER_UID, OWNED};
use super::namespace::is_placed;
use super::numbers::SAFE_DIGITS;
use super::shape::is_name;
use super::size::ALWAYS_FITS;
use super::{Hook, budget, merge};
use crate::apply::{ApplyStrategy, merge_key};
use crate::hook::ControllerKind;
use crate::object::{group_of, is_api_version, is_kind};

/// Keys of one object that are compared one by one.
const MANY_KEYS: usize = 32;

/// Goes on, or does not know.
type Sure<T = ()> = Option<T>;

struct Scan<'a> {
    text: &'a str,
    lexer: Lexer<'a>,
    context: &'a ReviewContext<'a>,
    /// Keys of the objects that are open, the innermost last.
    keys: Vec<&'a str>,
    children: Vec<Identity<'a>>,
    /// Values of merge keys in the lists that are open, the innermost last.
    merged: Vec<MergeKey<'a>>,
    /// Whether lists are merged by a key here: in children, under dynamic-apply.
    merges: bool,
    /// Numbers with a point or an exponent so far.
    floats: usize,
}

/// The value of a merge key of an item.
struct MergeKey<'a> {
    /// The key's place among the merge keys.
    place: u8,
    /// `None` where only the tables can tell.
    value: Option<Compared<'a>>,
}

/// Whether the answer goes out as it is. A no only means that it is not known.
pub(super) fn is_as_it_is(answer: &str, context: &ReviewContext<'_>) -> bool {
    if context.hook == Hook::Customize || answer.len() > context.max_bytes {
        return false;
    }
    let index = Index::new(answer);
    let mut pass = Scan {
        text: answer,
        lexer: Lexer::new(answer, &index),
        context,
        keys: Vec::with_capacity(64),
        children: Vec::with_capacity(8),
        merged: Vec::new(),
        merges: false,
        floats: 0,
    };
    pass.answer().is_some()
}

impl<'a> Scan<'a> {
    fn answer(&mut self) -> Sure {
        let context = self.context;
        let is_decorator = context.kind == ControllerKind::Decorator;
        let children = context.kind.children_key();
        let (mut has_status, mut has_children) = (false, false);
        self.lexer.space();
        self.object(|pass, key| match key {
            "status" => {
                has_status = true;
                pass.object(|pass, _| pass.value())
            }
            "resyncAfterSeconds" => pass.resync(),
            "finalized" => sure(context.finalizing && matches!(pass.lexer.peek(), b't' | b'f'))
                .and_then(|()| pass.lexer.word().ok()),
            key if key == children => {
                has_children = true;
                pass.merges = context.apply == ApplyStrategy::Dynamic;
                let list = pass.list(Self::child);
                pass.merges = false;
                list
            }
            key if is_decorator && DECORATIONS.contains(&key) => pass.strings(|_| true),
            _ => None,
        })?;
        self.lexer.finish().ok()?;
        sure(has_status || is_decorator)?;
        sure(has_children || context.observed == 0)?;
        sure(is_unique(&self.children, context.parent))?;
        sure(budget::is_within(&self.children, context))
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
        sure(is_declared(self.context, api_version, kind))?;
        sure(is_placed(self.context, api_version, kind, namespace))?;
        let own = self.context.parent.namespace.as_deref();
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
            Begin::List if self.merges => self.merged_list(),
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
            self.floats += 1;
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

    /// A list that Metacontroller may merge by a key.
    fn merged_list(&mut self) -> Sure {
        let outside = self.merged.len();
        let (mut common, mut items) = (u8::MAX, 0_usize);
        self.list(|pass| {
            items += 1;
            if common == 0 || pass.lexer.peek() != b'{' {
                common = 0;
                return pass.value();
            }
            let mut own = 0;
            pass.object(|pass, key| {
                let Some(place) = merge_key(key) else {
                    return pass.value();
                };
                own |= 1 << place;
                let value = pass.compared()?;
                pass.merged.push(MergeKey { place, value });
                Some(())
            })?;
            common &= own;
            Some(())
        })?;
        if items > 1 && common != 0 {
            let found = self.merged.get(outside..)?;
            sure(merge::is_unique(
                found
                    .iter()
                    .filter(|key| u32::from(key.place) == common.trailing_zeros())
                    .map(|key| key.value),
            ))?;
        }
        self.merged.truncate(outside);
        Some(())
    }

    /// A value, and what Metacontroller compares of it.
    fn compared(&mut self) -> Sure<Option<Compared<'a>>> {
        let (start, floats) = (self.lexer.at(), self.floats);
        let first = self.lexer.peek();
        if first == b'"' {
            let token = self.lexer.string().ok()?;
            let text = self.text.get(token.start..token.end)?;
            return Some((!token.escaped).then_some(Compared::Text(text)));
        }
        self.value()?;
        let text = self.text.get(start..self.lexer.at())?;
        Some(match first {
            _ if self.floats > floats => None,
            b'{' => letters(text),
            b'[' => None,
            _ => Some(Compared::Text(text)),
        })
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

/// A sum over an object's letters. Metacontroller compares objects by what Go prints of them, in the order of their
/// keys; objects that print alike have the same letters but for quotes and brackets. That holds where nothing is
/// nested and nothing is escaped.
fn letters(object: &str) -> Option<Compared<'_>> {
    let inside = object.get(1..)?;
    if inside.contains(['{', '[', '\\']) {
        return None;
    }
    let sum = inside
        .bytes()
        .filter(|byte| !byte.is_ascii_whitespace() && !matches!(byte, b'"' | b':' | b',' | b'}' | b']'))
        .fold(0_u64, |sum, byte| {
            let byte = u64::from(byte);
            sum.wrapping_add(
                (byte * byte + 1)
                    .wrapping_mul(0x9e37_79b9_7f4a_7c15)
                    .rotate_left(29),
            )
        });
    Some(Compared::Letters(sum))
}

fn sure(yes: bool) -> Sure {
    yes.then_some(())
}

fn keep<T>(place: &mut Option<T>, value: T) -> Sure {
    *place = Some(value);
    Some(())
}
