//! The documentation: its pages, their prose and their links.

use std::fs;
use std::path::{Component, Path, PathBuf};

use metawasm_tests::root;

/// Directories without documentation of this project.
const SKIPPED: &[&str] = &["target", "node_modules", ".git", "corpus", "golden"];
/// The style guide quotes what it forbids. The contributor pages state project policy, in which "we" is allowed.
const QUOTES: &[&str] = &["docs/style.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md"];
/// Other files that people read.
const OTHERS: &[&str] = &[
    "metacontroller/chart/templates/NOTES.txt",
    "metacontroller/chart/values.yaml",
    "metacontroller/components/alerts/alerts.yaml",
    "metacontroller/components/dashboard/metawasm.json",
    "wit/hook.wit",
];

/// Returns all pages, relative to the workspace.
pub(crate) fn files() -> Vec<String> {
    let mut found: Vec<String> = OTHERS.iter().map(|file| (*file).to_owned()).collect();
    walk(&root(), &mut found);
    found.sort();
    found
}

fn walk(folder: &Path, found: &mut Vec<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        if SKIPPED.contains(&name) {
            continue;
        }
        let file = path.strip_prefix(root()).unwrap().to_str().unwrap();
        if path.is_dir() {
            walk(&path, found);
        } else if name.ends_with(".md") {
            found.push(file.to_owned());
        }
    }
}

/// Returns the lines of a text with their numbers, without code blocks and quoted code.
pub(crate) fn prose(text: &str) -> Vec<(usize, String)> {
    let mut inside = false;
    let mut found = Vec::new();
    for (index, line) in text.lines().enumerate() {
        if line.trim_start().starts_with("```") {
            inside = !inside;
        } else if !inside {
            let outside = line.split('`').step_by(2);
            found.push((index + 1, outside.collect::<Vec<_>>().join("`")));
        }
    }
    found
}

/// Returns whether a page may contain phrases that the style guide forbids.
pub(crate) fn may_quote(file: &str) -> bool {
    QUOTES.contains(&file)
}

/// Returns the targets of all Markdown links, except those to other sites.
pub(crate) fn links(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (_, line) in prose(text) {
        for rest in line.split("](").skip(1) {
            let target = rest.split(')').next().unwrap_or_default();
            if !target.contains("://") {
                found.push(target.to_owned());
            }
        }
    }
    found
}

/// Checks a link of a page.
///
/// # Errors
///
/// If the file or the heading does not exist.
pub(crate) fn resolve(page: &str, link: &str) -> Result<(), String> {
    let (path, anchor) = link.split_once('#').unwrap_or((link, ""));
    let target = if path.is_empty() {
        PathBuf::from(page)
    } else {
        let folder = Path::new(page).parent().unwrap_or(Path::new(""));
        normal(&folder.join(path))
    };
    let full = root().join(&target);
    if !full.exists() {
        return Err(format!("{} does not exist", target.display()));
    }
    if anchor.is_empty() {
        return Ok(());
    }
    let text = fs::read_to_string(&full).map_err(|error| error.to_string())?;
    let mut fenced = false;
    let headings = text.lines().filter(move |line| {
        fenced ^= line.trim_start().starts_with("```");
        !fenced && line.starts_with('#')
    });
    match headings.map(slug).any(|slug| slug == anchor) {
        true => Ok(()),
        false => Err(format!("{} has no heading #{anchor}", target.display())),
    }
}

/// Removes `..` from a path.
fn normal(path: &Path) -> PathBuf {
    let mut parts = Vec::new();
    for part in path.components() {
        match part {
            Component::ParentDir => drop(parts.pop()),
            Component::CurDir => {}
            part => parts.push(part),
        }
    }
    parts.into_iter().collect()
}

/// Returns the anchor of a heading, like GitHub.
fn slug(heading: &str) -> String {
    let text = heading.trim_start_matches('#').trim().to_lowercase();
    text.chars()
        .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'))
        .map(|c| if c == ' ' { '-' } else { c })
        .collect()
}

/// Returns the quoted lines of the log table of `docs/operations.md`.
pub(crate) fn log_lines(page: &str) -> Vec<String> {
    let (_, table) = page
        .split_once("| line | level | meaning | what to do |\n")
        .unwrap();
    let rows = table.lines().take_while(|line| line.starts_with('|')).skip(1);
    let cells = rows.filter_map(|row| row.split(" | ").next());
    let quoted = cells.flat_map(|cell| cell.split('`').skip(1).step_by(2));
    quoted
        .filter(|line| line.contains(' ') && !line.starts_with('/'))
        .map(str::to_owned)
        .collect()
}

#[test]
fn anchors_are_those_of_github() {
    assert_eq!(slug("## KEDA's HTTP add-on"), "kedas-http-add-on");
    assert_eq!(slug("### `--set`"), "--set");
    assert_eq!(slug("## 5. Install metawasm"), "5-install-metawasm");
}
