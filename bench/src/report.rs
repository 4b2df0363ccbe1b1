//! The table of figures, and what is written into the documentation.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};
use metawasm_tests::machine;

use crate::figure::Figure;

/// A part of the documentation that a scenario writes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Section {
    /// From the root of the repository.
    path: &'static str,
    /// The name in the markers of a region; a whole file has none.
    region: Option<&'static str>,
    text: String,
}

impl Section {
    /// Text between two markers of a Markdown file.
    pub(crate) fn region(path: &'static str, name: &'static str, text: String) -> Self {
        let region = Some(name);
        Self { path, region, text }
    }

    /// A whole file.
    pub(crate) fn file(path: &'static str, text: String) -> Self {
        let region = None;
        Self { path, region, text }
    }

    /// Writes it below a directory.
    pub(crate) fn write(&self, root: &Path) -> Result<()> {
        let path = root.join(self.path);
        let text = match self.region {
            None => self.text.clone(),
            Some(name) => {
                let text =
                    fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
                replace(&text, name, &self.text).with_context(|| self.path)?
            }
        };
        fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))
    }
}

/// The table of all scenarios without a section of their own.
pub(crate) fn figures(figures: &[Figure]) -> Section {
    let text = format!("{}\n{}.\n", table(figures), machine::name());
    Section::region("docs/performance.md", "figures", text)
}

/// Puts a text between the markers of a region.
fn replace(page: &str, name: &str, text: &str) -> Result<String> {
    let begin = format!("<!-- {name}: written by ");
    let end = format!("<!-- end of {name} -->");
    let (before, rest) = page
        .split_once(&begin)
        .with_context(|| format!("the marker `{begin}` is missing"))?;
    let (command, rest) = rest
        .split_once(" -->\n")
        .with_context(|| format!("the marker `{begin}` has no end"))?;
    let (_, after) = rest
        .split_once(&end)
        .with_context(|| format!("the marker `{end}` is missing"))?;
    Ok(format!("{before}{begin}{command} -->\n\n{text}\n{end}{after}"))
}

/// The figures as Markdown, which a terminal shows as well.
pub(crate) fn table(figures: &[Figure]) -> String {
    let mut table = String::from("| figure | measured | target | result | note |\n|---|---|---|---|---|\n");
    for figure in figures {
        let reached = match figure.reached() {
            Some(true) => "reached",
            Some(false) => "**falls short**",
            None => "",
        };
        let Figure { name, bar, note, .. } = figure;
        // Writing to a string never fails.
        writeln!(
            table,
            "| {name} | {} | {bar} | {reached} | {note} |",
            figure.shown()
        )
        .ok();
    }
    table
}

#[cfg(test)]
mod tests {
    use metawasm_tests::process::Folder;
    use metawasm_tests::root;

    use super::*;
    use crate::figure::Bar;

    const PAGE: &str = "# Page

<!-- figures: written by `one --write` -->

old

<!-- end of figures -->

Between.

<!-- race: written by `two --write` -->

old too

<!-- end of race -->

After.
";

    #[test]
    fn a_region_is_replaced_and_the_others_stay() {
        let once = replace(PAGE, "race", "new\n").unwrap();
        assert_eq!(once, PAGE.replace("old too", "new"));
        assert_eq!(replace(&once, "race", "new\n").unwrap(), once);
        let other = replace(PAGE, "figures", "new\n").unwrap();
        assert!(other.contains("old too") && !other.contains("old\n"));
    }

    #[test]
    fn a_page_without_the_region_is_an_error() {
        let error = replace(PAGE, "absent", "").unwrap_err().to_string();
        assert_eq!(error, "the marker `<!-- absent: written by ` is missing");
        let cut = PAGE.replace("<!-- end of race -->", "");
        let error = replace(&cut, "race", "").unwrap_err().to_string();
        assert_eq!(error, "the marker `<!-- end of race -->` is missing");
    }

    #[test]
    fn sections_are_written_below_a_directory() {
        let folder = Folder::new("report");
        folder.write("page.md", PAGE);
        Section::region("page.md", "race", "new\n".to_owned())
            .write(folder.path())
            .unwrap();
        Section::file("plot.svg", "<svg/>".to_owned())
            .write(folder.path())
            .unwrap();
        let read = |name| fs::read_to_string(folder.path().join(name)).unwrap();
        assert!(read("page.md").contains("\n\nnew\n\n"));
        assert_eq!(read("plot.svg"), "<svg/>");
    }

    #[test]
    fn the_documentation_has_all_regions() {
        for (path, names) in [
            ("docs/performance.md", &["figures", "race"][..]),
            ("README.md", &["race"][..]),
        ] {
            let page = fs::read_to_string(root().join(path)).unwrap();
            for name in names {
                replace(&page, name, "").unwrap_or_else(|error| panic!("{path}: {error}"));
            }
        }
    }

    #[test]
    fn a_missed_target_is_marked() {
        let figure = Figure::new("one", 1.5, "×", Bar::AtMost(1.4)).note("2 and 3");
        let table = table(&[figure]);
        assert!(table.ends_with("| one | 1.50 × | ≤ 1.4 | **falls short** | 2 and 3 |\n"));
    }
}
