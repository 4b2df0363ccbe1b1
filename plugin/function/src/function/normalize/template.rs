//! The user's pod spec → the form in which the API server stores it.
//!
//! Whatever the server would rewrite differs from what is observed, and costs a write at every
//! sync: nulls, empty lists, fields that Go omits, numbers and quantities in another notation, and
//! the few defaults below a list that is compared as a whole. The same walk says what the server
//! would refuse: a required field that is missing, a value of another type, a word that it does not
//! know. A key that no PodSpec has is not sent, because the server would drop it and each sync would
//! write it again.

#[cfg(test)]
mod tests;

use std::cmp::Ordering;

use super::pod_types::{Field, Holds, KUBERNETES, POD, Shape, hint};
use crate::formats::json::{Json, Object};
use crate::formats::notes::{Notes, Path};
use crate::formats::quantity;
use crate::formats::written::{quoted, shown, wrong_shape};

/// The names of a pod's account, the one that counts first: the server writes either into both.
pub(crate) const ACCOUNTS: [&str; 2] = ["serviceAccountName", "serviceAccount"];
/// Stands in the setting `extraPodFields` for every field.
const EVERY: &str = "*";

/// The walk through a pod spec.
struct Walk<'w> {
    notes: &'w mut Notes,
    /// The setting `extraPodFields`.
    extra: &'w [String],
    /// Where the pod spec is.
    root: &'w Path<'w>,
}

/// Brings a pod spec into the form in which it is stored, and says what is wrong with it. `extra` has
/// the paths of fields that are sent although [`POD`] does not have them.
pub(super) fn normalize<'a>(
    template: Json<'a>,
    extra: &[String],
    at: &Path<'_>,
    notes: &mut Notes,
) -> Object<'a> {
    match template {
        Json::Null => Object::new(),
        Json::Object(mut template) => {
            let mut walk = Walk {
                notes,
                extra,
                root: at,
            };
            walk.object(&mut template, &POD, at);
            one_account(&mut template, at, notes);
            template
        }
        other => {
            wrong_shape(at, &other, "an object", notes);
            Object::new()
        }
    }
}

/// Brings an object of which nothing is known into the form in which it is stored.
pub(super) fn store(object: &mut Object<'_>, at: &Path<'_>, notes: &mut Notes) {
    object.retain(|_, value| match value {
        Json::Null => false,
        Json::List(list) => !list.is_empty(),
        _ => true,
    });
    for (key, value) in object.iter_mut() {
        store_any(value, &at.field(key), notes);
    }
}

fn store_any(value: &mut Json<'_>, at: &Path<'_>, notes: &mut Notes) {
    match value {
        Json::Object(object) => store(object, at, notes),
        Json::List(list) => {
            for (index, element) in list.iter_mut().enumerate() {
                let at = at.index(index);
                if matches!(element, Json::Null) {
                    no_null(&at, notes);
                }
                store_any(element, &at, notes);
            }
        }
        value => store_number(value, at, notes),
    }
}

#[cold]
fn no_null(at: &Path<'_>, notes: &mut Notes) {
    notes.invalid(at, "null", "must not be null");
}

/// The account by the name that counts.
fn one_account(template: &mut Object<'_>, at: &Path<'_>, notes: &mut Notes) {
    let [name, other] = ACCOUNTS;
    let Some(old) = template.remove(other) else { return };
    match template.get(name) {
        None => template.insert(name, old),
        Some(found) if found.as_text() == old.as_text() => {}
        Some(_) => notes.warn(
            &at.field(other),
            "is not used: serviceAccountName names another one",
        ),
    }
}

