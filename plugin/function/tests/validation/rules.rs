//! The Gateway API's rules in a route.

#![allow(
    clippy::needless_pass_by_value,
    reason = "rows are easier to read without `&`"
)]

use serde_json::{Value, json};

use super::{http, problems};

const AT: &str = "spec.serving.triggers.http.route.rules[0]";

fn rule(rule: Value) -> Value {
    http(json!({"route": {"rules": [rule]}}))
}

/// Each rule makes exactly this mistake.
fn mistakes(rows: &[(Value, &str)]) {
    for (patch, sentence) in rows {
        problems(&[(rule(patch.clone()), &format!("{AT}{sentence}"))]);
    }
}

fn filter(filter: Value) -> Value {
    json!({"filters": [filter]})
}

fn modifier(modifier: Value) -> Value {
    filter(json!({"type": "RequestHeaderModifier", "requestHeaderModifier": modifier}))
}

fn rewrite(path: Value) -> Value {
    json!({"type": "URLRewrite", "urlRewrite": {"path": path}})
}

#[test]
fn matches() {
    let found = |found: Value| json!({"matches": [found]});
    let long = format!("/{}", "a".repeat(1024));
    mistakes(&[
        (
            found(json!({"method": "get"})),
            ".matches[0].method: Unsupported value: \"get\": supported values: \"CONNECT\", \"DELETE\", \"GET\", \
             \"HEAD\", \"OPTIONS\", \"PATCH\", \"POST\", \"PUT\", \"TRACE\"",
        ),
        (
            found(json!({"headers": {}})),
            ".matches[0].headers: Invalid value: an object: must be a list",
        ),
        (
            found(json!({"headers": [null]})),
            ".matches[0].headers[0]: Invalid value: null: must not be null",
        ),
        (
            found(json!({"headers": [{"value": "x"}]})),
            ".matches[0].headers[0].name: Required value: the header to match",
        ),
        (
            found(json!({"headers": [{"name": "a"}]})),
            ".matches[0].headers[0].value: Required value: what the header must be",
        ),
        (
            found(json!({"headers": [{"name": "a b", "value": "x"}]})),
            ".matches[0].headers[0].name: Invalid value: \"a b\": must be the name of a header: at most 256 \
             letters, digits and any of !#$%&'*+-.^_`|~",
        ),
        (
            found(json!({"headers": [{"name": "a", "value": ""}]})),
            ".matches[0].headers[0].value: Invalid value: \"\": must have 1 to 4096 characters",
        ),
        (
            found(json!({"headers": [{"name": "a", "value": "x"}, {"name": "A", "value": "y"}]})),
            ".matches[0].headers[1].name: Duplicate value: \"A\"",
        ),
        (
            found(json!({"headers": [{"name": "a", "value": "x", "type": "Glob"}]})),
            ".matches[0].headers[0].type: Unsupported value: \"Glob\": supported values: \"Exact\", \
             \"RegularExpression\"",
        ),
        (
            found(json!({"queryParams": [{"value": "x"}]})),
            ".matches[0].queryParams[0].name: Required value: the parameter to match",
        ),
        (
            found(json!({"queryParams": [{"name": "a", "value": ""}]})),
            ".matches[0].queryParams[0].value: Invalid value: \"\": must have 1 to 1024 characters",
        ),
        (
            found(json!({"queryParams": [{"name": "a"}]})),
            ".matches[0].queryParams[0].value: Required value: what the parameter must be",
        ),
        (
            found(json!({"path": {"value": "/a//b"}})),
            ".matches[0].path.value: Invalid value: \"/a//b\": must be a path as URLs have it, without \"//\", \
             \"/./\", \"/../\" and \"%2f\"",
        ),
        (
            found(json!({"path": {"value": "/a b"}})),
            ".matches[0].path.value: Invalid value: \"/a b\": must be a path as URLs have it, without \"//\", \
             \"/./\", \"/../\" and \"%2f\"",
        ),
        (
            found(json!({"path": {"value": long}})),
            &format!(
                ".matches[0].path.value: Invalid value: \"/{}…\": must have at most 1024 characters",
                "a".repeat(63)
            ),
        ),
    ]);
}

