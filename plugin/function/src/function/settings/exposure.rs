//! How functions are reached from outside the cluster.
//!
//! Read by hand: a derived reader is several times the code, and code is what the sandbox loads.

use serde::Deserialize;
use serde::de::{Deserializer, Error};
use serde_json::value::RawValue;

use crate::formats::json::{self, Json, Keep, Object};

/// What leads to a function from outside, and under which names.
#[derive(Debug, PartialEq)]
pub(crate) struct Exposure {
    pub(crate) by: By,
    /// The Gateway that HTTPRoutes attach to where no OpenFunction Gateway says it.
    pub(crate) gateway: Gateway,
    /// Whether the OpenFunction Gateways that Functions name are read.
    pub(crate) read_gateways: bool,
    /// Below which functions have a host name of their own; empty: they have none.
    pub(crate) domain: String,
    pub(crate) host_template: String,
    /// The path of functions that share a host; empty: they have the whole host.
    pub(crate) path_template: String,
    pub(crate) host_rewrite: HostRewrite,
    /// Empty: the cluster's default class.
    pub(crate) ingress_class: String,
    /// Empty: no TLS.
    pub(crate) tls_secret: String,
}

/// Which kind leads to functions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum By {
    /// HTTPRoute where the controller declares it, else Ingress where it declares that.
    Auto,
    HttpRoute,
    Ingress,
    None,
}

/// A Gateway of the Gateway API.
#[derive(Debug, PartialEq, Default)]
pub(crate) struct Gateway {
    /// Empty: none is known.
    pub(crate) name: String,
    /// Empty: the Function's own.
    pub(crate) namespace: String,
}

/// How an HTTPRoute tells Knative which revision is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum HostRewrite {
    /// By a `URLRewrite` filter.
    UrlRewrite,
    /// By setting the Host header.
    Header,
}

impl Default for Exposure {
    fn default() -> Self {
        Exposure {
            by: By::Auto,
            gateway: Gateway::default(),
            read_gateways: false,
            domain: String::new(),
            host_template: "{{.Name}}.{{.Namespace}}.{{.Domain}}".to_owned(),
            path_template: String::new(),
            host_rewrite: HostRewrite::UrlRewrite,
            ingress_class: String::new(),
            tls_secret: String::new(),
        }
    }
}

impl<'de> Deserialize<'de> for Exposure {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text: &RawValue = Deserialize::deserialize(deserializer)?;
        let json = json::read(text.get(), Keep::All).map_err(D::Error::custom)?;
        Exposure::read(&json).map_err(D::Error::custom)
    }
}

impl Exposure {
    /// # Errors
    /// The first member that the schema does not allow.
    fn read(json: &Json<'_>) -> Result<Self, String> {
        let mut read = Exposure::default();
        for (key, value) in object("exposure", json)?.iter() {
            match key {
                "by" => {
                    read.by = match word(key, value)? {
                        "auto" => By::Auto,
                        "httpRoute" => By::HttpRoute,
                        "ingress" => By::Ingress,
                        "none" => By::None,
                        _ => return Err(wrong(key)),
                    }
                }
                "gateway" => {
                    for (key, value) in object(key, value)?.iter() {
                        set(read.gateway.slot(key), key, value)?;
                    }
                }
                "readGateways" => match value {
                    Json::Flag(flag) => read.read_gateways = *flag,
                    _ => return Err(wrong(key)),
                },
                "hostRewrite" => {
                    read.host_rewrite = match word(key, value)? {
                        "urlRewrite" => HostRewrite::UrlRewrite,
                        "header" => HostRewrite::Header,
                        _ => return Err(wrong(key)),
                    }
                }
                _ => set(read.slot(key), key, value)?,
            }
        }
        Ok(read)
    }

    /// Where the text of a key goes.
    fn slot(&mut self, key: &str) -> Option<&mut String> {
        Some(match key {
            "domain" => &mut self.domain,
            "hostTemplate" => &mut self.host_template,
            "ingressClass" => &mut self.ingress_class,
            "pathTemplate" => &mut self.path_template,
            "tlsSecret" => &mut self.tls_secret,
            _ => return None,
        })
    }
}

impl Gateway {
    fn slot(&mut self, key: &str) -> Option<&mut String> {
        match key {
            "name" => Some(&mut self.name),
            "namespace" => Some(&mut self.namespace),
            _ => None,
        }
    }
}

fn object<'j, 'a>(key: &str, value: &'j Json<'a>) -> Result<&'j Object<'a>, String> {
    value.as_object().ok_or_else(|| wrong(key))
}

fn word<'j>(key: &str, value: &'j Json<'_>) -> Result<&'j str, String> {
    value.as_text().ok_or_else(|| wrong(key))
}

#[inline(never)]
fn set(slot: Option<&mut String>, key: &str, value: &Json<'_>) -> Result<(), String> {
    let slot = slot.ok_or_else(|| unknown(key))?;
    word(key, value)?.clone_into(slot);
    Ok(())
}

#[cold]
#[inline(never)]
fn wrong(key: &str) -> String {
    format!("`{key}` does not match the schema")
}

#[cold]
#[inline(never)]
fn unknown(key: &str) -> String {
    format!("unknown field `{key}` in `exposure`")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Result<Exposure, String> {
        serde_json::from_str(json).map_err(|error| error.to_string())
    }

    #[test]
    fn every_part_is_read() {
        assert_eq!(read("{}"), Ok(Exposure::default()));
        let all = r#"{"by":"httpRoute","gateway":{"name":"a","namespace":"b"},"readGateways":true,"domain":"c",
            "hostTemplate":"d","pathTemplate":"e","hostRewrite":"header","ingressClass":"f","tlsSecret":"g"}"#;
        let text = str::to_owned;
        assert_eq!(
            read(all),
            Ok(Exposure {
                by: By::HttpRoute,
                gateway: Gateway {
                    name: text("a"),
                    namespace: text("b")
                },
                read_gateways: true,
                domain: text("c"),
                host_template: text("d"),
                path_template: text("e"),
                host_rewrite: HostRewrite::Header,
                ingress_class: text("f"),
                tls_secret: text("g"),
            })
        );
    }

    #[test]
    fn anything_else_is_a_sentence() {
        for (json, sentence) in [
            ("7", "`exposure` does not match the schema"),
            (r#"{"by":"magic"}"#, "`by` does not match the schema"),
            (r#"{"domain":null}"#, "`domain` does not match the schema"),
            (
                r#"{"readGateways":"yes"}"#,
                "`readGateways` does not match the schema",
            ),
            (
                r#"{"hostRewrite":"x"}"#,
                "`hostRewrite` does not match the schema",
            ),
            (r#"{"gateway":"x"}"#, "`gateway` does not match the schema"),
            (r#"{"gateway":{"x":1}}"#, "unknown field `x` in `exposure`"),
            (r#"{"host":"x"}"#, "unknown field `host` in `exposure`"),
        ] {
            let error = read(json).unwrap_err();
            assert!(error.starts_with(sentence), "{json}: {error}");
        }
    }
}