impl Walk<'_> {
    /// Fields and members are in the same order, so that both are gone through once.
    fn object(&mut self, object: &mut Object<'_>, shape: &'static Shape, at: &Path<'_>) {
        let mut fields = shape.fields;
        object.retain_mut(|key, value| {
            while let Some((field, rest)) = fields.split_first() {
                match field.name.cmp(key) {
                    Ordering::Less if field.of.needed => self.missing(field, at),
                    Ordering::Less => {}
                    Ordering::Equal => {
                        fields = rest;
                        return self.field(field, value, at);
                    }
                    Ordering::Greater => break,
                }
                fields = rest;
            }
            self.unknown(key, value, shape, at)
        });
        for field in fields.iter().filter(|field| field.of.needed) {
            self.missing(field, at);
        }
    }

    /// Brings the value of a field into the form in which it is stored; false if it is left out.
    fn field(&mut self, field: &Field, value: &mut Json<'_>, at: &Path<'_>) -> bool {
        let is_stored = self.store(field, value, &at.field(field.name));
        if field.of.needed && (!is_stored || is_empty(field, value)) {
            self.missing(field, at);
        }
        is_stored
    }

    fn store(&mut self, field: &Field, value: &mut Json<'_>, at: &Path<'_>) -> bool {
        let is_kept = field.of.kept;
        match (field.of.holds, &mut *value) {
            (_, Json::Null) => return false,
            (Holds::Text, Json::Text(text)) => return is_kept || !text.is_empty(),
            (Holds::Word(words), Json::Text(text)) => {
                if !words.contains(&&**text) && !text.is_empty() {
                    self.unsupported(text, words, at);
                }
                return is_kept || !text.is_empty();
            }
            (Holds::Flag, Json::Flag(flag)) => return is_kept || *flag,
            (Holds::Number, Json::Number(_)) => match value.as_whole() {
                Some(0) => {
                    store_number(value, at, self.notes);
                    return is_kept;
                }
                Some(_) => store_number(value, at, self.notes),
                None => self.mismatch(field, value, at),
            },
            (Holds::Port, Json::Text(_)) => {}
            (Holds::Port, Json::Number(_)) => store_number(value, at, self.notes),
            (Holds::Quantity, Json::Text(_) | Json::Number(_)) => {
                store_quantity(value, quantity::NANO, at, self.notes);
            }
            (Holds::Texts, Json::List(list)) => {
                self.each(list, at, "a string", |element, _, _| {
                    matches!(element, Json::Text(_))
                });
                return !list.is_empty();
            }
            (Holds::Numbers, Json::List(list)) => {
                self.each(list, at, "a whole number", |element, at, notes| {
                    store_number(element, at, notes);
                    matches!(element, Json::Null) || element.as_whole().is_some()
                });
                return !list.is_empty();
            }
            (Holds::Map, Json::Object(map)) => {
                map.retain(|_, value| !matches!(value, Json::Null));
                for (key, value) in map.iter_mut() {
                    if !matches!(value, Json::Text(_)) {
                        wrong_shape(&at.key(key), value, "a string", self.notes);
                    }
                }
                return is_kept || !map.is_empty();
            }
            (Holds::Quantities, Json::Object(quantities)) => {
                quantities.retain(|_, value| !matches!(value, Json::Null));
                for (name, value) in quantities.iter_mut() {
                    store_quantity(value, quantity::MILLI, &at.key(name), self.notes);
                }
                return is_kept || !quantities.is_empty();
            }
            (Holds::Object(shape), Json::Object(object)) => self.object(object, shape, at),
            (Holds::Projected(shape), Json::Object(projected)) => {
                self.object(projected, shape, at);
                complete_projected(projected);
            }
            (Holds::List(shape), Json::List(list)) => {
                for (index, element) in list.iter_mut().enumerate() {
                    let at = at.index(index);
                    match element {
                        Json::Object(object) => self.object(object, shape, &at),
                        Json::Null => no_null(&at, self.notes),
                        other => {
                            wrong_shape(&at, other, "an object", self.notes);
                            *other = Json::Null;
                        }
                    }
                }
                return !list.is_empty();
            }
            (Holds::Any, _) => store_any(value, at, self.notes),
            _ => self.mismatch(field, value, at),
        }
        true
    }

    /// Checks the elements of a list of plain values.
    fn each(
        &mut self,
        list: &mut [Json<'_>],
        at: &Path<'_>,
        wanted: &str,
        is_right: impl Fn(&mut Json<'_>, &Path<'_>, &mut Notes) -> bool,
    ) {
        for (index, element) in list.iter_mut().enumerate() {
            let at = at.index(index);
            if matches!(element, Json::Null) {
                no_null(&at, self.notes);
            } else if !is_right(element, &at, self.notes) {
                wrong_shape(&at, element, wanted, self.notes);
            }
        }
    }

    #[cold]
    #[inline(never)]
    fn missing(&mut self, field: &Field, at: &Path<'_>) {
        let why = "Kubernetes refuses the object without it";
        self.notes.required(&at.field(field.name), why);
    }

    /// A value of another type. It is told of, and not to be told of again by what looks into it.
    #[cold]
    #[inline(never)]
    fn mismatch(&mut self, field: &Field, value: &mut Json<'_>, at: &Path<'_>) {
        if !self.is_extra(at) {
            wrong_shape(at, value, field.wanted(), self.notes);
            *value = Json::Null;
        }
    }

    #[cold]
    #[inline(never)]
    fn unsupported(&mut self, text: &str, words: &[&str], at: &Path<'_>) {
        if !self.is_extra(at) {
            self.notes.unsupported(at, quoted(text), words);
        }
    }

    /// A key that the type does not have: whether it is sent all the same.
    #[cold]
    #[inline(never)]
    fn unknown(&mut self, key: &str, value: &mut Json<'_>, shape: &Shape, at: &Path<'_>) -> bool {
        let at = at.field(key);
        if self.is_extra(&at) {
            store_any(value, &at, self.notes);
            return !matches!(value, Json::Null);
        }
        // Of a null nothing would be sent anyway.
        if !matches!(value, Json::Null) {
            // What is not shown is not looked for either.
            let hint = match self.notes.shows_warnings() {
                true => hint(key, shape),
                false => String::new(),
            };
            let what = format_args!("unknown field in Kubernetes {KUBERNETES}, not sent{hint}");
            self.notes.warn(&at, what);
        }
        false
    }

    /// Whether the setting `extraPodFields` has the field at this path.
    #[cold]
    fn is_extra(&self, at: &Path<'_>) -> bool {
        if self.extra.is_empty() {
            return false;
        }
        let at = at.to_string();
        let root = self.root.to_string();
        let below = at.strip_prefix(&root).unwrap_or(&at);
        // The path without the places in lists.
        let parts = below.split('[').map(|part| match part.split_once(']') {
            Some((_, rest)) => rest,
            None => part,
        });
        let path: String = parts.collect();
        let path = path.trim_start_matches('.');
        self.extra.iter().any(|extra| extra == EVERY || extra == path)
    }
}

