//! The plot: throughput with the usual body and 8 connections, a row for each contender.
//!
//! The axis is logarithmic, because the contenders are a factor of hundreds apart; for that reason there are points, not
//! bars, whose length would say something else. Texts are mid-grey on no background, so that they are readable on white
//! and on black.

use anyhow::Result;
use plotters::chart::{ChartBuilder, ChartContext};
use plotters::coord::Shift;
use plotters::coord::combinators::IntoLogRange;
use plotters::coord::types::RangedCoordf64;
use plotters::prelude::{
    Cartesian2d, Circle, DrawingArea, IntoDrawingArea, LogCoord, PathElement, SVGBackend, Text,
};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color as _, IntoFont as _, RGBColor, TextStyle};

use super::contender::Server;
use super::result::{EIGHT, Measured, Row};
use super::table::thousands;

type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;
type Chart<'a, 'b> = ChartContext<'a, SVGBackend<'b>, Cartesian2d<LogCoord<f64>, RangedCoordf64>>;

const WIDTH: u32 = 880;
const ROW: u32 = 30;
const LEGEND: u32 = 44;
/// Title and axis of a form.
const AROUND: u32 = 84;
/// Space for the names.
const NAMES: u32 = 264;
/// Sizes of texts.
const TEXT: u32 = 17;
const SMALL: u32 = 16;
const TITLE: u32 = 19;
/// Calls a second at both ends of the axis.
const LEAST: f64 = 30.0;
const MOST: f64 = 300_000.0;

const GREY: RGBColor = RGBColor(0x80, 0x80, 0x80);
const OURS: RGBColor = RGBColor(0x2f, 0x81, 0xf7);
const THEIRS: RGBColor = RGBColor(0xc7, 0x7d, 0x2e);

/// Draws both forms. Returns the SVG.
pub(super) fn draw(floors: &Measured, hooks: &Measured) -> Result<String> {
    let size = floors.usual().or(hooks.usual()).map_or(0, |body| body.size);
    let forms = [
        (
            "Floors: the Function plugin, and servers that only parse and answer",
            rows(floors),
        ),
        ("The same small hook, in plugins and in servers", rows(hooks)),
    ];
    let heights = forms.each_ref().map(|(_, rows)| rows.len() as u32 * ROW + AROUND);
    let mut svg = String::new();
    {
        let root = SVGBackend::with_string(&mut svg, (WIDTH, LEGEND + heights.iter().sum::<u32>()));
        let root = root.into_drawing_area();
        let (top, mut rest) = root.split_vertically(LEGEND);
        legend(&top, size)?;
        for ((title, rows), height) in forms.iter().zip(heights) {
            let (area, below) = rest.split_vertically(height);
            form(&area, title, rows)?;
            rest = below;
        }
        root.present()?;
    }
    Ok(svg)
}

fn rows(measured: &Measured) -> &[Row] {
    measured.usual().map_or(&[], |body| &body.rows)
}

fn style(size: u32, color: RGBColor, horizontal: HPos) -> TextStyle<'static> {
    ("sans-serif", size)
        .into_font()
        .color(&color)
        .pos(Pos::new(horizontal, VPos::Center))
}

/// Says what is drawn, and with which signs.
fn legend(area: &Area<'_>, size: usize) -> Result<()> {
    let y = LEGEND as i32 / 2;
    let write = |x, text: &str, color| {
        let text = Text::new(text.to_owned(), (x, y), style(TEXT, color, HPos::Left));
        area.draw(&text)
    };
    let axis = format!("calls/s, 8 connections, {:.0} KB, log scale:", size as f64 / 1e3);
    write(14, &axis, GREY)?;
    for (x, name, is_filled) in [(350, "new requests", true), (500, "repeated requests", false)] {
        area.draw(&point((x, y), GREY, is_filled))?;
        write(x + 12, name, GREY)?;
    }
    write(690, "metawasm", OURS)?;
    write(795, "servers", THEIRS)?;
    Ok(())
}

fn point<C>(at: C, color: RGBColor, is_filled: bool) -> Circle<C, i32> {
    let style = if is_filled {
        color.filled()
    } else {
        color.stroke_width(2)
    };
    Circle::new(at, 5, style)
}

