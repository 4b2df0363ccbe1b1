//! What was measured.

use std::collections::BTreeMap;
use std::time::Duration;

use super::contender::{Contender, Server};
use crate::load::{Load, median};

/// Connections at the same time.
pub(super) const CONNECTIONS: [usize; 3] = [1, 2, 8];

/// The place of the smallest and the largest number of connections in [`CONNECTIONS`].
pub(super) const ONE: usize = 0;
pub(super) const EIGHT: usize = 2;

/// Everything of one form.
#[derive(Debug, Default)]
pub(super) struct Measured {
    pub(super) bodies: Vec<Body>,
    pub(super) footprints: Vec<Footprint>,
}

/// All contenders with one body.
#[derive(Debug)]
pub(super) struct Body {
    /// Bytes.
    pub(super) size: usize,
    pub(super) rows: Vec<Row>,
}

/// One contender with one body.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) contender: Contender,
    pub(super) new: Side,
    pub(super) repeated: Side,
}

/// New or repeated requests.
#[derive(Debug, Default)]
pub(super) struct Side {
    /// By the place in [`CONNECTIONS`].
    cells: [Cell; CONNECTIONS.len()],
    calls: usize,
    seconds: f64,
    failed: BTreeMap<u16, u64>,
}

/// The turns with one number of connections.
#[derive(Debug, Default)]
struct Cell {
    rates: Vec<f64>,
    p50: Vec<f64>,
    p99: Vec<f64>,
}

/// What a contender needs besides time.
#[derive(Debug)]
pub(super) struct Footprint {
    pub(super) contender: Contender,
    /// Resident MB after the load.
    pub(super) memory: f64,
    /// From the start of the process to its first answer.
    pub(super) start: Duration,
    /// Bytes.
    pub(super) ship: Option<u64>,
}

impl Side {
    /// Adds a turn, and the seconds of CPU that the server used in it.
    pub(super) fn add(&mut self, place: usize, load: &Load, seconds: f64) {
        self.calls += load.latencies.len();
        self.seconds += seconds;
        for (status, count) in &load.others {
            *self.failed.entry(*status).or_default() += count;
        }
        if let Some(cell) = self.cells.get_mut(place) {
            cell.rates.push(load.rate());
            cell.p50.push(load.quantile(0.5));
            cell.p99.push(load.quantile(0.99));
        }
    }

    /// Calls that were answered with another status than 200, by status. They count in no other value, but for the
    /// CPU that they have used.
    pub(super) fn failed(&self) -> impl Iterator<Item = (u16, u64)> {
        self.failed.iter().map(|(status, count)| (*status, *count))
    }

    /// Calls a second with so many connections.
    pub(super) fn rate(&self, place: usize) -> f64 {
        self.of(place, |cell| &cell.rates)
    }

    /// Median latency in microseconds.
    pub(super) fn p50(&self, place: usize) -> f64 {
        self.of(place, |cell| &cell.p50)
    }

    /// The 99th percentile of the latency in microseconds.
    pub(super) fn p99(&self, place: usize) -> f64 {
        self.of(place, |cell| &cell.p99)
    }

    fn of(&self, place: usize, values: impl Fn(&Cell) -> &Vec<f64>) -> f64 {
        self.cells
            .get(place)
            .map_or(f64::NAN, |cell| median(values(cell).clone()))
    }

    /// Seconds of CPU for 1,000 calls, over all turns.
    pub(super) fn cost(&self) -> f64 {
        if self.calls == 0 {
            return f64::NAN;
        }
        self.seconds / self.calls as f64 * 1e3
    }
}

impl Measured {
    /// The body that is like the usual ones: the one in the middle.
    pub(super) fn usual(&self) -> Option<&Body> {
        self.bodies.get(1)
    }
}

impl Body {
    /// The row of a contender, if it took part.
    pub(super) fn row(&self, server: Server) -> Option<&Row> {
        self.rows.iter().find(|row| row.contender.server == server)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::contender::Form;
    use super::*;

    /// A turn of so many calls a second.
    fn load(rate: usize) -> Load {
        Load {
            latencies: (1..=rate)
                .map(|call| Duration::from_micros(call as u64))
                .collect(),
            elapsed: Duration::from_secs(1),
            ..Load::default()
        }
    }

    /// The turns of so many calls a second at 1 connection, twice and three times as many at 2 and at 8.
    pub(in super::super) fn side(rate: usize) -> Side {
        let mut side = Side::default();
        for place in 0..CONNECTIONS.len() {
            side.add(place, &load(rate * (place + 1)), rate as f64 * 1e-3);
        }
        side
    }

    /// A turn without an expected answer.
    pub(in super::super) fn failed(status: u16, count: u64) -> Load {
        Load {
            others: [(status, count)].into(),
            elapsed: Duration::from_secs(1),
            ..Load::default()
        }
    }

    /// A form in which each contender has 100 calls a second more than the one before, and ten times as many repeated ones.
    pub(in super::super) fn sample(form: Form) -> Measured {
        let contenders = form.contenders();
        let row = |(number, contender): (usize, &Contender)| Row {
            contender: *contender,
            new: side(100 * (number + 1)),
            repeated: side(1_000 * (number + 1)),
        };
        let body = |size| Body {
            size,
            rows: contenders.iter().enumerate().map(row).collect(),
        };
        let footprint = |contender: &Contender| Footprint {
            contender: *contender,
            memory: 12.34,
            start: Duration::from_micros(5_678),
            ship: matches!(contender.server, Server::Host(_)).then_some(53_300_000),
        };
        Measured {
            bodies: [2_200, 20_815, 209_300].map(body).into(),
            footprints: contenders.iter().map(footprint).collect(),
        }
    }

    #[test]
    fn a_figure_is_the_median_of_the_turns() {
        let mut side = Side::default();
        for rate in [100, 900, 200] {
            side.add(ONE, &load(rate), 0.5);
        }
        assert!((side.rate(ONE) - 200.0).abs() < 1e-9, "{}", side.rate(ONE));
        assert!((side.p50(ONE) - 101.0).abs() < 1e-9, "{}", side.p50(ONE));
        assert!((side.p99(ONE) - 199.0).abs() < 1e-9, "{}", side.p99(ONE));
        assert!(side.rate(EIGHT).is_nan());
    }

    #[test]
    fn failed_calls_are_counted_by_status() {
        let mut side = side(100);
        side.add(EIGHT, &failed(504, 2), 0.0);
        side.add(ONE, &failed(504, 3), 0.0);
        side.add(ONE, &failed(500, 1), 0.0);
        assert_eq!(side.failed().collect::<Vec<_>>(), [(500, 1), (504, 5)]);
    }

    #[test]
    fn the_cost_is_that_of_all_turns() {
        let mut side = Side::default();
        side.add(ONE, &load(100), 0.5);
        side.add(EIGHT, &load(900), 1.5);
        assert!((side.cost() - 2.0).abs() < 1e-9, "{}", side.cost());
    }

    #[test]
    fn a_contender_is_found_by_its_server() {
        let sample = sample(Form::Floor);
        let body = sample.usual().unwrap();
        assert_eq!(body.size, 20_815);
        let row = body.row(super::super::contender::TYPED).unwrap();
        assert_eq!(row.contender.name, "Go, typed: floor");
        assert!(
            body.row(Server::Host(super::super::contender::Plugin::Go))
                .is_none()
        );
    }
}
