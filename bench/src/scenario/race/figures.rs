//! The ratios of the race, two of them with a target.

use super::contender::{EMPTY, FUNCTION, Plugin, Server, TYPED};
use super::result::{Body, CONNECTIONS, EIGHT, Measured, ONE, Side};
use crate::figure::{Bar, Figure};

/// A plugin and the server that is written in its place.
pub(super) const PAIRS: [(&str, Server, Server); 4] = [
    ("Rust ÷ Go, typed", Server::Host(Plugin::Rust), TYPED),
    ("Go ÷ Go, typed", Server::Host(Plugin::Go), TYPED),
    (
        "JavaScript ÷ Node",
        Server::Host(Plugin::JavaScript),
        Server::Node,
    ),
    ("Python ÷ Starlette", Server::Host(Plugin::Python), Server::Asgi),
];

/// Returns the figures of both forms, with the usual body.
pub(super) fn figures(floors: &Measured, hooks: &Measured) -> Vec<Figure> {
    let mut figures = Vec::new();
    if let Some(body) = floors.usual() {
        let rivals = [
            ("Go, typed: floor", TYPED, [Bar::AtLeast(2.0), Bar::AtLeast(2.6)]),
            ("Node: floor", Server::Node, [Bar::None; 2]),
            ("Starlette: floor", Server::Asgi, [Bar::None; 2]),
            ("native core", Server::Baseline("/function/sync"), [Bar::None; 2]),
        ];
        for (rival, server, [one, eight]) in rivals {
            for (place, bar) in [(ONE, one), (EIGHT, eight)] {
                let name = format!("the Function plugin ÷ {rival}");
                figures.extend(ratio(body, &name, (FUNCTION, server), place, Asked::New, bar));
            }
        }
        let name = "the Function plugin ÷ an empty handler";
        figures.extend(ratio(
            body,
            name,
            (FUNCTION, EMPTY),
            EIGHT,
            Asked::Repeated,
            Bar::None,
        ));
    }
    if let Some(body) = hooks.usual() {
        for (name, plugin, server) in PAIRS {
            let name = format!("the hook in {name}");
            for asked in [Asked::New, Asked::Repeated] {
                figures.extend(ratio(body, &name, (plugin, server), EIGHT, asked, Bar::None));
            }
        }
    }
    figures
}

#[derive(Clone, Copy)]
enum Asked {
    New,
    Repeated,
}

/// Nothing if one of them did not take part.
fn ratio(
    body: &Body,
    name: &str,
    (ours, theirs): (Server, Server),
    place: usize,
    asked: Asked,
    bar: Bar,
) -> Option<Figure> {
    let row = |server| body.row(server);
    let (ours, theirs) = (row(ours)?, row(theirs)?);
    let (requests, ours, theirs): (_, &Side, &Side) = match asked {
        Asked::New => ("new requests", &ours.new, &theirs.new),
        Asked::Repeated => ("repeated requests", &ours.repeated, &theirs.repeated),
    };
    let connections = match CONNECTIONS.get(place)? {
        1 => "1 connection".to_owned(),
        many => format!("{many} connections"),
    };
    let (ours, theirs) = (ours.rate(place), theirs.rate(place));
    let name = format!(
        "{requests}, {:.1} KB, {connections}: throughput of {name}",
        body.size as f64 / 1e3
    );
    Some(Figure::new(name, ours / theirs, "×", bar).note(format!("{ours:.0}/s and {theirs:.0}/s")))
}

#[cfg(test)]
mod tests {
    use super::super::contender::Form;
    use super::super::result::tests::sample;
    use super::*;

    #[test]
    fn the_floor_of_go_has_two_targets() {
        let figures = figures(&sample(Form::Floor), &Measured::default());
        let with_target: Vec<_> = figures
            .iter()
            .filter(|figure| figure.bar != Bar::None)
            .map(ToString::to_string)
            .collect();
        assert_eq!(
            with_target,
            [
                "new requests, 20.8 KB, 1 connection: throughput of the Function plugin ÷ Go, typed: floor: \
                 0.33 × (falls short of ≥ 2); 100/s and 300/s",
                "new requests, 20.8 KB, 8 connections: throughput of the Function plugin ÷ Go, typed: floor: \
                 0.33 × (falls short of ≥ 2.6); 300/s and 900/s",
            ]
        );
    }

    #[test]
    fn a_pair_without_its_server_has_no_figure() {
        let mut hooks = sample(Form::Hook);
        let all = figures(&Measured::default(), &hooks).len();
        assert_eq!(all, 2 * PAIRS.len());
        for body in &mut hooks.bodies {
            body.rows.retain(|row| row.contender.server != Server::Node);
        }
        assert_eq!(figures(&Measured::default(), &hooks).len(), all - 2);
    }
}
