//! JSON in memory, borrowed from the text that it is read from: as much of it as is wanted.
//!
//! A request is read once, by one piece of code that a table steers ([`Keep`]); no type is
//! deserialised field by field. So a wrong shape is no error: it is there to be told of.

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Serialize, Serializer};
use serde_json::Number;
use serde_json::value::RawValue;

use super::sorted::{Sorted, Strings};

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
    Unread(&'a RawValue),
}

/// A JSON object.
pub(crate) type Object<'a> = Sorted<'a, Json<'a>>;

/// Which parts of a text are kept. What is not kept is only checked to be JSON.
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
pub(crate) fn read(text: &str, keep: Keep) -> serde_json::Result<Json<'_>> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let value = keep.deserialize(&mut deserializer)?;
    deserializer.end()?;
    Ok(value)
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

impl Serialize for Json<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Json::Null => serializer.serialize_unit(),
            Json::Flag(flag) => serializer.serialize_bool(*flag),
            Json::Number(number) => number.serialize(serializer),
            Json::Text(text) => serializer.serialize_str(text),
            Json::List(list) => serializer.collect_seq(list),
            Json::Object(object) => object.serialize(serializer),
            Json::Known(object) => object.serialize(serializer),
            Json::Unread(raw) => raw.serialize(serializer),
        }
    }
}

impl fmt::Display for Json<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&serde_json::to_string(self).map_err(|_| fmt::Error)?)
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
                members.find(|(name, _)| *name == key).map(|(_, keep)| *keep)
            }
        }
    }
}

impl<'de> DeserializeSeed<'de> for Keep {
    type Value = Json<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        match self {
            Keep::Unread => Deserialize::deserialize(deserializer).map(Json::Unread),
            _ => deserializer.deserialize_any(self),
        }
    }
}

impl<'de> Visitor<'de> for Keep {
    type Value = Json<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON value")
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E: Error>(self, flag: bool) -> Result<Self::Value, E> {
        Ok(Json::Flag(flag))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Self::Value, E> {
        Ok(Json::Number(number.into()))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Self::Value, E> {
        Ok(Json::Number(number.into()))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Self::Value, E> {
        // No JSON text is infinite or no number.
        Ok(Number::from_f64(number).map_or(Json::Null, Json::Number))
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Json::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Json::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut all = Vec::new();
        let each = match self {
            Keep::All => Keep::All,
            Keep::Each(each) => *each,
            // Where members are wanted, a list is of the wrong shape, and that is all there is to it.
            _ => {
                while list.next_element::<IgnoredAny>()?.is_some() {}
                return Ok(Json::List(all));
            }
        };
        while let Some(element) = list.next_element_seed(each)? {
            all.push(element);
        }
        Ok(Json::List(all))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Self::Value, A::Error> {
        // What an object of Kubernetes usually has; growing moves everything.
        const USUAL_MEMBERS: usize = 8;
        let mut all = Vec::new();
        while let Some(Key(key)) = object.next_key()? {
            match self.below(&key) {
                Some(keep) => {
                    // Not before: a host that cuts leaves many an object empty.
                    if all.is_empty() {
                        all.reserve_exact(USUAL_MEMBERS);
                    }
                    all.push((key, object.next_value_seed(keep)?));
                }
                None => {
                    object.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(Json::Object(Object::from(all)))
    }
}

/// A key, borrowed wherever it has no escapes.
struct Key<'a>(Cow<'a, str>);

impl<'de> Deserialize<'de> for Key<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;

        impl<'de> Visitor<'de> for Text {
            type Value = Key<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a key")
            }

            fn visit_borrowed_str<E: Error>(self, key: &'de str) -> Result<Self::Value, E> {
                Ok(Key(Cow::Borrowed(key)))
            }

            fn visit_str<E: Error>(self, key: &str) -> Result<Self::Value, E> {
                Ok(Key(Cow::Owned(key.to_owned())))
            }
        }

        deserializer.deserialize_str(Text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
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
