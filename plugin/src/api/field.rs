//! A field as somebody wrote it: there, absent, or of the wrong shape.
//!
//! A Function comes from a person, and an observed object from anyone. A type mistake in
//! either must become a sentence with a field path, together with all other mistakes, and not
//! a parse error of the whole request. So every field that is read is a [`Field`], whose
//! deserialisation cannot fail for any JSON value: it keeps what was found where the shape is
//! wrong. The good case costs what a plain typed field costs.

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

/// One field of a document, whatever is written there.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) enum Field<T> {
    /// Not there, or `null`.
    #[default]
    Absent,
    /// There, in the shape that is wanted.
    Is(T),
    /// There, in another shape. The text shows it: `7`, `"eighty"`, `a list`.
    Wrong(String),
}

/// A list whose elements are read one by one, so that one bad element does not hide the others.
pub(crate) type List<T> = Vec<Field<T>>;

/// An object with keys that the user chooses.
pub(crate) type Dict<T> = BTreeMap<String, Field<T>>;

/// What a [`Field`] can hold: how each JSON type becomes it. Every method defaults to
/// "of the wrong shape"; a type implements those of its own shape.
pub(crate) trait Shape<'de>: Sized {
    /// The shape in words, to end the sentence "must be …".
    const WANTED: &'static str;

    /// From a string.
    fn from_text(text: &str) -> Field<Self> {
        Field::Wrong(quoted(text))
    }

    /// From an integer that fits 64 bits.
    fn from_integer(number: i64) -> Field<Self> {
        Field::Wrong(number.to_string())
    }

    /// From any other number.
    fn from_number(number: f64) -> Field<Self> {
        Field::Wrong(number.to_string())
    }

    /// From `true` or `false`.
    fn from_flag(flag: bool) -> Field<Self> {
        Field::Wrong(flag.to_string())
    }

    /// From a list.
    ///
    /// # Errors
    /// Only for text that is no JSON.
    fn from_list<A: SeqAccess<'de>>(mut list: A) -> Result<Field<Self>, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Field::Wrong("a list".to_owned()))
    }

    /// From an object.
    ///
    /// # Errors
    /// Only for text that is no JSON.
    fn from_object<A: MapAccess<'de>>(mut object: A) -> Result<Field<Self>, A::Error> {
        while object.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Field::Wrong("an object".to_owned()))
    }
}

/// A port as users write it: a number or a string of digits.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum NumberOrText {
    /// `8080`
    Number(i64),
    /// `"8080"`
    Text(String),
}

/// Makes structs readable as objects: `object_shapes!(Http, Route)`.
macro_rules! object_shapes {
    ($($name:ty),* $(,)?) => {$(
        impl<'de> $crate::api::field::Shape<'de> for $name {
            const WANTED: &'static str = "an object";

            fn from_object<A: serde::de::MapAccess<'de>>(
                object: A,
            ) -> Result<$crate::api::field::Field<Self>, A::Error> {
                let object = serde::de::value::MapAccessDeserializer::new(object);
                serde::Deserialize::deserialize(object).map($crate::api::field::Field::Is)
            }
        }
    )*};
}
pub(crate) use object_shapes;

/// A value in quotes, cut where it is long: error messages repeat what users wrote.
pub(crate) fn quoted(text: &str) -> String {
    const SHOWN: usize = 64;
    if text.chars().nth(SHOWN).is_none() {
        return format!("{text:?}");
    }
    let start: String = text.chars().take(SHOWN).collect();
    format!("{:?}", format!("{start}…"))
}

/// A value in a message: a text is quoted, what is large is named.
pub(crate) fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => quoted(text),
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "an object".to_owned(),
        other => other.to_string(),
    }
}

impl<T> Field<T> {
    /// The value where there is one in the wanted shape.
    pub(crate) fn ok(self) -> Option<T> {
        match self {
            Field::Is(value) => Some(value),
            Field::Absent | Field::Wrong(_) => None,
        }
    }

    /// A reference to the value where there is one in the wanted shape.
    pub(crate) fn get(&self) -> Option<&T> {
        match self {
            Field::Is(value) => Some(value),
            Field::Absent | Field::Wrong(_) => None,
        }
    }

    /// Whether anything is written here.
    pub(crate) fn is_present(&self) -> bool {
        !matches!(self, Field::Absent)
    }
}

impl Field<String> {
    /// The text, or an empty one.
    pub(crate) fn text(&self) -> &str {
        self.get().map_or("", String::as_str)
    }
}

impl<'de, T: Shape<'de>> Deserialize<'de> for Field<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(FieldVisitor(PhantomData))
    }
}

struct FieldVisitor<T>(PhantomData<T>);

impl<'de, T: Shape<'de>> Visitor<'de> for FieldVisitor<T> {
    type Value = Field<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON value")
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(Field::Absent)
    }

    fn visit_bool<E: Error>(self, flag: bool) -> Result<Self::Value, E> {
        Ok(T::from_flag(flag))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Self::Value, E> {
        Ok(T::from_integer(number))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Self::Value, E> {
        Ok(match i64::try_from(number) {
            Ok(number) => T::from_integer(number),
            Err(_) => Field::Wrong(number.to_string()),
        })
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Self::Value, E> {
        Ok(T::from_number(number))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(T::from_text(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Self::Value, A::Error> {
        T::from_list(list)
    }

    fn visit_map<A: MapAccess<'de>>(self, object: A) -> Result<Self::Value, A::Error> {
        T::from_object(object)
    }
}

impl Shape<'_> for String {
    const WANTED: &'static str = "a string";

    fn from_text(text: &str) -> Field<Self> {
        Field::Is(text.to_owned())
    }
}

impl Shape<'_> for bool {
    const WANTED: &'static str = "true or false";

    fn from_flag(flag: bool) -> Field<Self> {
        Field::Is(flag)
    }
}

impl Shape<'_> for i64 {
    const WANTED: &'static str = "a whole number of at most 64 bits";

    fn from_integer(number: i64) -> Field<Self> {
        Field::Is(number)
    }

    fn from_number(number: f64) -> Field<Self> {
        whole(number).map_or_else(|| Field::Wrong(number.to_string()), Field::Is)
    }
}

impl Shape<'_> for i32 {
    const WANTED: &'static str = "a whole number of at most 32 bits";

    fn from_integer(number: i64) -> Field<Self> {
        i32::try_from(number).map_or_else(|_| Field::Wrong(number.to_string()), Field::Is)
    }

    fn from_number(number: f64) -> Field<Self> {
        match whole(number) {
            Some(whole) => Self::from_integer(whole),
            None => Field::Wrong(number.to_string()),
        }
    }
}

