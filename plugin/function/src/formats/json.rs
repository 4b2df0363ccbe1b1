//! JSON in memory, borrowed from the text that it is read from: as much of it as is wanted.
//!
//! A request is read once, by one piece of code that a table steers ([`Keep`]); no type is
//! deserialised field by field. So a wrong shape is no error: it is there to be told of.

use std::borrow::Cow;
use std::fmt;

use metawasm_json::{Begin, Fault, Index, JsonError, Lexer, Token, What, Write, decode};
use serde_json::Number;

use super::sorted::{Sorted, Strings, is_same};

/// A JSON value.
#[derive(Debug, Clone)]
pub(crate) enum Json<'a> {
    Null,
    Flag(bool),
    Number(Number),
    Text(Cow<'a, str>),
    List(Vec<Json<'a>>),
    Object(Object<'a>),
    /// An object that is there as a whole already; it is not changed any more.
    Known(&'a Object<'a>),
    /// A value that is there and not looked into.
    Unread(&'a str),
}

/// A JSON object.
pub(crate) type Object<'a> = Sorted<'a, Json<'a>>;

/// Which parts of a text are kept. What is not kept is passed over, and need not be valid.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Keep {
    /// Everything.
    All,
    /// These members of an object.
    Members(&'static [(&'static str, Keep)]),
    /// Every member of an object or a list, and of each as much.
    Each(&'static Keep),
    /// Everything, but as text.
    Unread,
}

/// Reads a text.
///
/// # Errors
/// If it is not valid JSON.
pub(crate) fn read(text: &str, keep: Keep) -> Result<Json<'_>, JsonError> {
    let index = Index::new(text);
    let mut reader = Reader {
        text,
        lexer: Lexer::new(text, &index),
    };
    reader.whole(keep).map_err(|fault| fault.locate(text))
}

impl<'a> Json<'a> {
    /// Whether a value says nothing: null, an empty list or an empty text.
    pub(crate) fn is_unset(&self) -> bool {
        match self {
            Json::Null => true,
            Json::List(list) => list.is_empty(),
            Json::Text(text) => text.is_empty(),
            _ => false,
        }
    }

    /// An object that is known when it is written.
    pub(crate) fn object<const N: usize>(members: [(&'static str, Json<'a>); N]) -> Self {
        Json::Object(Sorted::of(members))
    }

    /// A list of texts.
    pub(crate) fn texts<T: AsRef<str>>(texts: &'a [T]) -> Self {
        Json::List(texts.iter().map(|text| text.as_ref().into()).collect())
    }

    pub(crate) fn as_text(&self) -> Option<&str> {
        match self {
            Json::Text(text) => Some(text),
            _ => None,
        }
    }

    /// A whole number of at most 64 bits. `8080.0` is one: a YAML or JavaScript author may write
    /// it so.
    pub(crate) fn as_whole(&self) -> Option<i64> {
        const EXACT: f64 = 9_007_199_254_740_992.0;
        let Json::Number(number) = self else {
            return None;
        };
        let float = number.as_f64().filter(|_| number.is_f64());
        let float = float.filter(|float| float.fract() == 0.0 && float.abs() <= EXACT);
        number.as_i64().or(float.map(|float| float as i64))
    }

    /// A number as Go writes it, a whole one without a point; none if its integers do not hold it.
    /// A fraction stays, and so does what is no number.
    pub(crate) fn in_go(&self) -> Option<Json<'a>> {
        /// 2^63, as a float exactly.
        const LIMIT: f64 = 9_223_372_036_854_775_808.0;
        let Json::Number(number) = self else {
            return Some(self.clone());
        };
        if number.is_i64() {
            return Some(self.clone());
        }
        let float = number.as_f64().filter(|float| (-LIMIT..LIMIT).contains(float))?;
        Some(match float.fract() == 0.0 {
            true => Json::from(float as i64),
            false => self.clone(),
        })
    }

    pub(crate) fn as_list(&self) -> Option<&[Json<'a>]> {
        match self {
            Json::List(list) => Some(list),
            _ => None,
        }
    }

    pub(crate) fn as_object(&self) -> Option<&Object<'a>> {
        match self {
            Json::Object(object) => Some(object),
            Json::Known(object) => Some(object),
            _ => None,
        }
    }

    pub(crate) fn as_list_mut(&mut self) -> Option<&mut Vec<Json<'a>>> {
        match self {
            Json::List(list) => Some(list),
            _ => None,
        }
    }

    pub(crate) fn as_object_mut(&mut self) -> Option<&mut Object<'a>> {
        match self {
            Json::Object(object) => Some(object),
            _ => None,
        }
    }

    /// A member, if this is an object that has it.
    pub(crate) fn get(&self, key: &str) -> Option<&Json<'a>> {
        self.as_object()?.get(key)
    }

    /// A member to be changed, if this is an object that has it.
    pub(crate) fn get_mut(&mut self, key: &str) -> Option<&mut Json<'a>> {
        self.as_object_mut()?.get_mut(key)
    }
}

impl<'a> From<&'a str> for Json<'a> {
    fn from(text: &'a str) -> Self {
        Json::Text(Cow::Borrowed(text))
    }
}

