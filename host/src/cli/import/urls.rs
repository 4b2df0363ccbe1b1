//! The new URLs of controllers, as a patch of their manifests. Only lines with URLs change, so that comments and order stay.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use metawasm_contract::Hook;

use super::plan::{Plan, Plugin};
use super::scan::{Found, field};

/// Unchanged lines around a change.
const CONTEXT: usize = 3;

/// Returns the patch, and what has to be changed by hand.
pub(super) fn patch(found: &Found, plan: &Plan, base: &str) -> (String, Vec<String>) {
    let mut patch = String::new();
    let mut by_hand = Vec::new();
    for (path, text) in &found.texts {
        let lines: Vec<&str> = text.split_inclusive('\n').collect();
        let mut changes: BTreeMap<usize, String> = BTreeMap::new();
        for plugin in &plan.plugins {
            let Some(manifest) = found
                .controllers
                .get(plugin.controller)
                .filter(|manifest| manifest.path == *path)
            else {
                continue;
            };
            let of_hooks = urls(&lines, manifest.document);
            for hook in plugin.hooks.keys() {
                let url = field(&manifest.object, &format!("/spec/hooks/{hook}/webhook/url"));
                let new = format!("{base}/{}/{hook}", plugin.name);
                match of_hooks
                    .get(*hook)
                    .and_then(|line| Some((*line, lines.get(*line)?)))
                {
                    Some((line, old)) if !url.is_empty() && old.contains(url) => {
                        changes.insert(line, old.replacen(url, &new, 1));
                    }
                    _ => by_hand.push(said(plugin, hook, &new, &path.display().to_string())),
                }
            }
        }
        changes.retain(|line, new| lines.get(*line).is_some_and(|old| old != new));
        if !changes.is_empty() {
            let path = path.display();
            let _ = write!(patch, "--- a/{path}\n+++ b/{path}\n{}", hunks(&lines, &changes));
        }
    }
    (patch, by_hand)
}

fn said(plugin: &Plugin, hook: &str, new: &str, path: &str) -> String {
    format!(
        "warning: {path}: set spec.hooks.{hook}.webhook of {} to `{{url: {new}}}` by hand",
        plugin.name
    )
}

/// The lines with the URLs of the hooks of a document.
fn urls(lines: &[&str], document: usize) -> BTreeMap<&'static str, usize> {
    let mut found = BTreeMap::new();
    let mut hook = None;
    let mut number = 0;
    let mut has_content = false;
    for (index, line) in lines.iter().enumerate() {
        if line.trim_end() == "---" || line.starts_with("--- ") {
            number += usize::from(has_content);
            has_content = false;
            hook = None;
            continue;
        }
        let text = line.trim();
        has_content |= !text.is_empty() && !text.starts_with('#');
        if number != document {
            continue;
        }
        let named = |of: &&Hook| {
            text.strip_prefix(of.as_str())
                .is_some_and(|rest| rest.starts_with(':'))
        };
        if let Some(named) = Hook::ALL.iter().find(named) {
            hook = Some(named.as_str());
        }
        if let Some(hook) = hook
            && (text.starts_with("url:")
                || text.contains("{url:")
                || text.contains("{ url:")
                || text.contains(" url:"))
        {
            found.entry(hook).or_insert(index);
        }
    }
    found
}

/// The hunks of a patch that replaces lines.
fn hunks(lines: &[&str], changes: &BTreeMap<usize, String>) -> String {
    let mut groups: Vec<(usize, usize)> = Vec::new();
    for line in changes.keys() {
        let (from, to) = (
            line.saturating_sub(CONTEXT),
            (line + CONTEXT + 1).min(lines.len()),
        );
        match groups.last_mut() {
            Some((_, end)) if *end >= from => *end = to,
            _ => groups.push((from, to)),
        }
    }
    let mut text = String::new();
    let put = |text: &mut String, sign: char, line: &str| {
        let _ = write!(text, "{sign}{}", line.trim_end_matches('\n'));
        text.push('\n');
        if !line.ends_with('\n') {
            text.push_str("\\ No newline at end of file\n");
        }
    };
    for (from, to) in groups {
        let _ = writeln!(text, "@@ -{0},{1} +{0},{1} @@", from + 1, to - from);
        for (index, line) in lines.iter().enumerate().take(to).skip(from) {
            match changes.get(&index) {
                Some(new) => {
                    put(&mut text, '-', line);
                    put(&mut text, '+', new);
                }
                None => put(&mut text, ' ', line),
            }
        }
    }
    text
}
