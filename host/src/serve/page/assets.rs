//! The files of the page, as they are: every build of the host has them, without a build step.

use axum::body::Body;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::guard::secured;

const SCRIPT: &str = "text/javascript; charset=utf-8";
const STYLE: &str = "text/css; charset=utf-8";

/// The page.
const PAGE: &str = include_str!("assets/index.html");

/// A file: its name, its type and its content.
type File = (&'static str, &'static str, &'static str);

macro_rules! files {
    ($($name:literal $kind:ident,)*) => {
        &[$(($name, $kind, include_str!(concat!("assets/", $name)))),*]
    };
}

const FILES: &[File] = files! {
    "main.js" SCRIPT,
    "stream.js" SCRIPT,
    "dom.js" SCRIPT,
    "format.js" SCRIPT,
    "series.js" SCRIPT,
    "plot.js" SCRIPT,
    "host.js" SCRIPT,
    "plugins.js" SCRIPT,
    "hooks.js" SCRIPT,
    "incidents.js" SCRIPT,
    "base.css" STYLE,
    "parts.css" STYLE,
};

/// Returns the page.
pub(super) fn page() -> Response {
    answer("text/html; charset=utf-8", PAGE)
}

/// Returns a file of the page.
pub(super) fn file(name: &str) -> Option<Response> {
    let (_, kind, content) = FILES.iter().find(|(known, ..)| *known == name)?;
    Some(answer(kind, content))
}

fn answer(kind: &'static str, content: &'static str) -> Response {
    let headers = [(header::CONTENT_TYPE, kind)];
    secured((StatusCode::OK, headers, Body::from(content)).into_response())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::*;

    #[test]
    fn every_file_is_served_and_named_by_the_page_or_a_script() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/serve/page/assets");
        let there = std::fs::read_dir(folder).unwrap();
        let there: BTreeSet<String> = there
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            // The types are for those who check the scripts.
            .filter(|name| name != "index.html" && name != "types.d.ts")
            .collect();
        let served: BTreeSet<String> = FILES.iter().map(|(name, ..)| (*name).to_owned()).collect();
        assert_eq!(there, served);
        for name in &served {
            let quoted = [format!("\"page/{name}\""), format!("\"./{name}\"")];
            let mut all = FILES.iter().map(|(.., content)| *content).chain([PAGE]);
            assert!(
                all.any(|content| quoted.iter().any(|quoted| content.contains(quoted))),
                "{name}"
            );
        }
    }

    /// The policy allows no script and no style within the page, and texts are never HTML.
    #[test]
    fn nothing_is_inline_and_nothing_is_from_elsewhere() {
        for (name, _, content) in FILES.iter().copied().chain([("index.html", "", PAGE)]) {
            for forbidden in [
                "innerHTML",
                "outerHTML",
                "insertAdjacentHTML",
                "document.write",
                "eval(",
                "style=",
                "onclick=",
                "https://",
                "url(",
            ] {
                assert!(!content.contains(forbidden), "{name}: {forbidden}");
            }
            assert!(!name.ends_with(".css") || !content.contains("@import"), "{name}");
        }
    }
}
