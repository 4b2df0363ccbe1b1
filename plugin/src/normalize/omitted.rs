//! The fields of a pod spec that Go leaves out when they are empty: plain strings and flags with
//! `omitempty`. The server never shows them with their zero value, so that asking for it costs a
//! write at every sync.
//!
//! A field is known by its place. One that is a pointer in Go is stored as it is written
//! (`runtimeClassName`, `grpc.service`, `optional`), and the keys of a user's map are no fields.
//!
//! Source: `k8s.io/api/core/v1/types.go`.

use crate::json::Json;

/// What is left out of one type of Go's, and which types are below it.
pub(super) struct Shape {
    texts: &'static [&'static str],
    flags: &'static [&'static str],
    /// Fields that hold an object or a list of objects.
    below: &'static [(&'static str, &'static Shape)],
}

pub(super) static POD: Shape = Shape {
    texts: &[
        "dnsPolicy",
        "hostname",
        "nodeName",
        "priorityClassName",
        "restartPolicy",
        "schedulerName",
        "serviceAccount",
        "serviceAccountName",
        "subdomain",
    ],
    flags: &["hostIPC", "hostNetwork", "hostPID"],
    below: &[
        ("containers", &CONTAINER),
        ("ephemeralContainers", &CONTAINER),
        ("initContainers", &CONTAINER),
        ("volumes", &VOLUME),
    ],
};

static CONTAINER: Shape = Shape {
    texts: &[
        "image",
        "imagePullPolicy",
        "terminationMessagePath",
        "terminationMessagePolicy",
        "workingDir",
    ],
    flags: &["stdin", "stdinOnce", "tty"],
    below: &[
        ("lifecycle", &LIFECYCLE),
        ("livenessProbe", &HANDLER),
        ("ports", &PORT),
        ("readinessProbe", &HANDLER),
        ("startupProbe", &HANDLER),
        ("volumeMounts", &MOUNT),
    ],
};

static LIFECYCLE: Shape = Shape {
    below: &[("postStart", &HANDLER), ("preStop", &HANDLER)],
    ..OTHER
};

/// A probe is one, with more.
static HANDLER: Shape = Shape {
    below: &[("httpGet", &HTTP_GET), ("tcpSocket", &TCP_SOCKET)],
    ..OTHER
};

static HTTP_GET: Shape = Shape {
    texts: &["host", "path", "scheme"],
    ..OTHER
};

static TCP_SOCKET: Shape = Shape {
    texts: &["host"],
    ..OTHER
};

static PORT: Shape = Shape {
    texts: &["hostIP", "name", "protocol"],
    ..OTHER
};

static MOUNT: Shape = Shape {
    texts: &["subPath", "subPathExpr"],
    flags: &["readOnly"],
    ..OTHER
};

static VOLUME: Shape = Shape {
    below: &[("emptyDir", &EMPTY_DIR)],
    ..OTHER
};

static EMPTY_DIR: Shape = Shape {
    texts: &["medium"],
    ..OTHER
};

/// Whatever is not listed above.
const OTHER: Shape = Shape {
    texts: &[],
    flags: &[],
    below: &[],
};

impl Shape {
    /// The shape of what passes through as it is.
    pub(super) fn other() -> &'static Shape {
        &OTHER
    }

    /// Whether a field is left out with this value.
    pub(super) fn omits(&self, key: &str, value: &Json<'_>) -> bool {
        match value {
            Json::Text(text) if text.is_empty() => self.texts.contains(&key),
            Json::Flag(false) => self.flags.contains(&key),
            _ => false,
        }
    }

    /// The shape of what a field holds.
    pub(super) fn below(&self, key: &str) -> &'static Shape {
        let mut fields = self.below.iter();
        let found = fields.find(|(field, _)| *field == key);
        found.map_or(&OTHER, |(_, shape)| *shape)
    }
}
