//! Do children match the schema of their kind?
//!
//! A field that a kind does not have is dropped by the API server and written again at every sync, or refused under
//! server-side apply; so is a value of another type. [`Schemas`] knows the kinds of one version of Kubernetes
//! ([`KUBERNETES`], made from `k8s-openapi`) and those of the CustomResourceDefinitions that it is given, and
//! [`Schemas::check`] lists what does not match in a child, all at once. A kind that it does not know is not
//! checked, nor is what only the API server's validation knows, such as formats and ranges.
//!
//! It knows children as JSON, and nothing of requests, plugins or HTTP.

mod check;
mod crds;
mod kinds;
mod kubernetes;
mod shape;
#[cfg(test)]
mod tests;

use std::fmt;
use std::path::PathBuf;

pub use check::{Finding, Findings};
use crds::Crds;
pub use crds::CrdsError;
pub use kinds::{Kind, kinds};
pub use kubernetes::VERSION as KUBERNETES;
use shape::Shape;

use metawasm_contract::Scopes;
use metawasm_contract::json::{Begin, Document, Index, Lexer};

/// The schemas that are known.
#[derive(Debug, Default)]
pub struct Schemas {
    crds: Crds,
}

/// What to do about children that do not match their schema.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    Hash,
    clap::ValueEnum,
    serde::Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum SchemaMode {
    /// Do not look.
    Off,
    /// Write a warning to the log, once for each content.
    #[default]
    Warn,
    /// Refuse the answer.
    Refuse,
}

impl Schemas {
    /// Those of Kubernetes, and of the CRDs in these files and folders.
    ///
    /// # Errors
    ///
    /// [`CrdsError`]: a path that cannot be read, or that has no CRD in it.
    pub fn with_crds(paths: &[PathBuf]) -> Result<Self, CrdsError> {
        Ok(Self {
            crds: Crds::read(paths)?,
        })
    }

    /// Those of Kubernetes, and of the CRDs in a YAML text. A text that is not valid YAML has none.
    pub fn with_text(text: &str) -> Self {
        Self {
            crds: Crds::parse(text),
        }
    }

    /// Where the kinds of the CRDs live.
    pub fn scopes(&self) -> &Scopes {
        self.crds.scopes()
    }

    /// A hash of the CRDs: equal ones check alike.
    pub fn digest(&self) -> [u8; 32] {
        self.crds.digest()
    }

    /// Lists what does not match in a child, a JSON object as text, at most `most` of it. Pointers begin at the
    /// child. A kind that is not known has no findings.
    pub fn check(&self, child: &str, most: usize) -> Findings {
        let mut findings = Findings::new(most);
        let Ok(document) = Document::parse(child) else {
            return findings;
        };
        let root = document.root();
        let text = |key| document.get(root, key).map(|value| document.text(value));
        let (Some(api_version), Some(kind)) = (text("apiVersion"), text("kind")) else {
            return findings;
        };
        if let Some(shape) = self.shape(&api_version, &kind) {
            check::check(&document, root, shape, &mut findings);
        }
        findings
    }

    fn shape(&self, api_version: &str, kind: &str) -> Option<&Shape> {
        kubernetes::shape(api_version, kind).or_else(|| self.crds.shape(api_version, kind))
    }
}

/// The children in a reviewed answer, each as its text. `key` is the one of their list.
pub fn children<'a>(answer: &'a str, key: &str) -> Vec<&'a str> {
    let mut children = Vec::new();
    // A reviewed answer is an object with each key once.
    walk(answer, key, &mut children);
    children
}

fn walk<'a>(answer: &'a str, wanted: &str, children: &mut Vec<&'a str>) -> Option<()> {
    let index = Index::new(answer);
    let mut lexer = Lexer::new(answer, &index);
    lexer.space();
    let mut more = lexer.begin().ok()? == Begin::Object && lexer.open(b'}').ok()?;
    while more {
        let key = lexer.key().ok()?;
        if answer.get(key.start..key.end)? == wanted && lexer.peek() == b'[' {
            let mut more = lexer.open(b']').ok()?;
            while more {
                let start = lexer.at();
                lexer.skip().ok()?;
                children.push(answer.get(start..lexer.at())?);
                more = lexer.more(b']').ok()?;
            }
        } else {
            lexer.skip().ok()?;
        }
        more = lexer.more(b'}').ok()?;
    }
    Some(())
}

/// `off`, `warn` or `refuse`.
impl fmt::Display for SchemaMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Off => "off",
            Self::Warn => "warn",
            Self::Refuse => "refuse",
        })
    }
}
