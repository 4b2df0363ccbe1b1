//! Masking of secret values.
//!
//! A masked value is `masked-` and eight digits that are the same for equal values within one recording process, so that a
//! plugin that compares two values still finds them equal. The digits come from a keyed hash whose key is never written,
//! so that nobody can find a short password by trying.

use serde_json::{Map, Value};

/// What is masked besides the data of Secrets.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MaskOptions {
    /// Kinds whose content is masked like that of Secrets: everything except `apiVersion`, `kind`, `metadata` and `status`.
    pub kinds: Vec<String>,
    /// Further endings of field names, in any case, whose values are masked.
    pub fields: Vec<String>,
}

/// Endings of field names and of names of environment variables whose values are masked. They are compared without
/// punctuation and case.
const FIELDS: [&str; 11] = [
    "password",
    "passwd",
    "passphrase",
    "token",
    "apikey",
    "accesskey",
    "secretkey",
    "privatekey",
    "clientsecret",
    "credentials",
    "connectionstring",
];
/// Annotations that contain the whole object as JSON.
const LAST_APPLIED: &str = "last-applied-configuration";

/// Masks values. Equal values get equal masks.
pub(in crate::serve) struct Mask {
    options: MaskOptions,
    key: [u8; 32],
}

impl Mask {
    /// A mask with a key of its own.
    pub(in crate::serve) fn new(options: MaskOptions) -> Self {
        use std::hash::{BuildHasher, RandomState};
        // The standard library's keys are random per process.
        let mut hasher = blake3::Hasher::new_derive_key("metawasm 2026-11 mask of recorded values");
        for _ in 0..4 {
            hasher.update(&RandomState::new().hash_one(0_u8).to_le_bytes());
        }
        let fields = options.fields.iter().map(|field| plain(field)).collect();
        Self {
            options: MaskOptions { fields, ..options },
            key: *hasher.finalize().as_bytes(),
        }
    }

    /// Masks all secret values in a request, an answer or settings. Returns how many were masked.
    pub(super) fn apply(&self, value: &mut Value) -> usize {
        match value {
            Value::Object(object) => self.object(object),
            Value::Array(items) => items.iter_mut().map(|item| self.apply(item)).sum(),
            Value::String(text) => self.credentials_of_urls(text),
            _ => 0,
        }
    }

    fn object(&self, object: &mut Map<String, Value>) -> usize {
        let kind = object.get("kind").and_then(Value::as_str).unwrap_or_default();
        let is_secret = kind == "Secret" && object.get("apiVersion").and_then(Value::as_str) == Some("v1");
        let is_masked_kind = self.options.kinds.iter().any(|masked| masked == kind);
        // `{name: DB_PASSWORD, value: …}`, as in the environment of a container.
        let is_named_secret = object
            .get("name")
            .and_then(Value::as_str)
            .is_some_and(|name| self.is_secret_name(name));
        let mut masked = 0;
        for (name, value) in object {
            masked += match name.as_str() {
                "data" | "stringData" if is_secret => self.all(value, name == "data"),
                "apiVersion" | "kind" | "status" => self.apply(value),
                "metadata" => self.apply(value),
                _ if is_masked_kind => self.all(value, false),
                "value" if is_named_secret => self.all(value, false),
                name if name.ends_with(LAST_APPLIED) => self.embedded(value),
                name if self.is_secret_name(name) && value.is_string() => self.all(value, false),
                _ => self.apply(value),
            };
        }
        masked
    }

    /// Masks an object that is written as JSON in a string.
    fn embedded(&self, value: &mut Value) -> usize {
        let Value::String(text) = value else {
            return self.apply(value);
        };
        match serde_json::from_str::<Value>(text) {
            Ok(mut object) => {
                let masked = self.apply(&mut object);
                if masked > 0 {
                    *text = object.to_string();
                }
                masked
            }
            // What cannot be read cannot be searched for secrets.
            Err(_) => self.all(value, false),
        }
    }

    /// Masks every string and number below a value.
    fn all(&self, value: &mut Value, base64: bool) -> usize {
        match value {
            Value::Object(object) => object.values_mut().map(|value| self.all(value, base64)).sum(),
            Value::Array(items) => items.iter_mut().map(|value| self.all(value, base64)).sum(),
            Value::String(text) => {
                if text.is_empty() {
                    return 0;
                }
                let mask = self.mask(text);
                *text = if base64 { base64_of(mask.as_bytes()) } else { mask };
                1
            }
            Value::Number(number) => {
                *value = Value::String(self.mask(&number.to_string()));
                1
            }
            Value::Null | Value::Bool(_) => 0,
        }
    }

    /// Masks the password of `scheme://user:password@host` wherever it stands in a text.
    fn credentials_of_urls(&self, text: &mut String) -> usize {
        let mut masked = 0;
        let mut from = 0;
        while let Some(start) = text.get(from..).and_then(|rest| rest.find("://")) {
            let user = from + start + 3;
            let rest = text.get(user..).unwrap_or_default();
            let end = rest
                .find(|c: char| c == '/' || c.is_whitespace() || c == '"')
                .unwrap_or(rest.len());
            from = user;
            let authority = rest.get(..end).unwrap_or_default();
            let password = authority.rfind('@').and_then(|at| {
                let colon = authority.get(..at)?.find(':')?;
                Some((user + colon + 1, user + at))
            });
            if let Some((start, end)) = password
                && let Some(secret) = text.get(start..end).filter(|secret| !secret.is_empty())
            {
                let mask = self.mask(secret);
                text.replace_range(start..end, &mask);
                masked += 1;
                from = start + mask.len();
            }
        }
        masked
    }

