//! Objects of an API as structs: a field that is misspelt does not compile.
//!
//! A struct has the fields that this plugin writes, under the names of the upstream type. It becomes the tree that an
//! answer is written from, so that it can also be written over an object that the user has begun.

use std::borrow::Cow;

use super::json::{Json, Object};

/// What a field of a struct holds.
pub(crate) trait Member<'a> {
    /// The value; none for a field that is left out.
    fn member(self) -> Option<Json<'a>>;
}

/// A struct whose fields can be written into an object.
pub(crate) trait Fields<'a> {
    /// Writes the fields over those that the object has.
    fn write(self, into: &mut Object<'a>);
}

macro_rules! members {
    ($($kind:ty),*) => {
        $(impl<'a> Member<'a> for $kind {
            fn member(self) -> Option<Json<'a>> {
                Some(self.into())
            }
        })*
    };
}

members!(&'a str, Cow<'a, str>, String, i32, i64);

impl<'a> Member<'a> for Json<'a> {
    fn member(self) -> Option<Json<'a>> {
        Some(self)
    }
}

impl<'a> Member<'a> for Object<'a> {
    fn member(self) -> Option<Json<'a>> {
        Some(Json::Object(self))
    }
}

impl<'a, T: Into<Json<'a>>> Member<'a> for Vec<T> {
    fn member(self) -> Option<Json<'a>> {
        Some(Json::List(self.into_iter().map(Into::into).collect()))
    }
}

impl<'a, T: Member<'a>> Member<'a> for Option<T> {
    fn member(self) -> Option<Json<'a>> {
        self.and_then(Member::member)
    }
}

/// Declares structs: `"clusterIP" cluster_ip: Option<&'a str>` is a field with its name in JSON, in the order of the
/// names in JSON. An optional field that is none is left out.
macro_rules! api {
    () => {};
    ($(#[$meta:meta])* struct $name:ident<$life:lifetime> {
        $($(#[$field_meta:meta])* $json:literal $field:ident: $of:ty,)*
    } $($rest:tt)*) => {
        $(#[$meta])*
        pub(crate) struct $name<$life> {
            $($(#[$field_meta])* pub(crate) $field: $of,)*
        }

        $crate::formats::typed::api!(@written $life, $name<$life>, $($json $field)*);
        $crate::formats::typed::api!($($rest)*);
    };
    ($(#[$meta:meta])* struct $name:ident {
        $($(#[$field_meta:meta])* $json:literal $field:ident: $of:ty,)*
    } $($rest:tt)*) => {
        $(#[$meta])*
        pub(crate) struct $name {
            $($(#[$field_meta])* pub(crate) $field: $of,)*
        }

        $crate::formats::typed::api!(@written 'a, $name, $($json $field)*);
        $crate::formats::typed::api!($($rest)*);
    };
    (@written $life:lifetime, $of:ty, $($json:literal $field:ident)*) => {
        impl<$life> $crate::formats::typed::Fields<$life> for $of {
            fn write(self, into: &mut $crate::formats::json::Object<$life>) {
                $(if let Some(value) = $crate::formats::typed::Member::member(self.$field) {
                    into.insert($json, value);
                })*
            }
        }

        impl<$life> From<$of> for $crate::formats::json::Json<$life> {
            fn from(fields: $of) -> Self {
                let mut object = $crate::formats::json::Object::with_capacity([$($json),*].len());
                $crate::formats::typed::Fields::write(fields, &mut object);
                $crate::formats::json::Json::Object(object)
            }
        }

        impl<$life> $crate::formats::typed::Member<$life> for $of {
            fn member(self) -> Option<$crate::formats::json::Json<$life>> {
                Some(self.into())
            }
        }
    };
}

pub(crate) use api;

#[cfg(test)]
mod tests {
    use super::*;

    api! {
        /// A struct for the tests.
        struct Port<'a> {
            "appProtocol" app_protocol: Option<&'a str>,
            "port" port: i32,
        }
    }

    #[test]
    fn a_field_that_is_none_is_left_out_and_others_are_written_over() {
        let port = |app_protocol| Port {
            app_protocol,
            port: 80,
        };
        assert_eq!(Json::from(port(None)).to_string(), r#"{"port":80}"#);
        assert_eq!(
            Json::from(port(Some("h2c"))).to_string(),
            r#"{"appProtocol":"h2c","port":80}"#
        );
        let mut begun = Object::of([("name", "http".into()), ("port", 1.into())]);
        port(None).write(&mut begun);
        assert_eq!(Json::Object(begun).to_string(), r#"{"name":"http","port":80}"#);
    }
}