#[test]
fn lists_have_limits() {
    let headers = |count| -> Vec<Value> {
        let headers = (0..count).map(|index| json!({"name": format!("h{index}"), "value": "x"}));
        headers.collect()
    };
    mistakes(&[
        (
            json!({"matches": [{"headers": headers(17)}]}),
            ".matches[0].headers: Too many: 17: must have at most 16 items",
        ),
        (
            json!({"matches": [{"queryParams": headers(17)}]}),
            ".matches[0].queryParams: Too many: 17: must have at most 16 items",
        ),
        (
            modifier(json!({"set": headers(16)})),
            ".filters[0].requestHeaderModifier.set: Too many: 16: must have at most 15 items",
        ),
        (
            modifier(json!({"add": headers(17)})),
            ".filters[0].requestHeaderModifier.add: Too many: 17: must have at most 16 items",
        ),
        (
            json!({"filters": vec![json!({"type": "ExtensionRef",
                "extensionRef": {"group": "a", "kind": "B", "name": "c"}}); 16]}),
            ".filters: Too many: 16: must have at most 15 items",
        ),
    ]);
    let matches: Vec<Value> = (0..8)
        .map(|index| json!({"path": {"value": format!("/{index}")}}))
        .collect();
    let hosts: Vec<String> = (0..16).map(|index| format!("h{index}.example.com")).collect();
    let rules = vec![json!({"matches": matches}); 3];
    problems(&[(
        http(json!({"route": {"hostnames": hosts, "rules": rules}})),
        "spec.serving.triggers.http.route: Invalid value: 16 host names and 24 matches: must have at most 256 \
         pairs of a host name and a match: each is an address",
    )]);
}

#[test]
fn filters() {
    mistakes(&[
        (
            json!({"filters": {}}),
            ".filters: Invalid value: an object: must be a list",
        ),
        (
            json!({"filters": [null]}),
            ".filters[0]: Invalid value: null: must be an object",
        ),
        (
            filter(json!("x")),
            ".filters[0]: Invalid value: \"x\": must be an object",
        ),
        (
            filter(json!({})),
            ".filters[0].type: Required value: what the filter does",
        ),
        (
            filter(json!({"type": "Rewrite"})),
            ".filters[0].type: Unsupported value: \"Rewrite\": supported values: \"CORS\", \"ExtensionRef\", \
             \"ExternalAuth\", \"RequestHeaderModifier\", \"RequestMirror\", \"RequestRedirect\", \
             \"ResponseHeaderModifier\", \"URLRewrite\"",
        ),
        (
            filter(json!({"type": "URLRewrite"})),
            ".filters[0].urlRewrite: Required value: what the URLRewrite filter does",
        ),
        (
            filter(json!({"type": "URLRewrite", "urlRewrite": {}, "requestRedirect": {}})),
            ".filters[0].requestRedirect: Forbidden: the filter's type is URLRewrite",
        ),
        (
            json!({"filters": [{"type": "RequestHeaderModifier", "requestHeaderModifier": {}},
                {"type": "RequestHeaderModifier", "requestHeaderModifier": {}}]}),
            ".filters[1]: Forbidden: a rule has at most one RequestHeaderModifier filter",
        ),
        (
            json!({"filters": [{"type": "ResponseHeaderModifier", "responseHeaderModifier": {}},
                {"type": "ResponseHeaderModifier", "responseHeaderModifier": {}}]}),
            ".filters[1]: Forbidden: a rule has at most one ResponseHeaderModifier filter",
        ),
        (
            json!({"filters": [{"type": "URLRewrite", "urlRewrite": {}},
                {"type": "RequestRedirect", "requestRedirect": {}}]}),
            ".filters: Forbidden: a rule has either a RequestRedirect or a URLRewrite filter",
        ),
        (
            modifier(json!({"set": [{"value": "x"}]})),
            ".filters[0].requestHeaderModifier.set[0].name: Required value: the header",
        ),
        (
            modifier(json!({"add": [{"name": "x"}]})),
            ".filters[0].requestHeaderModifier.add[0].value: Required value: the header's value",
        ),
        (
            modifier(json!({"add": [{"name": "x", "value": true}]})),
            ".filters[0].requestHeaderModifier.add[0].value: Invalid value: true: must be a string",
        ),
        (
            modifier(json!({"set": [{"name": "Host", "value": "a"}, {"name": "Host", "value": "b"}]})),
            ".filters[0].requestHeaderModifier.set[1].name: Duplicate value: \"Host\"",
        ),
        (
            modifier(json!({"remove": ["a", "a"]})),
            ".filters[0].requestHeaderModifier.remove[1]: Duplicate value: \"a\"",
        ),
        (
            filter(json!({"type": "RequestMirror", "requestMirror": {}})),
            ".filters[0].requestMirror.backendRef: Required value: where requests are mirrored to",
        ),
        (
            filter(json!({"type": "RequestMirror", "requestMirror": {"backendRef": {"port": 80}}})),
            ".filters[0].requestMirror.backendRef.name: Required value: where requests are mirrored to",
        ),
        (
            filter(json!({"type": "RequestMirror", "requestMirror": {"backendRef": {"name": "a"}}})),
            ".filters[0].requestMirror.backendRef.port: Required value: mirroring to a Service needs a port",
        ),
        (
            filter(json!({"type": "RequestMirror",
                "requestMirror": {"backendRef": {"name": "a", "port": 0}}})),
            ".filters[0].requestMirror.backendRef.port: Invalid value: 0: must be between 1 and 65535",
        ),
        (
            filter(
                json!({"type": "RequestMirror", "requestMirror": {"backendRef": {"name": "a", "port": 1},
                "percent": 5, "fraction": {"numerator": 1}}}),
            ),
            ".filters[0].requestMirror.fraction: Forbidden: percent is set",
        ),
        (
            filter(json!({"type": "RequestRedirect", "requestRedirect": {"statusCode": 200}})),
            ".filters[0].requestRedirect.statusCode: Invalid value: 200: must be one of 301, 302, 303, 307, 308",
        ),
        (
            filter(json!({"type": "RequestRedirect", "requestRedirect": {"scheme": "ftp"}})),
            ".filters[0].requestRedirect.scheme: Unsupported value: \"ftp\": supported values: \"http\", \"https\"",
        ),
        (
            filter(json!({"type": "RequestRedirect", "requestRedirect": {"hostname": "*.a"}})),
            ".filters[0].requestRedirect.hostname: Invalid value: \"*.a\": must be a host name, without '*'",
        ),
        (
            filter(json!({"type": "ExtensionRef", "extensionRef": {"kind": "A", "name": "b"}})),
            ".filters[0].extensionRef.group: Required value: the API group of the filter",
        ),
    ]);
}