impl<'a> From<Cow<'a, str>> for Json<'a> {
    fn from(text: Cow<'a, str>) -> Self {
        Json::Text(text)
    }
}

impl<'a> From<&'a Strings<'a>> for Json<'a> {
    fn from(strings: &'a Strings<'a>) -> Self {
        let texts = strings.iter().map(|(key, text)| (key, Json::from(&**text)));
        Json::Object(texts.collect())
    }
}

impl From<bool> for Json<'_> {
    fn from(flag: bool) -> Self {
        Json::Flag(flag)
    }
}

impl From<i32> for Json<'_> {
    fn from(number: i32) -> Self {
        Json::Number(number.into())
    }
}

impl From<String> for Json<'_> {
    fn from(text: String) -> Self {
        Json::Text(Cow::Owned(text))
    }
}

impl From<i64> for Json<'_> {
    fn from(number: i64) -> Self {
        Json::Number(number.into())
    }
}

impl Write for Json<'_> {
    fn write(&self, to: &mut String) {
        match self {
            Json::Null => to.push_str("null"),
            Json::Flag(flag) => flag.write(to),
            Json::Number(number) => write_number(number, to),
            Json::Text(text) => text.write(to),
            Json::List(values) => values.write(to),
            Json::Object(object) => object.write(to),
            Json::Known(object) => object.write(to),
            Json::Unread(text) => to.push_str(text),
        }
    }
}

#[inline(never)]
fn write_number(number: &Number, to: &mut String) {
    match number.as_i64() {
        Some(whole) => whole.write(to),
        None => to.push_str(&number.to_string()),
    }
}

impl fmt::Display for Json<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::new();
        self.write(&mut text);
        f.write_str(&text)
    }
}

impl Keep {
    /// What is kept of a member.
    fn below(self, key: &str) -> Option<Keep> {
        match self {
            Keep::All | Keep::Unread => Some(self),
            Keep::Each(each) => Some(*each),
            Keep::Members(members) => {
                let mut members = members.iter();
                members
                    .find(|(name, _)| is_same(name, key))
                    .map(|(_, keep)| *keep)
            }
        }
    }
}

/// Reads a text from its start to its end.
struct Reader<'a, 'i> {
    text: &'a str,
    lexer: Lexer<'i>,
}

impl<'a, 'i> Reader<'a, 'i> {
    fn whole(&mut self, keep: Keep) -> Result<Json<'a>, Fault> {
        self.lexer.space();
        let value = self.element(keep)?;
        self.lexer.finish()?;
        Ok(value)
    }

    /// A value that stands alone or in a list. There are fewer of them than members.
    #[inline(never)]
    fn element(&mut self, keep: Keep) -> Result<Json<'a>, Fault> {
        let mut lexer = self.lexer;
        let value = self.value(&mut lexer, keep)?;
        self.lexer = lexer;
        Ok(value)
    }

    /// A value. Who calls has the lexer in registers, and only objects and lists take it from there.
    #[inline(always)]
    fn value(&mut self, lexer: &mut Lexer<'i>, keep: Keep) -> Result<Json<'a>, Fault> {
        let start = lexer.at();
        if matches!(keep, Keep::Unread) {
            lexer.pass()?;
            return Ok(Json::Unread(self.slice(start, lexer.at())));
        }
        Ok(match lexer.begin()? {
            Begin::String => {
                let token = lexer.string()?;
                Json::Text(self.string(token))
            }
            begin @ (Begin::Object | Begin::List) => {
                self.lexer = *lexer;
                let value = match begin {
                    Begin::Object => self.object(keep)?,
                    _ => self.list(keep)?,
                };
                *lexer = self.lexer;
                value
            }
            Begin::Number => {
                let is_integer = lexer.number()?;
                let number = number(self.slice(start, lexer.at()), is_integer);
                Json::Number(number.ok_or(Fault {
                    offset: start,
                    what: What::Number,
                })?)
            }
            Begin::Word => {
                let first = lexer.peek();
                lexer.word()?;
                match first {
                    b't' => Json::Flag(true),
                    b'f' => Json::Flag(false),
                    _ => Json::Null,
                }
            }
        })
    }

    #[inline(never)]
    fn object(&mut self, keep: Keep) -> Result<Json<'a>, Fault> {
        // What an object of Kubernetes usually has; growing moves everything.
        const USUAL_MEMBERS: usize = 8;
        let mut lexer = self.lexer;
        let mut all = Vec::new();
        let mut more = lexer.open(b'}')?;
        while more {
            let token = lexer.key()?;
            let key = self.string(token);
            match keep.below(&key) {
                Some(keep) => {
                    // Not before: a host that cuts leaves many an object empty.
                    if all.is_empty() {
                        all.reserve_exact(USUAL_MEMBERS);
                    }
                    all.push((key, self.value(&mut lexer, keep)?));
                }
                None => lexer.pass()?,
            }
            more = lexer.more(b'}')?;
        }
        self.lexer = lexer;
        Ok(Json::Object(Object::from(all)))
    }

    #[inline(never)]
    fn list(&mut self, keep: Keep) -> Result<Json<'a>, Fault> {
        let each = match keep {
            Keep::All => Some(Keep::All),
            Keep::Each(each) => Some(*each),
            // Where members are wanted, a list is of the wrong shape, and that is all there is to it.
            Keep::Members(_) | Keep::Unread => None,
        };
        let mut all = Vec::new();
        let mut more = self.lexer.open(b']')?;
        while more {
            match each {
                Some(keep) => all.push(self.element(keep)?),
                None => self.lexer.pass()?,
            }
            more = self.lexer.more(b']')?;
        }
        Ok(Json::List(all))
    }

    #[inline(always)]
    fn string(&self, token: Token) -> Cow<'a, str> {
        let raw = self.slice(token.start, token.end);
        if token.escaped {
            decode(raw)
        } else {
            Cow::Borrowed(raw)
        }
    }

    #[inline(always)]
    fn slice(&self, start: usize, end: usize) -> &'a str {
        self.text.get(start..end).unwrap_or_default()
    }
}

