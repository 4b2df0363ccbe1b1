//! Sizes and durations as people write them.

use std::borrow::Cow;
use std::net::SocketAddr;
use std::time::Duration;

use metawasm_formats::{duration, size};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{self, Deserialize, Deserializer, Visitor};

/// The error of a value of another form: what is expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Expected(&'static str);

/// For clap.
pub(crate) fn parse_size(text: &str) -> Result<usize, Expected> {
    size::parse(text).ok_or(Expected(SIZE))
}

/// For clap.
pub(crate) fn parse_address(text: &str) -> Result<SocketAddr, Expected> {
    text.parse().map_err(|_| Expected(ADDRESS))
}

/// For clap, in the words that YAML has for it.
pub(crate) fn parse_bool(text: &str) -> Result<bool, Expected> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "yes" | "on" | "y" => Ok(true),
        "false" | "no" | "off" | "n" => Ok(false),
        _ => Err(Expected(BOOL)),
    }
}

/// For clap.
pub(crate) fn parse_duration(text: &str) -> Result<Duration, Expected> {
    duration::positive(text).ok_or(Expected(DURATION))
}

/// What is neither true nor false is told this.
pub(crate) const BOOL: &str = "expected true or false; yes, no, on, off, y and n work too";
const SIZE: &str = "expected a size above zero such as 64Mi, 8M or 1048576";
const DURATION: &str = "expected a duration above zero such as 2s, 500ms or 1m30s";

const ADDRESS: &str = "expected an IP address and a port such as 127.0.0.1:8080 or [::]:8080";

/// A size in the configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd)]
pub(crate) struct Size(pub(crate) usize);

/// A duration in the configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd)]
pub(crate) struct Span(pub(crate) Duration);

/// An address to listen on, in the configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Address(pub(crate) SocketAddr);

impl<'de> Deserialize<'de> for Address {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let parse = |text: &str| text.parse().ok();
        deserializer
            .deserialize_str(Text {
                parse,
                expected: ADDRESS,
            })
            .map(Self)
    }
}

impl<'de> Deserialize<'de> for Size {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer
            .deserialize_str(Text {
                parse: size::parse,
                expected: SIZE,
            })
            .map(Self)
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer
            .deserialize_str(Text {
                parse: duration::positive,
                expected: DURATION,
            })
            .map(Self)
    }
}

/// Gives a type its name in the reference of the configuration.
macro_rules! named {
    ($type:ty, $name:literal) => {
        impl JsonSchema for $type {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> Cow<'static, str> {
                Cow::Borrowed($name)
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({ "title": $name, "type": "string" })
            }
        }
    };
}

named!(Address, "address");
named!(Size, "size");
named!(Span, "duration");

struct Text<T> {
    parse: fn(&str) -> Option<T>,
    expected: &'static str,
}

impl<T> Visitor<'_> for Text<T> {
    type Value = T;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.expected)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<T, E> {
        (self.parse)(text).ok_or_else(|| E::custom(format_args!("\"{text}\": {}", self.expected)))
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::yaml;

    /// A variable in place of a line of the file is written as that is.
    #[test]
    fn a_flag_is_true_or_false_where_the_file_is() {
        let words = "true false yes no on off y n True NO oN t f 1 0 enabled maybe";
        for word in words.split(' ') {
            let file = yaml::decode::<bool>(word, Path::new("f.yaml"));
            assert_eq!(parse_bool(word).ok(), file.clone().ok(), "{word}");
            if let Err(error) = file {
                assert_eq!(error.to_string(), format!("f.yaml: {BOOL} at line 1, column 1"));
            }
        }
    }
}
