//! The templates of new plugins. A language is a directory in `host/templates` and a line in [`LANGUAGES`].

/// A language in which plugins are written.
pub(super) struct Language {
    /// The value of `--lang`.
    pub(super) name: &'static str,
    /// Paths and contents, with placeholders.
    pub(super) files: &'static [(&'static str, &'static str)],
    pub(super) plugin: Plugin,
}

/// What the plugin of a project is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Plugin {
    /// A component that `metawasm build` makes: NAME.wasm.
    Component,
    /// A component that `metawasm build` makes with a package of the language: NAME.wasm.
    Packages,
    /// A script that `metawasm build` makes of the project and its packages: NAME.js.
    Bundle,
    /// The directory itself, which needs no build.
    Script,
}

/// All languages; the first one is the default.
pub(super) const LANGUAGES: &[Language] = &[
    Language {
        name: "rust",
        files: RUST,
        plugin: Plugin::Component,
    },
    Language {
        name: "js",
        files: JS,
        plugin: Plugin::Script,
    },
    Language {
        name: "ts",
        files: TS,
        plugin: Plugin::Bundle,
    },
    Language {
        name: "c",
        files: C,
        plugin: Plugin::Component,
    },
    Language {
        name: "jsonnet",
        files: JSONNET,
        plugin: Plugin::Script,
    },
    Language {
        name: "go",
        files: GO,
        plugin: Plugin::Component,
    },
    Language {
        name: "python",
        files: PYTHON,
        plugin: Plugin::Packages,
    },
];

/// The interface, which components need.
pub(super) const WIT: (&str, &str) = ("wit/hook.wit", include_str!("../../../../wit/hook.wit"));

macro_rules! sdk {
    ($path:literal) => {
        include_str!(concat!("../../../../sdk/", $path))
    };
}

macro_rules! template {
    ($path:literal) => {
        include_str!(concat!("../../../templates/", $path))
    };
}

const RUST: &[(&str, &str)] = &[
    (".gitignore", template!("rust/gitignore")),
    ("Cargo.toml", template!("rust/Cargo.toml.in")),
    ("README.md", template!("rust/README.md")),
    ("crd.yaml", template!("rust/crd.yaml")),
    ("example.yaml", template!("rust/example.yaml")),
    // No registry has the crate: a project contains it, in the version of the host that made the project.
    ("metawasm-plugin/Cargo.toml", sdk!("rust/Cargo.toml")),
    ("metawasm-plugin/src/alloc.rs", sdk!("rust/src/alloc.rs")),
    ("metawasm-plugin/src/answer.rs", sdk!("rust/src/answer.rs")),
    ("metawasm-plugin/src/export.rs", sdk!("rust/src/export.rs")),
    ("metawasm-plugin/src/failure.rs", sdk!("rust/src/failure.rs")),
    ("metawasm-plugin/src/lib.rs", sdk!("rust/src/lib.rs")),
    ("metawasm-plugin/src/log.rs", sdk!("rust/src/log.rs")),
    ("metawasm-plugin/src/object.rs", sdk!("rust/src/object.rs")),
    ("metawasm-plugin/src/request.rs", sdk!("rust/src/request.rs")),
    ("metawasm-plugin/src/testing.rs", sdk!("rust/src/testing.rs")),
    ("metawasm-plugin/src/wire.rs", sdk!("rust/src/wire.rs")),
    ("metawasm.yaml", template!("rust/metawasm.yaml")),
    ("src/lib.rs", template!("rust/src/lib.rs")),
    (
        "tests/hello/expected.yaml",
        template!("rust/tests/hello/expected.yaml"),
    ),
    (
        "tests/hello/parent.yaml",
        template!("rust/tests/hello/parent.yaml"),
    ),
];

const C: &[(&str, &str)] = &[
    (".gitignore", template!("rust/gitignore")),
    ("README.md", template!("c/README.md")),
    ("crd.yaml", template!("rust/crd.yaml")),
    ("example.yaml", template!("rust/example.yaml")),
    ("metawasm.h", sdk!("c/metawasm.h")),
    ("metawasm.yaml", template!("rust/metawasm.yaml")),
    ("plugin.c", template!("c/plugin.c")),
    (
        "tests/hello/expected.yaml",
        template!("rust/tests/hello/expected.yaml"),
    ),
    (
        "tests/hello/parent.yaml",
        template!("rust/tests/hello/parent.yaml"),
    ),
];

const JS: &[(&str, &str)] = &[
    ("README.md", template!("js/README.md")),
    ("crd.yaml", template!("rust/crd.yaml")),
    ("example.yaml", template!("rust/example.yaml")),
    ("index.js", template!("js/index.js")),
    (
        "metawasm.d.ts",
        include_str!("../../../../engines/js/metawasm.d.ts"),
    ),
    ("metawasm.yaml", template!("js/metawasm.yaml")),
    (
        "tests/hello/expected.yaml",
        template!("rust/tests/hello/expected.yaml"),
    ),
    (
        "tests/hello/parent.yaml",
        template!("rust/tests/hello/parent.yaml"),
    ),
];

const TS: &[(&str, &str)] = &[
    (".gitignore", template!("ts/gitignore")),
    ("README.md", template!("ts/README.md")),
    ("crd.yaml", template!("rust/crd.yaml")),
    ("example.yaml", template!("rust/example.yaml")),
    (
        "globals.d.ts",
        include_str!("../../../../engines/js/globals.d.ts"),
    ),
    ("index.ts", template!("ts/index.ts")),
    (
        "metawasm.d.ts",
        include_str!("../../../../engines/js/metawasm.d.ts"),
    ),
    ("metawasm.yaml", template!("ts/metawasm.yaml")),
    ("package.json", template!("ts/package.json")),
    (
        "tests/hello/expected.yaml",
        template!("rust/tests/hello/expected.yaml"),
    ),
    (
        "tests/hello/parent.yaml",
        template!("rust/tests/hello/parent.yaml"),
    ),
    ("tsconfig.json", template!("ts/tsconfig.json")),
];

