//! What each answer does, as it was seen of Metacontroller 4.17.2.
//!
//! Every row begins with a parent that is settled: its child is there with `a: "1"`, its status has the phase `old`.
//! Then the hook answers what the row says. In a body, `CHILD` is that child with `a: "2"`, `NEW` is a status with the
//! phase `new`.

use std::time::Duration;

use super::hooks::Canned;

/// What is seen afterwards.
#[derive(Clone, Copy, Debug)]
pub(super) enum Effect {
    /// The child is updated, the status is written, there is no Event.
    Applied,
    /// The child is gone, the status is empty, there is no Event.
    Deleted,
    /// Child and status are as they were; an Event has this text.
    Refused(&'static str),
    /// Child and status are updated; an Event has this text.
    Partly(&'static str),
    /// Child and status are updated; an Event has the text of the apply strategy.
    PartlyBy {
        dynamic: &'static str,
        server_side: &'static str,
    },
    /// The child is updated, the status is as it was; an Event has this text.
    NoStatus(&'static str),
    /// The next call comes after about so many milliseconds, and there is no Event.
    After(u64),
    /// Many calls follow each other at once, and there is no Event.
    Hot,
    /// Metacontroller would be gone: the driver says so with this text, the program is spared.
    Death(&'static str),
}

use Effect::{After, Applied, Death, Deleted, Hot, NoStatus, Partly, PartlyBy, Refused};

/// An answer and what it does.
pub(super) struct Row {
    /// The parent's name too.
    pub(super) name: &'static str,
    /// `v1` or `v2`.
    pub(super) version: &'static str,
    pub(super) code: u16,
    pub(super) header: Option<(&'static str, &'static str)>,
    pub(super) body: &'static str,
    pub(super) effect: Effect,
}

const GOOD: &str = r#"{"status":NEW,"children":[CHILD]}"#;
const V1: &str = "can't unmarshal webhookResponse (version: v1, type: sync): ";

const fn body(name: &'static str, version: &'static str, body: &'static str, effect: Effect) -> Row {
    Row {
        name,
        version,
        code: 200,
        header: None,
        body,
        effect,
    }
}

const fn code(name: &'static str, code: u16, body: &'static str, effect: Effect) -> Row {
    Row {
        name,
        version: "v2",
        code,
        header: None,
        body,
        effect,
    }
}

const fn header(name: &'static str, code: u16, header: (&'static str, &'static str), effect: Effect) -> Row {
    Row {
        name,
        version: "v2",
        code,
        header: Some(header),
        body: GOOD,
        effect,
    }
}

/// The whole table.
pub(super) const ROWS: [Row; 44] = [
    body("good-v1", "v1", GOOD, Applied),
    body("good-v2", "v2", GOOD, Applied),
    header("content-type", 200, ("Content-Type", "text/plain"), Applied),
    body("empty-v1", "v1", "{}", Deleted),
    body("empty-v2", "v2", "{}", Deleted),
    body("null", "v1", "null", Deleted),
    body("list", "v1", "[]", Refused(V1)),
    body("nothing", "v1", "", Refused(V1)),
    body(
        "trailing",
        "v1",
        r#"{"status":NEW,"children":[CHILD]} x"#,
        Refused(V1),
    ),
    body("children-object", "v1", r#"{"children":{}}"#, Refused(V1)),
    body("resync-text", "v1", r#"{"resyncAfterSeconds":"1"}"#, Refused(V1)),
    body(
        "unknown-v1",
        "v1",
        r#"{"foo":1,"status":NEW,"children":[CHILD]}"#,
        Applied,
    ),
    body(
        "unknown-v2",
        "v2",
        r#"{"foo":1,"status":NEW,"children":[CHILD]}"#,
        Refused(
            "strict validation failed for v2 webhookResponse (type: sync, mode: strict): unknown field \"foo\"",
        ),
    ),
    body("wrong-case-v1", "v1", r#"{"Children":[CHILD]}"#, Deleted),
    body(
        "wrong-case-v2",
        "v2",
        r#"{"Children":[CHILD]}"#,
        Refused("unknown field \"Children\""),
    ),
    body(
        "twice-v2",
        "v2",
        r#"{"children":[CHILD],"children":[]}"#,
        Refused("duplicate field \"children\""),
    ),
    body(
        "null-child-v1",
        "v1",
        r#"{"children":[null]}"#,
        Death("null in children"),
    ),
    body(
        "null-child-v2",
        "v2",
        r#"{"children":[null]}"#,
        Death("null in children"),
    ),
    body(
        "no-kind",
        "v2",
        r#"{"status":NEW,"children":[CHILD,{"metadata":{"name":"x"}}]}"#,
        Refused(""),
    ),
    body(
        "no-api-version",
        "v2",
        r#"{"status":NEW,"children":[CHILD,{"kind":"Secret","metadata":{"name":"x"}}]}"#,
        Partly("can't find kind"),
    ),
    body(
        "unknown-kind",
        "v2",
        r#"{"status":NEW,"children":[CHILD,{"apiVersion":"v1","kind":"Nope","metadata":{"name":"x"}}]}"#,
        Partly("can't find kind"),
    ),
    body(
        "invalid-child",
        "v2",
        r#"{"status":NEW,"children":[CHILD,{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"Not_Valid"}}]}"#,
        Partly("Invalid value"),
    ),
    body(
        "null-metadata",
        "v2",
        r#"{"status":NEW,"children":[CHILD,{"apiVersion":"v1","kind":"ConfigMap","metadata":null}]}"#,
        // With server-side apply the client refuses an object without a name before it calls the API server.
        PartlyBy {
            dynamic: "the server does not allow this method on the requested resource",
            server_side: "can't reconcile children for Thing contract-server-side/null-metadata: name is required",
        },
    ),
    body(
        "own-controller-uid",
        "v2",
        r#"{"status":NEW,"children":[CHILD,{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"own-controller-uid-2","labels":{"controller-uid":"x"}}}]}"#,
        Refused("match parent selector"),
    ),
    body(
        "undeclared-kind",
        "v2",
        r#"{"status":NEW,"children":[CHILD,{"apiVersion":"v1","kind":"Secret","metadata":{"name":"undeclared"}}]}"#,
        Applied,
    ),
    body(
        "one-name-twice",
        "v2",
        r#"{"status":NEW,"children":[{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"one-name-twice"},"data":{"a":"9"}},CHILD]}"#,
        Applied,
    ),
    body(
        "resync",
        "v2",
        r#"{"resyncAfterSeconds":1.5,"status":NEW,"children":[CHILD]}"#,
        After(1500),
    ),
    body(
        "resync-negative",
        "v2",
        r#"{"resyncAfterSeconds":-1,"status":NEW,"children":[CHILD]}"#,
        Applied,
    ),
    body(
        "resync-far",
        "v2",
        r#"{"resyncAfterSeconds":1e9,"status":NEW,"children":[CHILD]}"#,
        Applied,
    ),
    body(
        "resync-overflow",
        "v2",
        r#"{"resyncAfterSeconds":1e10,"status":NEW,"children":[CHILD]}"#,
        Hot,
    ),
    body(
        "status-refused",
        "v2",
        r#"{"status":{"phase":5},"children":[CHILD]}"#,
        NoStatus("can't update status"),
    ),
    body(
        "status-pruned",
        "v2",
        r#"{"status":{"phase":"new","foo":1},"children":[CHILD]}"#,
        Applied,
    ),
    code(
        "code-201",
        201,
        GOOD,
        Refused("unsupported status code: 201 body: "),
    ),
    code(
        "code-204",
        204,
        "",
        Refused("unsupported status code: 204 body: "),
    ),
    code(
        "code-404",
        404,
        "no",
        Refused("unsupported status code: 404 body: no"),
    ),
    code(
        "code-500",
        500,
        "no",
        Refused("unsupported status code: 500 body: no"),
    ),
    code(
        "code-304",
        304,
        "",
        Refused("unsupported status code: 304 body: "),
    ),
    code(
        "code-412",
        412,
        "no",
        Refused("unsupported status code: 412 body: no"),
    ),
    header(
        "code-503",
        503,
        ("Retry-After", "3"),
        Refused("unsupported status code: 503 body: "),
    ),
    header("later", 429, ("Retry-After", "3"), After(3000)),
    header("later-date", 429, ("Retry-After", "in 3 seconds"), After(2500)),
    code("later-nothing", 429, "", Hot),
    header("later-broken", 429, ("Retry-After", "1.5"), Hot),
    header(
        "slow",
        200,
        ("X-Delay", "3"),
        Refused("Client.Timeout exceeded while awaiting headers"),
    ),
];

impl Row {
    /// What the hook answers.
    pub(super) fn canned(&self) -> Canned {
        let delay = match self.header {
            Some(("X-Delay", _)) => Duration::from_secs(3),
            _ => Duration::ZERO,
        };
        Canned {
            code: self.code,
            headers: self
                .header
                .map(|(name, value)| (name, value.to_owned()))
                .into_iter()
                .collect(),
            body: self
                .body
                .replace("CHILD", &child(self.name, "2"))
                .replace("NEW", r#"{"phase":"new"}"#),
            delay,
        }
    }

    /// What it answers at first.
    pub(super) fn settled(&self) -> Canned {
        settled(self.name)
    }
}

/// An answer with which all is well.
pub(super) fn settled(name: &str) -> Canned {
    Canned {
        code: 200,
        body: format!(
            r#"{{"status":{{"phase":"old"}},"children":[{}]}}"#,
            child(name, "1")
        ),
        ..Canned::default()
    }
}

fn child(name: &str, a: &str) -> String {
    format!(r#"{{"apiVersion":"v1","kind":"ConfigMap","metadata":{{"name":"{name}"}},"data":{{"a":"{a}"}}}}"#)
}
