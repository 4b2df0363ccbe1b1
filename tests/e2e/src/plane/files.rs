//! What the API server reads at its start, and the kubeconfigs of its users.

use std::path::PathBuf;

use anyhow::Result;
use metawasm_tests::process::Folder;
use rcgen::KeyPair;
use serde_json::json;

/// Who calls the API server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum User {
    /// Who installs, and who writes Functions.
    Admin,
    /// Metacontroller, as the ServiceAccount of its own manifests: it may do what ours let it do.
    Metacontroller,
    /// What runs in every cluster beside it: kube-controller-manager, kubelets, KEDA.
    Controllers,
}

const USERS: [User; 3] = [User::Admin, User::Metacontroller, User::Controllers];

impl User {
    /// As the API server calls it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Metacontroller => "system:serviceaccount:metacontroller:metacontroller",
            Self::Controllers => "controllers",
        }
    }

    pub(super) fn token(self) -> &'static str {
        match self {
            Self::Admin => "token-of-admin",
            Self::Metacontroller => "token-of-metacontroller",
            Self::Controllers => "token-of-controllers",
        }
    }

    fn groups(self) -> &'static str {
        match self {
            Self::Admin | Self::Controllers => "system:masters",
            Self::Metacontroller => "system:serviceaccounts,system:serviceaccounts:metacontroller",
        }
    }
}

/// The files that flags name.
pub(super) struct Files {
    pub(super) tokens: PathBuf,
    pub(super) private_key: PathBuf,
    pub(super) public_key: PathBuf,
    pub(super) policy: PathBuf,
    pub(super) audit: PathBuf,
}

pub(super) fn write(folder: &Folder, url: &str) -> Result<Files> {
    let key = KeyPair::generate()?;
    let tokens: String = USERS
        .iter()
        .map(|user| {
            let (token, name, groups) = (user.token(), user.name(), user.groups());
            format!("{token},{name},{name},\"{groups}\"\n")
        })
        .collect();
    for user in USERS {
        let config = json!({
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "c", "cluster": {"server": url, "insecure-skip-tls-verify": true}}],
            "users": [{"name": "u", "user": {"token": user.token()}}],
            "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}],
            "current-context": "x",
        });
        folder.write(&kubeconfig_of(user), config.to_string());
    }
    // Only what Metacontroller writes: that it writes nothing when nothing has changed cannot be told from
    // resourceVersions, which a PUT without a change leaves alone. Events are no part of it.
    let policy = json!({
        "apiVersion": "audit.k8s.io/v1",
        "kind": "Policy",
        "omitStages": ["RequestReceived"],
        "rules": [
            {"level": "None", "resources": [
                {"group": "", "resources": ["events"]},
                {"group": "events.k8s.io"},
                {"group": "coordination.k8s.io"},
            ]},
            {
                "level": "Request",
                "users": [User::Metacontroller.name()],
                "verbs": ["create", "update", "patch", "delete", "deletecollection"],
            },
            {"level": "None"},
        ],
    });
    Ok(Files {
        tokens: folder.write("tokens.csv", tokens),
        private_key: folder.write("accounts.key", key.serialize_pem()),
        public_key: folder.write("accounts.pub", key.public_key_pem()),
        policy: folder.write("audit.json", policy.to_string()),
        audit: folder.path().join("audit.log"),
    })
}

/// The name of a user's kubeconfig.
pub(super) fn kubeconfig_of(user: User) -> String {
    format!("{}.kubeconfig", user.token())
}