    /// Whether values with this name are secret.
    pub(super) fn is_secret_name(&self, name: &str) -> bool {
        let name = plain(name);
        let mut endings = FIELDS
            .into_iter()
            .chain(self.options.fields.iter().map(String::as_str));
        endings.any(|ending| !ending.is_empty() && name.ends_with(ending))
    }

    /// Returns what stands for a secret.
    pub(super) fn mask(&self, text: &str) -> String {
        let hash = blake3::keyed_hash(&self.key, text.as_bytes());
        let digits: String = hash.to_hex().chars().take(8).collect();
        format!("masked-{digits}")
    }
}

/// Letters and digits alone, in lower case.
fn plain(name: &str) -> String {
    let letters = name.chars().filter(char::is_ascii_alphanumeric);
    letters.map(|letter| letter.to_ascii_lowercase()).collect()
}

/// Base64 of a text whose length is a multiple of three, as masks are.
fn base64_of(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for part in bytes.chunks_exact(3) {
        let all = part.iter().fold(0_u32, |all, byte| (all << 8) | u32::from(*byte));
        for shift in [18, 12, 6, 0] {
            let digit = ALPHABET
                .get(((all >> shift) & 63) as usize)
                .copied()
                .unwrap_or(b'=');
            text.push(char::from(digit));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn masked(value: Value) -> (Value, usize) {
        let mut masked = value;
        let count = Mask::new(MaskOptions {
            kinds: vec!["Vault".to_owned()],
            fields: vec!["pin-code".to_owned()],
        })
        .apply(&mut masked);
        (masked, count)
    }

    #[test]
    fn no_secret_value_is_left_and_all_else_is() {
        let secret = "hunter2hunter2";
        let (found, count) = masked(json!({
            "parent": {"apiVersion": "example.com/v1", "kind": "App", "metadata": {"name": "a", "labels": {"token": "x"}},
                "spec": {"image": "nginx", "password": secret, "dbPassword": secret, "secretName": "kept", "pinCode": secret,
                    "env": [{"name": "API_TOKEN", "value": secret}, {"name": "LEVEL", "value": "debug"}],
                    "url": format!("postgres://me:{secret}@db:5432/x?a=b"), "passwordSecretRef": {"name": "kept", "key": "k"}}},
            "related": {
                "Secret.v1": {"s": {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s", "annotations": {
                    "kubectl.kubernetes.io/last-applied-configuration":
                        format!("{{\"apiVersion\":\"v1\",\"kind\":\"Secret\",\"stringData\":{{\"a\":\"{secret}\"}}}}")}},
                    "type": "Opaque", "data": {"a": "aHVudGVyMmh1bnRlcjI=", "empty": ""}, "stringData": {"b": secret}}},
                "Vault.example.com/v1": {"v": {"apiVersion": "example.com/v1", "kind": "Vault", "metadata": {"name": "v"},
                    "spec": {"deep": [{"pin": 1234, "text": secret, "on": true}]}}}
            }
        }));
        let text = found.to_string();
        assert!(
            !text.contains("hunter2") && !text.contains("aHVudGVy") && !text.contains("1234"),
            "{text}"
        );
        for kept in [
            "\"nginx\"",
            "\"debug\"",
            "\"kept\"",
            "\"Opaque\"",
            "postgres://me:masked-",
            "@db:5432/x?a=b",
        ] {
            assert!(text.contains(kept), "{kept}: {text}");
        }
        // The label, four fields and variables, the URL, three of the Secret, two of the Vault.
        assert_eq!(count, 11, "{text}");
        assert_eq!(
            found["parent"]["spec"]["password"],
            found["parent"]["spec"]["dbPassword"]
        );
        assert_eq!(found["related"]["Secret.v1"]["s"]["data"]["empty"], "");
    }

    #[test]
    fn data_of_a_secret_is_base64_as_before() {
        let (found, _) = masked(json!({"apiVersion": "v1", "kind": "Secret", "data": {"a": "AAAA"}}));
        let data = found["data"]["a"].as_str().unwrap();
        // "masked-" and eight digits are 15 bytes: 20 letters without padding.
        assert!(data.starts_with("bWFza2VkL") && data.len() == 20, "{data}");
        assert_eq!(base64_of(b"Man"), "TWFu");
    }

    #[test]
    fn another_process_has_other_masks() {
        let one = Mask::new(MaskOptions::default()).mask("a");
        let other = Mask::new(MaskOptions::default()).mask("a");
        assert_ne!(one, other);
    }

    #[test]
    fn a_request_without_secrets_is_not_changed() {
        let value = json!({"a": ["http://host/path", "x://y", "://", "a://:@b", "mail@host"], "name": "x", "value": 3});
        assert_eq!(masked(value.clone()), (value, 0));
    }
}