fn form(area: &Area<'_>, title: &str, rows: &[Row]) -> Result<()> {
    area.draw(&Text::new(title, (14, 18), style(TITLE, GREY, HPos::Left)))?;
    let mut chart = ChartBuilder::on(area)
        .margin_top(36)
        .margin_right(30)
        .margin_left(NAMES)
        .x_label_area_size(38)
        .build_cartesian_2d((LEAST..MOST).log_scale(), -0.6..rows.len() as f64 - 0.4)?;
    chart
        .configure_mesh()
        .disable_y_mesh()
        .disable_y_axis()
        .x_labels(8)
        .x_label_formatter(&|value| thousands(*value))
        .label_style(style(SMALL, GREY, HPos::Left))
        .axis_style(GREY)
        .bold_line_style(GREY.mix(0.35))
        .light_line_style(GREY.mix(0.0))
        .draw()?;
    for (number, row) in rows.iter().rev().enumerate() {
        contender(area, &mut chart, row, number as f64)?;
    }
    Ok(())
}

/// A row: the name, a point for new requests and one for repeated requests.
fn contender(area: &Area<'_>, chart: &mut Chart<'_, '_>, row: &Row, y: f64) -> Result<()> {
    let color = match row.contender.server {
        Server::Host(_) => OURS,
        // Nobody writes these in place of a plugin: they are the ends of the scale.
        Server::Baseline(_) => GREY,
        _ => THEIRS,
    };
    let (new, repeated) = (row.new.rate(EIGHT), row.repeated.rate(EIGHT));
    let on_axis = |value: f64| (value.clamp(LEAST, MOST), y);
    let line = vec![on_axis(new), on_axis(repeated)];
    chart.draw_series([PathElement::new(line, color.mix(0.5).stroke_width(2))])?;
    chart.draw_series([
        point(on_axis(new), color, true),
        point(on_axis(repeated), color, false),
    ])?;
    // A number is on the side of its point where the other point is not.
    let place = |value| chart.backend_coord(&on_axis(value));
    let (origin_x, origin_y) = area.get_base_pixel();
    let numbers = [
        (new.min(repeated), -10, HPos::Right),
        (new.max(repeated), 10, HPos::Left),
    ];
    for (value, shift, horizontal) in numbers {
        let (x, y) = place(value);
        let at = (x + shift - origin_x, y - origin_y);
        area.draw(&Text::new(thousands(value), at, style(SMALL, GREY, horizontal)))?;
    }
    let (_, y) = place(LEAST);
    let name = style(TEXT, color, HPos::Right);
    area.draw(&Text::new(
        row.contender.name,
        (NAMES as i32 - 12, y - origin_y),
        name,
    ))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::contender::Form;
    use super::super::result::tests::{sample, side};
    use super::*;

    /// The centres of all circles, from left to right.
    fn points(svg: &str) -> Vec<i32> {
        let circles = svg.lines().filter_map(|line| line.strip_prefix("<circle cx=\""));
        let mut points: Vec<i32> = circles
            .map(|rest| rest.split('"').next().unwrap().parse().unwrap())
            .collect();
        points.sort_unstable();
        points
    }

    #[test]
    fn a_row_has_two_points_and_their_numbers() {
        let (floors, hooks) = (sample(Form::Floor), sample(Form::Hook));
        let svg = draw(&floors, &hooks).unwrap();
        let rows = rows(&floors).len() + rows(&hooks).len();
        // Two more are in the legend.
        assert_eq!(points(&svg).len(), 2 * rows + 2);
        // At 8 connections the sample has three times the rate of 1 connection.
        for number in ["\n300\n", "\n3,000\n", "\n2,700\n", "\n27,000\n", "21 KB"] {
            assert!(svg.contains(number), "{number}: {svg}");
        }
    }

    #[test]
    fn a_value_beside_the_axis_keeps_its_number() {
        let mut hooks = sample(Form::Hook);
        hooks.bodies[1].rows.truncate(1);
        hooks.bodies[1].rows[0].repeated = side(123_456);
        let svg = draw(&Measured::default(), &hooks).unwrap();
        assert!(svg.contains("\n370,368\n"), "{svg}");
        assert!(
            points(&svg).iter().all(|x| (0..WIDTH as i32).contains(x)),
            "{svg}"
        );
    }

    #[test]
    fn nothing_measured_is_a_plot_without_rows() {
        let svg = draw(&Measured::default(), &Measured::default()).unwrap();
        assert_eq!(points(&svg).len(), 2);
        assert!(svg.trim_end().ends_with("</svg>"));
    }
}
