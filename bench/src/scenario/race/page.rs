//! What goes into the documentation.

use std::fmt::Write as _;

use anyhow::Result;
use metawasm_tests::machine;

use super::contender::{FUNCTION, TYPED};
use super::figures::PAIRS;
use super::result::{EIGHT, Measured, Side};
use super::{plot, table, versions};
use crate::figure::Figure;
use crate::report::{self, Section};

/// The tables and the plot.
pub(super) struct Page {
    tables: String,
    ratios: String,
    plot: String,
    summary: String,
}

impl Page {
    pub(super) fn new(floors: &Measured, hooks: &Measured, figures: &[Figure]) -> Result<Self> {
        Ok(Self {
            tables: tables(floors, hooks),
            ratios: ratios(figures),
            plot: plot::draw(floors, hooks)?,
            summary: summary(floors, hooks),
        })
    }

    pub(super) fn tables(&self) -> &str {
        &self.tables
    }

    /// What is written, and where.
    pub(super) fn sections(&self) -> Vec<Section> {
        let picture = |path: &str| {
            format!("![Calls per second of metawasm and of servers in Go, Node and Python]({path})\n\n")
        };
        let Self {
            tables,
            ratios,
            plot,
            summary,
        } = self;
        vec![
            Section::region(
                "docs/performance.md",
                "race",
                format!("{}{tables}{ratios}", picture("race.svg")),
            ),
            Section::region(
                "README.md",
                "race",
                format!("{}{summary}\n", picture("docs/race.svg")),
            ),
            Section::file("docs/race.svg", plot.clone()),
        ]
    }
}

fn tables(floors: &Measured, hooks: &Measured) -> String {
    let mut text = String::from("Cells with three numbers are for 1 · 2 · 8 connections.\n");
    for (title, measured) in [("Floors", floors), ("Hooks", hooks)] {
        let new = table::speed(measured, |row| &row.new);
        let repeated = table::speed(measured, |row| &row.repeated);
        // Writing to a string never fails.
        write!(
            text,
            "\n### {title}\n\nNew requests:\n\n{new}\nRepeated requests:\n\n{repeated}\nMemory, start and size:\n\n{}",
            table::footprint(&measured.footprints)
        )
        .ok();
        let failures = table::failures(measured);
        if !failures.is_empty() {
            write!(text, "\n{failures}").ok();
        }
    }
    text
}

/// The ratios, the machine and the versions.
fn ratios(figures: &[Figure]) -> String {
    format!(
        "\n### Ratios\n\n{}\n{}; {}.\n",
        report::table(figures),
        machine::name(),
        versions::all()
    )
}

/// The sentences below the plot: where it wins and where it loses.
fn summary(floors: &Measured, hooks: &Measured) -> String {
    let mut text =
        String::from("The plot shows calls per second, with server and client on the same machine.");
    let floor = floors
        .usual()
        .and_then(|body| Some((body.row(FUNCTION)?, body.row(TYPED)?)));
    if let Some((ours, theirs)) = floor {
        let ratio = |ours: &Side, theirs: &Side| format!("{:.1} ×", ours.rate(EIGHT) / theirs.rate(EIGHT));
        // Writing to a string never fails.
        write!(
            text,
            " For new requests, the Function plugin has {} the throughput of a Go server that only parses and answers; \
             for repeated requests, {}.",
            ratio(&ours.new, &theirs.new),
            ratio(&ours.repeated, &theirs.repeated),
        )
        .ok();
    }
    let pairs: Vec<String> = hooks.usual().map_or_else(Vec::new, |body| {
        let pair = |(name, ours, theirs): (&str, _, _)| {
            let ratio = body.row(ours)?.new.rate(EIGHT) / body.row(theirs)?.new.rate(EIGHT);
            Some(format!("{name} {ratio:.2} ×"))
        };
        PAIRS.into_iter().filter_map(pair).collect()
    });
    if !pairs.is_empty() {
        write!(
            text,
            " Throughput of the same hook, plugin ÷ server, for new requests: {}.",
            pairs.join("; ")
        )
        .ok();
    }
    text.push_str(" All figures and the reasons for the losses: [Race](docs/performance.md#race).");
    text
}

#[cfg(test)]
mod tests {
    use super::super::contender::Form;
    use super::super::figures::figures;
    use super::super::result::tests::sample;
    use super::*;

    fn page() -> Page {
        let (floors, hooks) = (sample(Form::Floor), sample(Form::Hook));
        Page::new(&floors, &hooks, &figures(&floors, &hooks)).unwrap()
    }

    #[test]
    fn the_summary_says_what_is_slower() {
        let summary = page().summary;
        assert!(
            summary.contains("the Function plugin has 0.3 × the throughput"),
            "{summary}"
        );
        assert!(summary.contains("JavaScript ÷ Node 0.83 ×"), "{summary}");
    }

    #[test]
    fn every_contender_is_in_the_tables_and_in_the_plot() {
        let page = page();
        for form in [Form::Floor, Form::Hook] {
            for contender in form.contenders() {
                assert!(page.tables.contains(&format!("| {} |", contender.name)));
                assert!(page.plot.contains(contender.name), "{}", page.plot);
            }
        }
    }

    #[test]
    fn a_form_without_contenders_has_no_sentence() {
        let nothing = Measured::default();
        let page = Page::new(&nothing, &nothing, &[]).unwrap();
        assert!(!page.summary.contains('×'), "{}", page.summary);
    }
}
