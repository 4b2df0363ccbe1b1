//! A field as somebody wrote it: there, absent, or of the wrong shape, and where.
//!
//! A Function comes from a person. A type mistake in it must become a sentence with a field
//! path, together with all other mistakes, and not an error of the whole request. So a field is
//! looked up by its name and read as what it should be, and a wrong shape is noted.
//!
//! What many places call is not inlined into each of them: it is the plugin's size.

use super::json::{Json, Object};
use super::notes::{Notes, Path};

/// What is written at a place, if anything: `null` is nothing.
#[derive(Clone, Copy)]
pub(crate) struct Written<'p, 'a> {
    /// The place.
    pub(crate) at: Path<'p>,
    found: Option<&'a Json<'a>>,
}

impl<'p, 'a> Written<'p, 'a> {
    /// The start of a path; dots are allowed in it.
    pub(crate) fn root(name: &'p str, found: Option<&'a Json<'a>>) -> Self {
        Written {
            at: Path::root(name),
            found: not_null(found),
        }
    }

    /// Whether anything is written here.
    pub(crate) fn is_present(&self) -> bool {
        self.found.is_some()
    }

    /// What is written, of whichever shape.
    pub(crate) fn found(&self) -> Option<&'a Json<'a>> {
        self.found
    }

    /// A field of an object; nothing where there is no object.
    #[inline(never)]
    pub(crate) fn field<'s>(&'s self, name: &'s str) -> Written<'s, 'a> {
        Written {
            at: self.at.field(name),
            found: not_null(self.found.and_then(|found| found.get(name))),
        }
    }

    /// A string.
    #[inline(never)]
    pub(crate) fn text(&self, notes: &mut Notes) -> Option<&'a str> {
        self.read(Json::as_text, "a string", notes)
    }

    /// A string that is not empty: OpenFunction reads an empty one as an absent one.
    #[inline(never)]
    pub(crate) fn non_empty(&self, notes: &mut Notes) -> Option<&'a str> {
        self.text(notes).filter(|text| !text.is_empty())
    }

    /// A string that must be there; `what` says what it is for.
    #[inline(never)]
    pub(crate) fn required(&self, what: &str, notes: &mut Notes) -> &'a str {
        let found = self.non_empty(notes);
        if found.is_none() {
            notes.required(&self.at, what);
        }
        found.unwrap_or_default()
    }

    /// `true` or `false`.
    pub(crate) fn flag(&self, notes: &mut Notes) -> Option<bool> {
        let flag = |found: &Json<'_>| match found {
            Json::Flag(flag) => Some(*flag),
            _ => None,
        };
        self.read(flag, "true or false", notes)
    }

    /// A number that fits 32 bits.
    #[inline(never)]
    pub(crate) fn number(&self, notes: &mut Notes) -> Option<i32> {
        let number = |found: &Json<'_>| found.as_whole().and_then(|whole| whole.try_into().ok());
        self.read(number, "a whole number of at most 32 bits", notes)
    }

    /// A number or a string of one.
    pub(crate) fn number_or_text(&self, notes: &mut Notes) -> Option<NumberOrText<'a>> {
        let read = |found: &'a Json<'a>| match found {
            Json::Text(text) => Some(NumberOrText::Text(text)),
            _ => found.as_whole().map(NumberOrText::Number),
        };
        self.read(read, "a whole number of at most 64 bits", notes)
    }

    /// An object.
    #[inline(never)]
    pub(crate) fn object(&self, notes: &mut Notes) -> Option<&'a Object<'a>> {
        self.read(Json::as_object, "an object", notes)
    }

    /// The same field if it is an object.
    pub(crate) fn if_object(self, notes: &mut Notes) -> Option<Self> {
        self.object(notes).map(|_| self)
    }

    /// The members of an object with keys that the user chooses; none where there is no object.
    pub(crate) fn members<'s>(
        &'s self,
        notes: &mut Notes,
    ) -> impl ExactSizeIterator<Item = (&'a str, Written<'s, 'a>)> + use<'s, 'a, 'p> {
        const NONE: &Object<'_> = &Object::new();
        let object = self.object(notes).unwrap_or(NONE);
        object.iter().map(|(key, value)| {
            let written = Written {
                at: self.at.key(key),
                found: not_null(Some(value)),
            };
            (key, written)
        })
    }

    /// The elements of a list; none where there is no list.
    pub(crate) fn elements<'s>(
        &'s self,
        notes: &mut Notes,
    ) -> impl ExactSizeIterator<Item = Written<'s, 'a>> + use<'s, 'a, 'p> {
        let list = self.read(Json::as_list, "a list", notes).unwrap_or_default();
        list.iter().enumerate().map(|(index, value)| Written {
            at: self.at.index(index),
            found: not_null(Some(value)),
        })
    }

    /// The value of a field; a wrong shape is a problem, and then there is no value.
    fn read<T>(
        &self,
        read: impl Fn(&'a Json<'a>) -> Option<T>,
        wanted: &str,
        notes: &mut Notes,
    ) -> Option<T> {
        let found = self.found?;
        let value = read(found);
        if value.is_none() {
            wrong_shape(&self.at, found, wanted, notes);
        }
        value
    }
}