#[test]
fn replaced_paths() {
    mistakes(&[
        (
            filter(rewrite(json!({}))),
            ".filters[0].urlRewrite.path.type: Required value: what is replaced",
        ),
        (
            filter(rewrite(json!({"type": "ReplaceFullPath"}))),
            ".filters[0].urlRewrite.path.replaceFullPath: Required value: what the path is replaced by",
        ),
        (
            filter(rewrite(
                json!({"type": "ReplaceFullPath", "replaceFullPath": "/", "replacePrefixMatch": "/"}),
            )),
            ".filters[0].urlRewrite.path.replacePrefixMatch: Forbidden: the type is ReplaceFullPath",
        ),
        (
            json!({"matches": [{}, {"path": {"value": "/b"}}],
                "filters": [rewrite(json!({"type": "ReplacePrefixMatch", "replacePrefixMatch": "/"}))]}),
            ".filters[0].urlRewrite.path: Forbidden: a prefix can be replaced only in a rule with exactly one \
             match, a PathPrefix",
        ),
    ]);
}

#[test]
fn other_fields() {
    mistakes(&[
        (
            json!({"name": "A"}),
            ".name: Invalid value: \"A\": must be lower-case letters, digits, '-' or '.', with a letter or digit \
             at both ends",
        ),
        (
            json!({"timeouts": {"request": "10"}}),
            ".timeouts.request: Invalid value: \"10\": must be a duration, such as 500ms or 1m30s",
        ),
        (
            json!({"timeouts": {"backendRequest": "1m1m1m1m1m"}}),
            ".timeouts.backendRequest: Invalid value: \"1m1m1m1m1m\": must be a duration, such as 500ms or 1m30s",
        ),
        (
            json!({"sessionPersistence": {"type": "Magic"}}),
            ".sessionPersistence.type: Unsupported value: \"Magic\": supported values: \"Cookie\", \"Header\"",
        ),
        (
            json!({"later": {"deep": [1e300]}}),
            &format!(
                ".later.deep[0]: Invalid value: 1{}: must be a whole number of at most 64 bits",
                "0".repeat(300)
            ),
        ),
    ]);
}