/// Whether a required field has no value: an empty text is none, but for the value of a header or of
/// a kernel parameter.
fn is_empty(field: &Field, value: &Json<'_>) -> bool {
    matches!(value, Json::Text(text) if text.is_empty()) && field.name != "value"
}

/// What Go's integers do not hold is refused. A fraction passes through: no field of today has one.
pub(super) fn store_number(value: &mut Json<'_>, at: &Path<'_>, notes: &mut Notes) {
    if !matches!(value, Json::Number(_)) {
        return;
    }
    if let Some(stored) = value.in_go() {
        *value = stored;
        return;
    }
    wrong_shape(at, value, "a whole number of at most 64 bits", notes);
    // Said, and not to be said again by what wants another shape.
    *value = Json::Null;
}

/// `finest` is the power of ten of the smallest step that is kept there.
pub(super) fn store_quantity(value: &mut Json<'_>, finest: i32, at: &Path<'_>, notes: &mut Notes) {
    const WANTED: &str = "must be a quantity, such as 500m, 2 or 64Mi";
    let stored = match &*value {
        Json::Text(text) => match quantity::stored(text, finest) {
            Ok(stored) if stored == **text => return,
            Ok(stored) => stored.into_owned(),
            Err(_) => return notes.invalid(at, quoted(text), WANTED),
        },
        Json::Number(number) => {
            let text = number.to_string();
            match quantity::stored(&text, finest) {
                Ok(stored) => stored.into_owned(),
                Err(_) => return notes.invalid(at, text, WANTED),
            }
        }
        other => return notes.invalid(at, shown(other), WANTED),
    };
    *value = Json::from(stored);
}

/// `sources` has no merge key, so that the defaults below it must be written out.
fn complete_projected(projected: &mut Object<'_>) {
    projected.insert_default("defaultMode", 0o644.into());
    let sources = projected.get_mut("sources").and_then(Json::as_list_mut);
    for source in sources.into_iter().flatten() {
        complete(source, "serviceAccountToken", "expirationSeconds", 3600.into());
        complete(source, "podCertificate", "maxExpirationSeconds", 86_400.into());
        let items = source.get_mut("downwardAPI").and_then(|api| api.get_mut("items"));
        for item in items.and_then(Json::as_list_mut).into_iter().flatten() {
            complete(item, "fieldRef", "apiVersion", "v1".into());
            complete(item, "resourceFieldRef", "divisor", "0".into());
        }
    }
}

/// Writes a default into an object below another, where there is one.
fn complete<'a>(above: &mut Json<'a>, name: &str, field: &'static str, default: Json<'a>) {
    if let Some(object) = above.get_mut(name).and_then(Json::as_object_mut) {
        object.insert_default(field, default);
    }
}