/// A port as users write it: a number or a string of digits.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum NumberOrText<'a> {
    /// `8080`
    Number(i64),
    /// `"8080"`
    Text(&'a str),
}

fn not_null<'a>(found: Option<&'a Json<'a>>) -> Option<&'a Json<'a>> {
    found.filter(|found| !matches!(found, Json::Null))
}

/// Says that a value is not what it must be.
#[cold]
#[inline(never)]
pub(crate) fn wrong_shape(at: &Path<'_>, found: &Json<'_>, wanted: &str, notes: &mut Notes) {
    let shown = match found {
        Json::Number(number) => without_exponent(&number.to_string()),
        other => shown(other),
    };
    notes.invalid(at, shown, format_args!("must be {wanted}"));
}

/// A number as it is read aloud: `1e+20` has twenty zeros. This is what the standard library
/// makes of a float, whose own way to write floats is not needed for anything else.
fn without_exponent(number: &str) -> String {
    let (sign, number) = match number.strip_prefix('-') {
        Some(number) => ("-", number),
        None => ("", number),
    };
    let (mantissa, exponent) = number.split_once('e').unwrap_or((number, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let exponent: i32 = exponent.parse().unwrap_or_default();
    let mut whole = whole.to_owned();
    let mut fraction = fraction.trim_end_matches('0').to_owned();
    for _ in 0..exponent {
        whole.push(if fraction.is_empty() {
            '0'
        } else {
            fraction.remove(0)
        });
    }
    for _ in exponent..0 {
        fraction.insert(0, whole.pop().unwrap_or('0'));
    }
    let whole = match whole.trim_start_matches('0') {
        "" => "0",
        whole => whole,
    };
    let point = if fraction.is_empty() { "" } else { "." };
    [sign, whole, point, &fraction].concat()
}

/// A value in quotes, cut where it is long: error messages repeat what users wrote.
#[cold]
#[inline(never)]
pub(crate) fn quoted(text: &str) -> String {
    const SHOWN: usize = 64;
    if text.chars().nth(SHOWN).is_none() {
        return format!("{text:?}");
    }
    let start: String = text.chars().take(SHOWN).collect();
    format!("{:?}", format!("{start}…"))
}

/// A value in a message: a text is quoted, what is large is named.
#[cold]
#[inline(never)]
pub(crate) fn shown(value: &Json<'_>) -> String {
    match value {
        Json::Text(text) => quoted(text),
        Json::List(_) => "a list".to_owned(),
        Json::Object(_) | Json::Known(_) => "an object".to_owned(),
        other => other.to_string(),
    }
}

#[cfg(test)]
#[allow(
    clippy::redundant_closure_for_method_calls,
    reason = "a closure is of every lifetime, the method of one"
)]
mod tests {
    use super::*;
    use crate::formats::json;
    use crate::formats::json::Keep;
    use proptest::prelude::*;