const JSONNET: &[(&str, &str)] = &[
    ("README.md", template!("jsonnet/README.md")),
    ("crd.yaml", template!("rust/crd.yaml")),
    ("example.yaml", template!("rust/example.yaml")),
    ("index.jsonnet", template!("jsonnet/index.jsonnet")),
    ("metawasm.yaml", template!("jsonnet/metawasm.yaml")),
    (
        "tests/hello/expected.yaml",
        template!("rust/tests/hello/expected.yaml"),
    ),
    (
        "tests/hello/parent.yaml",
        template!("rust/tests/hello/parent.yaml"),
    ),
];

const PYTHON: &[(&str, &str)] = &[
    (".gitignore", template!("python/gitignore")),
    ("README.md", template!("python/README.md")),
    ("crd.yaml", template!("rust/crd.yaml")),
    ("example.yaml", template!("rust/example.yaml")),
    ("hook.py", template!("python/hook.py")),
    ("metawasm.py", sdk!("python/metawasm.py")),
    ("metawasm.yaml", template!("rust/metawasm.yaml")),
    ("requirements.txt", template!("python/requirements.txt")),
    ("test_hook.py", template!("python/test_hook.py")),
    (
        "tests/hello/expected.yaml",
        template!("rust/tests/hello/expected.yaml"),
    ),
    (
        "tests/hello/parent.yaml",
        template!("rust/tests/hello/parent.yaml"),
    ),
];

macro_rules! go_module {
    ($($file:literal),*) => {
        &[
            (".gitignore", template!("go/gitignore")),
            ("README.md", template!("go/README.md")),
            ("crd.yaml", template!("rust/crd.yaml")),
            ("example.yaml", template!("rust/example.yaml")),
            ("go.mod", template!("go/go.mod.in")),
            ("hook.go", template!("go/hook.go")),
            ("hook_test.go", template!("go/hook_test.go")),
            ("metawasm.yaml", template!("rust/metawasm.yaml")),
            ("tests/hello/expected.yaml", template!("rust/tests/hello/expected.yaml")),
            ("tests/hello/parent.yaml", template!("rust/tests/hello/parent.yaml")),
            $((concat!("metawasm/", $file), include_str!(concat!("../../../../sdk/go/", $file)))),*
        ]
    };
}

const GO: &[(&str, &str)] = go_module!(
    "abi_other.go",
    "abi_wasip1.go",
    "customize.go",
    "describe.go",
    "export_customize_wasip1.go",
    "export_finalize_wasip1.go",
    "export_sync_wasip1.go",
    "failure.go",
    "finalize.go",
    "go.mod",
    "log.go",
    "metawasm.go",
    "sync.go"
);

/// The names that replace the placeholders.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Names {
    /// `my-site`.
    name: String,
    /// `MySite`.
    kind: String,
    /// `mysite`.
    singular: String,
    /// `mysites`.
    resource: String,
    /// `example.com`.
    group: String,
}

impl Names {
    /// Returns the names for a valid plugin name that begins with a letter.
    pub(super) fn new(name: &str, group: &str) -> Self {
        let kind: String = name
            .split('-')
            .flat_map(|word| {
                let mut letters = word.chars();
                let first = letters.next().map(|first| first.to_ascii_uppercase());
                first.into_iter().chain(letters)
            })
            .collect();
        let singular = kind.to_ascii_lowercase();
        Self {
            name: name.to_owned(),
            resource: plural(&singular),
            singular,
            kind,
            group: group.to_owned(),
        }
    }

    /// Replaces the placeholders in a text.
    pub(super) fn fill(&self, text: &str) -> String {
        let Self {
            name,
            kind,
            singular,
            resource,
            group,
        } = self;
        text.replace("{{name}}", name)
            .replace("{{Kind}}", kind)
            .replace("{{singular}}", singular)
            .replace("{{resource}}", resource)
            .replace("{{group}}", group)
    }
}

/// The plural as Kubernetes derives it from a kind.
fn plural(singular: &str) -> String {
    let vowel = |c: char| "aeiou".contains(c);
    match singular.strip_suffix('y') {
        Some(stem) if !stem.ends_with(vowel) => format!("{stem}ies"),
        _ if singular.ends_with(['s', 'x']) || singular.ends_with("ch") || singular.ends_with("sh") => {
            format!("{singular}es")
        }
        _ => format!("{singular}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_from_the_name_of_the_plugin() {
        for (name, kind, resource) in [
            ("site", "Site", "sites"),
            ("my-site", "MySite", "mysites"),
            ("policy", "Policy", "policies"),
            ("gateway", "Gateway", "gateways"),
            ("web-class", "WebClass", "webclasses"),
        ] {
            let names = Names::new(name, "example.com");
            assert_eq!((&*names.kind, &*names.resource), (kind, resource));
        }
    }

    #[test]
    fn no_placeholder_is_left() {
        let names = Names::new("my-site", "example.com");
        for (path, text) in LANGUAGES.iter().flat_map(|language| language.files) {
            let text = names.fill(text);
            assert!(!text.contains("{{"), "{path}: {text}");
        }
    }
}
