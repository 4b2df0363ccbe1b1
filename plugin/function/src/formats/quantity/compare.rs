//! Which of two quantities is the greater, whatever their units.

use std::cmp::Ordering;

use super::stored::{split, unit, value};

/// Which of two quantities is the greater; none where one is no quantity, or has more digits
/// than fit 128 bits.
pub(crate) fn compare(a: &str, b: &str) -> Option<Ordering> {
    let (a, b) = (split(a).ok()?, split(b).ok()?);
    let (left, right) = (value(&a, unit(a.rest).ok()?)?, value(&b, unit(b.rest).ok()?)?);
    let of_sign = |negative: bool, order: Ordering| if negative { order.reverse() } else { order };
    Some(match (left.0, right.0) {
        (0, 0) => Ordering::Equal,
        (0, _) => of_sign(b.negative, Ordering::Less),
        (_, 0) => of_sign(a.negative, Ordering::Greater),
        _ if a.negative != b.negative => of_sign(a.negative, Ordering::Greater),
        _ => of_sign(a.negative, compare_sizes(left, right)?),
    })
}

/// Compares `mantissa * 10^exponent`, where neither is zero.
fn compare_sizes(a: (u128, i32), b: (u128, i32)) -> Option<Ordering> {
    if a.1 < b.1 {
        return compare_sizes(b, a).map(Ordering::reverse);
    }
    let power = 10_u128.checked_pow(a.1.checked_sub(b.1)?.unsigned_abs());
    // What does not fit is greater than what does.
    let scaled = power.and_then(|power| a.0.checked_mul(power));
    Some(scaled.map_or(Ordering::Greater, |scaled| scaled.cmp(&b.0)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use Ordering::{Equal, Greater, Less};

    #[test]
    fn quantities_are_compared_by_their_value() {
        for (a, b, order) in [
            ("1", "1000m", Equal),
            ("2", "1500m", Greater),
            ("1Gi", "1G", Greater),
            ("1023Mi", "1Gi", Less),
            ("1e3", "1k", Equal),
            ("1E", "1n", Greater),
            ("1n", "1e300", Less),
            ("1e300", "1e299", Greater),
            ("0", "-1", Greater),
            ("0", "1n", Less),
            ("0", "0Mi", Equal),
            ("-2", "-1", Less),
            ("-1", "1", Less),
            ("1n", "0", Greater),
        ] {
            assert_eq!(compare(a, b), Some(order), "{a} {b}");
            assert_eq!(compare(b, a), Some(order.reverse()), "{b} {a}");
        }
        let long = "9".repeat(50);
        for (a, b) in [
            ("x", "1"),
            ("1", "1x"),
            ("1", &long),
            ("1e2147483647", "1e-2147483648"),
        ] {
            assert_eq!(compare(a, b), None, "{a} {b}");
        }
    }
}