    /// Reads a JSON text as one shape: the value and the problems.
    fn read<T: Clone>(text: &str, shape: impl Fn(&Written<'_, '_>, &mut Notes) -> T) -> (T, String) {
        let found = json::read(text, Keep::All).unwrap();
        let mut notes = Notes::default();
        let value = shape(&Written::root("a", Some(&found)), &mut notes);
        (value, notes.problems())
    }

    fn text(json: &str) -> (Option<String>, String) {
        read(json, |written, notes| written.text(notes).map(str::to_owned))
    }

    #[test]
    fn a_value_of_the_wanted_shape_is_read() {
        let fine = String::new;
        assert_eq!(text(r#""x""#), (Some("x".to_owned()), fine()));
        assert_eq!(
            read("-3", |written, notes| written.number(notes)),
            (Some(-3), fine())
        );
        assert_eq!(
            read("8080.0", |written, notes| written.number(notes)),
            (Some(8080), fine())
        );
        assert_eq!(
            read("true", |written, notes| written.flag(notes)),
            (Some(true), fine())
        );
        let texts = |written: &Written<'_, '_>, notes: &mut Notes| -> Vec<Option<String>> {
            let elements: Vec<_> = written.elements(notes).collect();
            let texts = elements.iter().map(|element| element.text(notes));
            texts.map(|text| text.map(str::to_owned)).collect()
        };
        assert_eq!(
            read(r#"["x", 1, null]"#, texts),
            (
                vec![Some("x".to_owned()), None, None],
                "a[1]: Invalid value: 1: must be a string".to_owned()
            )
        );
    }

    #[test]
    fn null_is_absent() {
        assert_eq!(text("null"), (None, String::new()));
        assert!(!read("null", |written, _| written.is_present()).0);
        assert_eq!(
            read("null", |written, notes| written.members(notes).len()),
            (0, String::new())
        );
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
            ("18446744073709551615", "18446744073709551615"),
        ] {
            let problem = format!("a: Invalid value: {shown}: must be a string");
            assert_eq!(text(json), (None, problem), "{json}");
        }
        assert_eq!(
            read("3000000000", |written, notes| written.number(notes)),
            (
                None,
                "a: Invalid value: 3000000000: must be a whole number of at most 32 bits".to_owned()
            )
        );
        assert_eq!(
            read("18446744073709551615", |written, notes| written
                .number_or_text(notes)
                .is_some()),
            (
                false,
                "a: Invalid value: 18446744073709551615: must be a whole number of at most 64 bits"
                    .to_owned()
            )
        );
        assert_eq!(
            read(r#""x""#, |written, notes| written.object(notes).is_some()),
            (false, "a: Invalid value: \"x\": must be an object".to_owned())
        );
    }

    proptest! {
        /// Which of the shortest digits that mean the number is left to who writes it first.
        #[test]
        fn numbers_are_shown_without_an_exponent(float: f64, small in -1e6..1e6, whole: i64) {
            for float in [float, small, small.trunc(), float.trunc(), 1.0 / small] {
                let Some(number) = serde_json::Number::from_f64(float) else { continue };
                let shown = without_exponent(&number.to_string());
                prop_assert!(shown.bytes().all(|b| b.is_ascii_digit() || b"-.".contains(&b)), "{}", shown);
                prop_assert!(!shown.contains('.') || !shown.ends_with(['0', '.']), "{}", shown);
                prop_assert_eq!(shown.len(), float.to_string().len());
                prop_assert_eq!(shown.parse::<f64>(), Ok(float));
            }
            prop_assert_eq!(without_exponent(&whole.to_string()), whole.to_string());
        }
    }

    #[test]
    fn a_long_text_is_cut_in_messages() {
        let shown = quoted(&"é".repeat(100));
        assert_eq!(shown.chars().count(), 67);
        assert!(shown.ends_with("…\""));
    }
}
