//! The YAML texts that a Function's hooks and tracing may come from: annotations in the manner of
//! v1beta1, and the ConfigMap that is for all Functions.
//!
//! These texts are optional, and nothing checks them when they are written. So a mistake in one
//! never stops a function: it is a warning with its line, and the text is as if it were absent.

use std::cell::OnceCell;

use super::request::Objects;
use super::settings::Settings;
use crate::formats::json::{Json, Object};
use crate::formats::notes::{Notes, Path};
use crate::formats::written::{Written, quoted};
use crate::formats::yaml;
use crate::formats::yaml::{Mark, Remark, Yaml};
use crate::function::conventions::{HOOKS, PLUGINS, PLUGINS_TRACING, TRACING};
use metawasm_formats::nearest::nearest;

/// What is read of them; a text that is not there is nothing.
#[derive(Debug, Default)]
pub(crate) struct Documents<'a> {
    /// The annotation `plugins`.
    pub(crate) plugins: Option<Document<'a>>,
    /// The annotation `plugins.tracing`.
    pub(crate) tracing: Option<Document<'a>>,
    /// Hooks of all Functions.
    pub(crate) global_hooks: Option<Document<'a>>,
    /// Tracing of all Functions.
    pub(crate) global_tracing: Option<Document<'a>>,
}

/// One text, read when it is used.
#[derive(Debug)]
pub(crate) struct Document<'a> {
    /// Where it is written.
    at: String,
    text: &'a str,
    fields: &'static [Field],
    read: OnceCell<Result<Yaml<'a>, Remark>>,
}

/// A field that is read.
#[derive(Debug)]
struct Field {
    name: &'static str,
    shape: Shape,
}

#[derive(Debug)]
enum Shape {
    /// Whatever is below it is read.
    Any,
    /// `true` or `false`.
    Flag,
    Object(&'static [Field]),
}

const fn any(name: &'static str) -> Field {
    let shape = Shape::Any;
    Field { name, shape }
}

const HOOK_FIELDS: &[Field] = &[any("order"), any("post"), any("pre")];

const TRACING_FIELDS: &[Field] = &[
    any("baggage"),
    Field {
        name: "enabled",
        shape: Shape::Flag,
    },
    Field {
        name: "provider",
        shape: Shape::Object(&[
            Field {
                name: "exporter",
                shape: Shape::Object(&[
                    any("compression"),
                    any("endpoint"),
                    any("headers"),
                    any("name"),
                    any("protocol"),
                    any("timeout"),
                ]),
            },
            any("name"),
            any("oapServer"),
        ]),
    },
    any("tags"),
];

impl<'a> Documents<'a> {
    /// Finds the texts of a Function and of the ConfigMap that the settings name.
    pub(crate) fn find(parent: &'a Json<'a>, related: &'a Objects<'a>, settings: &Settings) -> Self {
        let metadata = parent.get("metadata");
        let annotations = metadata.and_then(|metadata| metadata.get("annotations"));
        let annotation = |key: &str, fields| {
            let text = annotations?.get(key)?.as_text()?;
            Some(Document::new(
                format!("metadata.annotations[{key}]"),
                text,
                fields,
            ))
        };
        let config = &settings.global_config;
        let found = related.find_in("v1", "ConfigMap", &config.namespace, &config.name);
        let data = found.and_then(|found| found.get("data"));
        let global = |keys: [&str; 2], fields| {
            let mut keys = keys.into_iter();
            keys.find_map(|key| {
                let text = data?.get(key)?.as_text()?;
                let at = format!("ConfigMap {}/{}: {key}", config.namespace, config.name);
                Some(Document::new(at, text, fields))
            })
        };
        Documents {
            plugins: annotation(PLUGINS, HOOK_FIELDS),
            tracing: annotation(PLUGINS_TRACING, TRACING_FIELDS),
            global_hooks: global([HOOKS, PLUGINS], HOOK_FIELDS),
            global_tracing: global([TRACING, PLUGINS_TRACING], TRACING_FIELDS),
        }
    }
}

impl<'a> Document<'a> {
    fn new(at: String, text: &'a str, fields: &'static [Field]) -> Self {
        Document {
            at,
            text,
            fields,
            read: OnceCell::new(),
        }
    }

    /// Where it is written.
    pub(crate) fn at(&self) -> Path<'_> {
        Path::root(&self.at)
    }

