//! The tables, as Markdown.

use std::fmt::Write as _;

use super::result::{CONNECTIONS, Footprint, Measured, Row, Side};

/// Speed with one kind of requests, all bodies.
pub(super) fn speed(measured: &Measured, side: fn(&Row) -> &Side) -> String {
    let mut table = String::from(
        "| KB | server | calls/s | p50, ms | p99, ms | CPU of 1,000 calls, s |\n|---|---|---|---|---|---|\n",
    );
    for body in &measured.bodies {
        for (number, row) in body.rows.iter().enumerate() {
            // The size stands where its rows begin.
            let size = if number == 0 {
                format!("**{:.1}**", body.size as f64 / 1e3)
            } else {
                String::new()
            };
            let side = side(row);
            let milliseconds = |microseconds: f64| digits(microseconds / 1e3);
            // Writing to a string never fails.
            writeln!(
                table,
                "| {size} | {} | {} | {} | {} | {} |",
                row.contender.name,
                each(|place| thousands(side.rate(place))),
                each(|place| milliseconds(side.p50(place))),
                each(|place| milliseconds(side.p99(place))),
                digits(side.cost()),
            )
            .ok();
        }
    }
    table
}

/// A sentence for each contender whose calls failed.
pub(super) fn failures(measured: &Measured) -> String {
    let mut text = String::new();
    for body in &measured.bodies {
        for row in &body.rows {
            for (requests, side) in [("new", &row.new), ("repeated", &row.repeated)] {
                for (status, count) in side.failed() {
                    // Writing to a string never fails.
                    writeln!(
                        text,
                        "{}: {count} {requests} requests of {:.1} KB failed with status {status}.",
                        row.contender.name,
                        body.size as f64 / 1e3
                    )
                    .ok();
                }
            }
        }
    }
    text
}

/// Memory, start and size.
pub(super) fn footprint(footprints: &[Footprint]) -> String {
    let mut table = String::from(
        "| server | resident memory, MB | start to first answer, ms | size to ship, MB |\n|---|---|---|---|\n",
    );
    for Footprint {
        contender,
        memory,
        start,
        ship,
    } in footprints
    {
        let ship = ship.map_or_else(|| "–".to_owned(), |bytes| format!("{:.1}", bytes as f64 / 1e6));
        let start = digits(start.as_secs_f64() * 1e3);
        writeln!(table, "| {} | {memory:.1} | {start} | {ship} |", contender.name).ok();
    }
    table
}

/// The values for all numbers of connections.
fn each(value: impl Fn(usize) -> String) -> String {
    let values: Vec<String> = (0..CONNECTIONS.len()).map(value).collect();
    values.join(" · ")
}

/// A number with so many digits that differences are seen.
fn digits(value: f64) -> String {
    match value {
        // Not one call was answered in most turns.
        value if value.is_nan() => "–".to_owned(),
        value if value >= 100.0 => format!("{value:.0}"),
        value if value >= 10.0 => format!("{value:.1}"),
        value => format!("{value:.2}"),
    }
}

/// An integer in groups of three digits.
pub(super) fn thousands(value: f64) -> String {
    if value.is_nan() {
        return "–".to_owned();
    }
    let text = format!("{value:.0}");
    let mut grouped = String::new();
    for (at, digit) in text.chars().enumerate() {
        if at > 0 && (text.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::super::contender::Form;
    use super::super::result::tests::{failed, sample};
    use super::*;

    #[test]
    fn a_row_has_all_connections() {
        let table = speed(&sample(Form::Floor), |row| &row.new);
        let rows: Vec<_> = table.lines().skip(2).collect();
        assert_eq!(rows.len(), 24);
        assert_eq!(
            rows[0],
            "| **2.2** | metawasm, Function plugin | 100 · 200 · 300 | 0.05 · 0.10 · 0.15 | 0.10 · 0.20 · 0.30 | 0.50 |"
        );
        assert!(rows[1].starts_with("|  | native core (axum) | 200 · 400 · 600 |"));
        assert!(rows[8].starts_with("| **20.8** | metawasm"));
        let repeated = speed(&sample(Form::Floor), |row| &row.repeated);
        assert!(repeated.contains("| 1,000 · 2,000 · 3,000 |"));
    }

    #[test]
    fn failed_calls_are_said() {
        let mut sample = sample(Form::Hook);
        assert_eq!(failures(&sample), "");
        let row = &mut sample.bodies[2].rows[1];
        row.new = Side::default();
        row.new.add(0, &failed(504, 7), 0.0);
        assert_eq!(
            failures(&sample),
            "metawasm, hook in Go: 7 new requests of 209.3 KB failed with status 504.\n"
        );
        let table = speed(&sample, |row| &row.new);
        assert!(
            table.contains("| metawasm, hook in Go | 0 · – · – | – · – · – | – · – · – | – |"),
            "{table}"
        );
    }

    #[test]
    fn what_is_not_shipped_has_no_size() {
        let table = footprint(&sample(Form::Floor).footprints);
        assert!(table.contains("| metawasm, Function plugin | 12.3 | 5.68 | 53.3 |"));
        assert!(table.contains("| empty handler (axum) | 12.3 | 5.68 | – |"));
    }

    #[test]
    fn numbers_are_short() {
        let all = [0.0, 1.0, 999.0, 1_000.0, 28_541.6, 1_234_567.0].map(thousands);
        assert_eq!(all, ["0", "1", "999", "1,000", "28,542", "1,234,567"]);
        assert_eq!([0.123, 12.34, 345.6].map(digits), ["0.12", "12.3", "346"]);
    }
}