impl Shape<'_> for NumberOrText {
    const WANTED: &'static str = "a whole number of at most 64 bits";

    fn from_text(text: &str) -> Field<Self> {
        Field::Is(NumberOrText::Text(text.to_owned()))
    }

    fn from_integer(number: i64) -> Field<Self> {
        Field::Is(NumberOrText::Number(number))
    }

    fn from_number(number: f64) -> Field<Self> {
        match whole(number) {
            Some(whole) => Self::from_integer(whole),
            None => Field::Wrong(number.to_string()),
        }
    }
}

/// `8080.0` is a whole number: a YAML or JavaScript author may write it so.
fn whole(number: f64) -> Option<i64> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    (number.fract() == 0.0 && number.abs() <= EXACT).then_some(number as i64)
}

impl<'de, T: Shape<'de>> Shape<'de> for List<T> {
    const WANTED: &'static str = "a list";

    fn from_list<A: SeqAccess<'de>>(mut list: A) -> Result<Field<Self>, A::Error> {
        let mut all = Vec::new();
        while let Some(element) = list.next_element()? {
            all.push(element);
        }
        Ok(Field::Is(all))
    }
}

impl<'de, T: Shape<'de>> Shape<'de> for Dict<T> {
    const WANTED: &'static str = "an object";

    fn from_object<A: MapAccess<'de>>(mut object: A) -> Result<Field<Self>, A::Error> {
        let mut all = BTreeMap::new();
        while let Some((key, value)) = object.next_entry()? {
            all.insert(key, value);
        }
        Ok(Field::Is(all))
    }
}

/// An open object, kept as it is: a pod template, a route rule.
impl<'de> Shape<'de> for Map<String, Value> {
    const WANTED: &'static str = "an object";

    fn from_object<A: MapAccess<'de>>(object: A) -> Result<Field<Self>, A::Error> {
        Map::deserialize(MapAccessDeserializer::new(object)).map(Field::Is)
    }
}

/// Anything: only whether it is there matters.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Anything;

impl<'de> Shape<'de> for Anything {
    const WANTED: &'static str = "anything";

    fn from_text(_: &str) -> Field<Self> {
        Field::Is(Anything)
    }

    fn from_integer(_: i64) -> Field<Self> {
        Field::Is(Anything)
    }

    fn from_number(_: f64) -> Field<Self> {
        Field::Is(Anything)
    }

    fn from_flag(_: bool) -> Field<Self> {
        Field::Is(Anything)
    }

    fn from_list<A: SeqAccess<'de>>(mut list: A) -> Result<Field<Self>, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Field::Is(Anything))
    }

    fn from_object<A: MapAccess<'de>>(mut object: A) -> Result<Field<Self>, A::Error> {
        while object.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Field::Is(Anything))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read<'de, T: Shape<'de>>(json: &'de str) -> Field<T> {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn a_value_of_the_wanted_shape_is_read() {
        assert_eq!(read::<String>(r#""x""#), Field::Is("x".to_owned()));
        assert_eq!(read::<i64>("-3"), Field::Is(-3));
        assert_eq!(read::<i64>("8080.0"), Field::Is(8080));
        assert_eq!(read::<bool>("true"), Field::Is(true));
        assert_eq!(
            read::<List<i64>>(r#"[1, "x"]"#),
            Field::Is(vec![Field::Is(1), Field::Wrong("\"x\"".to_owned())])
        );
    }

    #[test]
    fn null_is_absent() {
        assert_eq!(read::<String>("null"), Field::Absent);
        assert_eq!(read::<Dict<String>>("null"), Field::Absent);
    }

    #[test]
    fn a_wrong_shape_shows_what_is_there_and_never_fails() {
        for (json, shown) in [
            ("7", "7"),
            ("0.5", "0.5"),
            ("true", "true"),
            ("[1,[2]]", "a list"),
            (r#"{"a":{"b":1}}"#, "an object"),
            ("99999999999999999999", "100000000000000000000"),
        ] {
            assert_eq!(read::<String>(json), Field::Wrong(shown.to_owned()), "{json}");
        }
        assert_eq!(read::<i32>("3000000000"), Field::Wrong("3000000000".to_owned()));
        assert_eq!(
            read::<i64>("18446744073709551615"),
            Field::Wrong("18446744073709551615".to_owned())
        );
        assert_eq!(
            read::<Map<String, Value>>(r#""x""#),
            Field::Wrong("\"x\"".to_owned())
        );
    }

    #[test]
    fn a_long_text_is_cut_in_messages() {
        let shown = quoted(&"é".repeat(100));
        assert_eq!(shown.chars().count(), 67);
        assert!(shown.ends_with("…\""));
    }
}