/// The value of a valid number; none if it is larger than any float.
#[inline(never)]
fn number(text: &str, is_integer: bool) -> Option<Number> {
    /// Digits, and a sign, that an `i64` holds whatever they are.
    const SAFE: usize = 18;
    if is_integer && text.len() <= SAFE && text != "-0" {
        let digits = text.strip_prefix('-').unwrap_or(text);
        let whole = digits
            .bytes()
            .fold(0, |whole, digit| whole * 10 + i64::from(digit & 0xf));
        return Some(Number::from(if digits.len() < text.len() {
            -whole
        } else {
            whole
        }));
    }
    serde_json::from_str(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::Value;

    fn kept(text: &str, keep: Keep) -> String {
        read(text, keep).unwrap().to_string()
    }

    #[test]
    fn everything_is_written_as_it_is_read() {
        let text = r#"{"a":[null,true,-1,18446744073709551615,0.5,1e+300,"\"é\u0001\n"],"b":{"":{}},"c":[]}"#;
        assert_eq!(kept(text, Keep::All), text);
        let value: Value = serde_json::from_str(text).unwrap();
        assert_eq!(kept(text, Keep::All), value.to_string());
    }

    #[test]
    fn only_what_is_wanted_is_kept() {
        const WANTED: Keep = Keep::Members(&[
            ("a", Keep::All),
            ("b", Keep::Each(&Keep::Members(&[("x", Keep::All)]))),
            ("c", Keep::Unread),
        ]);
        assert_eq!(
            kept(
                r#"{"d":[{}],"c":{"z": 1.50 },"b":{"2":{"x":1,"y":2},"1":7},"a":{"e":1}}"#,
                WANTED
            ),
            r#"{"a":{"e":1},"b":{"1":7,"2":{"x":1}},"c":{"z": 1.50 }}"#
        );
        assert_eq!(kept(r#"[{"a":1}]"#, WANTED), "[]");
    }

    proptest! {
        /// What serde_json reads, which is what the host and the API server read, too.
        #[test]
        fn any_value_is_read_and_written_as_by_serde_json(value in any_json(), spaced: bool) {
            let text = if spaced { serde_json::to_string_pretty(&value).unwrap() } else { value.to_string() };
            prop_assert_eq!(kept(&text, Keep::All), value.to_string());
            let unread = kept(&text, Keep::Unread);
            prop_assert_eq!(unread, text);
        }

        #[test]
        fn the_same_texts_are_json(text in "[-{}\\[\\],:0-2.eE+\"\\\\ubtrueflsn ]{0,12}") {
            let expected = serde_json::from_str::<Value>(&text);
            match read(&text, Keep::All) {
                Ok(found) => prop_assert_eq!(found.to_string(), expected.unwrap().to_string()),
                Err(_) => prop_assert!(expected.is_err(), "{}", text),
            }
        }
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<u64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            ".{0,20}".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 40, 8, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..8).prop_map(Value::from),
                prop::collection::btree_map("[a-c\"\\\\é]{0,3}", inner, 0..12)
                    .prop_map(|map| map.into_iter().collect::<serde_json::Map<_, _>>().into()),
            ]
        })
    }

    #[test]
    fn of_two_members_with_one_key_the_later_counts() {
        assert_eq!(
            kept(r#"{"b":1,"a":1,"b":{},"a":2}"#, Keep::All),
            r#"{"a":2,"b":{}}"#
        );
    }

    #[test]
    fn whole_numbers_are_whole_however_they_are_written() {
        for (text, whole) in [
            ("-3", Some(-3)),
            ("8080.0", Some(8080)),
            ("1e3", Some(1000)),
            ("0.5", None),
            ("18446744073709551615", None),
            ("1e300", None),
            ("\"8080\"", None),
        ] {
            assert_eq!(read(text, Keep::All).unwrap().as_whole(), whole, "{text}");
        }
    }

    #[test]
    fn what_is_no_json_is_an_error() {
        for text in ["", "{", "[1,]", "{\"a\":1}x", "{1:2}", "nul"] {
            assert!(read(text, Keep::All).is_err(), "{text}");
        }
    }
}