    /// Reads something of the document. If anything is wrong with it, nothing of it is used, and
    /// a warning says so.
    pub(crate) fn read<T>(
        &'a self,
        notes: &mut Notes,
        read: impl FnOnce(&Written<'_, 'a>, &mut Notes) -> Option<T>,
    ) -> Option<T> {
        let yaml = match self.yaml() {
            Ok(yaml) => yaml,
            Err(mistake) => {
                self.warn(notes, mistake, true);
                return None;
            }
        };
        for remark in &yaml.remarks {
            self.warn(notes, remark, false);
        }
        let written = Written::root(&self.at, Some(&yaml.value));
        let mut own = Notes::default();
        let found = read(&written, &mut own);
        unknown(&written.at, &yaml.value, self.fields, &mut own);
        if own.problems.is_empty() && own.warnings.is_empty() {
            return found;
        }
        self.tell(&own, notes).then_some(found).flatten()
    }

    fn yaml(&'a self) -> Result<&'a Yaml<'a>, &'a Remark> {
        let read = self.read.get_or_init(|| {
            let mut yaml = yaml::read(self.text)?;
            if let Some(object) = yaml.value.as_object_mut() {
                flags(object, self.fields);
            }
            Ok(yaml)
        });
        read.as_ref()
    }

    /// Tells what is wrong with the document, each with its line. Returns whether it is of use.
    #[cold]
    #[inline(never)]
    fn tell(&self, own: &Notes, notes: &mut Notes) -> bool {
        let places = yaml::places(self.text);
        let is_of_use = own.problems.is_empty();
        let told = own.problems.iter().map(|problem| (problem, true));
        for (sentence, is_mistake) in told.chain(own.warnings.iter().map(|warning| (warning, false))) {
            let rest = sentence.strip_prefix(&*self.at).unwrap_or(sentence);
            let (field, what) = rest.split_once(": ").unwrap_or(("", rest));
            let mark = places.find(rest).unwrap_or(Mark { line: 1, column: 1 });
            let end = if is_mistake { IGNORED } else { "" };
            let Mark { line, column } = mark;
            let at = &self.at;
            notes.warn_of(format_args!(
                "{at}{field}: line {line}, column {column}: {what}{end}"
            ));
        }
        is_of_use
    }

    #[cold]
    #[inline(never)]
    fn warn(&self, notes: &mut Notes, remark: &Remark, is_mistake: bool) {
        let Remark { mark, what } = remark;
        let end = if is_mistake { IGNORED } else { "" };
        notes.warn(
            &self.at(),
            format_args!("line {}, column {}: {what}{end}", mark.line, mark.column),
        );
    }
}

/// What becomes of a text with a mistake.
const IGNORED: &str = "; the text is not used";

/// Makes flags of the words that OpenFunction's YAML library reads as such.
fn flags(object: &mut Object<'_>, fields: &[Field]) {
    for field in fields {
        let Some(value) = object.get_mut(field.name) else {
            continue;
        };
        match &field.shape {
            Shape::Any => {}
            Shape::Object(fields) => {
                if let Some(object) = value.as_object_mut() {
                    flags(object, fields);
                }
            }
            Shape::Flag => {
                let flag = match value.as_text() {
                    Some(
                        "true" | "True" | "TRUE" | "y" | "Y" | "yes" | "Yes" | "YES" | "on" | "On" | "ON",
                    ) => true,
                    Some(
                        "false" | "False" | "FALSE" | "n" | "N" | "no" | "No" | "NO" | "off" | "Off" | "OFF",
                    ) => false,
                    _ => continue,
                };
                *value = Json::Flag(flag);
            }
        }
    }
}

/// Warns of fields that nothing reads.
fn unknown(at: &Path<'_>, value: &Json<'_>, fields: &[Field], notes: &mut Notes) {
    for (key, value) in value.as_object().into_iter().flat_map(Object::iter) {
        let at = at.field(key);
        match fields.iter().find(|field| field.name == key) {
            Some(Field {
                shape: Shape::Object(fields),
                ..
            }) => unknown(&at, value, fields, notes),
            Some(_) => {}
            None => match nearest(key, &mut fields.iter().map(|field| field.name)) {
                Some(near) => notes.warn(
                    &at,
                    format_args!("unknown field, not used; did you mean {}?", quoted(near)),
                ),
                None => notes.warn(&at, "unknown field, not used"),
            },
        }
    }
}
