//! Structs that are written into a text as JSON, without a tree between.

use std::borrow::Cow;

use metawasm_json::{Members, Write};

use super::sorted::Sorted;

/// What a field of such a struct holds.
pub(crate) trait Field: Write {
    /// Whether the field is left out.
    fn is_left_out(&self) -> bool {
        false
    }
}

impl Field for &str {}
impl Field for Cow<'_, str> {}
impl Field for String {}
impl Field for bool {}
impl Field for i64 {}

impl<T: Field> Field for &T {
    fn is_left_out(&self) -> bool {
        T::is_left_out(self)
    }
}

impl<T: Write> Field for Option<T> {
    fn is_left_out(&self) -> bool {
        self.is_none()
    }
}

impl<T: Write> Field for Vec<T> {
    fn is_left_out(&self) -> bool {
        self.is_empty()
    }
}

impl<T: Write> Field for &[T] {
    fn is_left_out(&self) -> bool {
        self.is_empty()
    }
}

impl<V: Write> Field for Sorted<'_, V> {
    fn is_left_out(&self) -> bool {
        self.is_empty()
    }
}

/// Writes one field.
pub(crate) fn put(members: &mut Members<'_>, name: &'static str, value: &impl Field) {
    if !value.is_left_out() {
        members.member(name, value);
    }
}

/// Says how structs are written: `"componentName" component_name` is a field with its name in JSON, in the order of the names
/// in JSON. Empty maps, empty lists and fields that are `None` are left out.
macro_rules! compact {
    ($($of:ty { $($json:literal $field:ident,)* })*) => {
        $(impl metawasm_json::Write for $of {
            fn write(&self, to: &mut String) {
                let mut members = metawasm_json::Members::new(to);
                $($crate::formats::compact::put(&mut members, $json, &self.$field);)*
                members.end();
            }
        }

        impl $crate::formats::compact::Field for $of {})*
    };
}

pub(crate) use compact;
