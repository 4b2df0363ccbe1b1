//! A quantity read, and written as Kubernetes stores it.
//!
//! The API server rewrites `1000m` to `1` and `0.5` to `500m`. A child that asks for the
//! first and observes the second would be written at every sync.
//!
//! Source: `k8s.io/apimachinery/pkg/api/resource/quantity.go`.

use std::borrow::Cow;

/// The text is no quantity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NotAQuantity;

/// A number without its unit: `digits * 10^exponent`, negative or not.
pub(super) struct Number<'a> {
    pub(super) negative: bool,
    /// Before the point, without leading zeros.
    whole: &'a str,
    /// After the point.
    fraction: &'a str,
    pub(super) rest: &'a str,
}

#[derive(Clone, Copy, PartialEq)]
pub(super) enum Unit {
    /// `Ki`, `Mi`, …: the power of two.
    Binary(u32),
    /// `m`, `k`, `M`, … or none: the power of ten.
    Decimal(i32),
    /// `e3`: the power of ten.
    Exponent(i32),
}

/// Digits that Kubernetes reads without big numbers.
const FAST_DIGITS: usize = 18;
/// Binary quantities are capped, silently.
const MAX_BINARY: u128 = i64::MAX as u128;
/// The finest step that Kubernetes keeps, as a power of ten.
pub(crate) const NANO: i32 = -9;
/// The finest step of a resource (`SetDefaults_ResourceList`).
pub(crate) const MILLI: i32 = -3;

/// The stored form of a quantity; `finest` is the power of ten of the smallest step that its place
/// keeps. What is stored as it is written comes back borrowed; so does a number of more digits than
/// any machine has.
///
/// # Errors
/// If the text is no quantity.
pub(crate) fn stored(text: &str, finest: i32) -> Result<Cow<'_, str>, NotAQuantity> {
    let number = split(text)?;
    let unit = unit(number.rest)?;
    if is_kept(&number, unit, finest) {
        return Ok(Cow::Borrowed(text));
    }
    Ok(rewritten(&number, unit, finest).map_or(Cow::Borrowed(text), Cow::Owned))
}

pub(super) fn split(text: &str) -> Result<Number<'_>, NotAQuantity> {
    let (negative, unsigned) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (whole, rest) = digits(unsigned);
    let (fraction, rest) = match rest.strip_prefix('.') {
        Some(rest) => digits(rest),
        None => ("", rest),
    };
    if whole.is_empty() && fraction.is_empty() {
        return Err(NotAQuantity);
    }
    Ok(Number {
        negative,
        whole: whole.trim_start_matches('0'),
        fraction,
        rest,
    })
}

fn digits(text: &str) -> (&str, &str) {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    text.split_at_checked(end).unwrap_or((text, ""))
}

pub(super) fn unit(suffix: &str) -> Result<Unit, NotAQuantity> {
    Ok(match suffix {
        "Ki" => Unit::Binary(10),
        "Mi" => Unit::Binary(20),
        "Gi" => Unit::Binary(30),
        "Ti" => Unit::Binary(40),
        "Pi" => Unit::Binary(50),
        "Ei" => Unit::Binary(60),
        "n" => Unit::Decimal(-9),
        "u" => Unit::Decimal(-6),
        "m" => Unit::Decimal(-3),
        "" => Unit::Decimal(0),
        "k" => Unit::Decimal(3),
        "M" => Unit::Decimal(6),
        "G" => Unit::Decimal(9),
        "T" => Unit::Decimal(12),
        "P" => Unit::Decimal(15),
        "E" => Unit::Decimal(18),
        _ => {
            let power = suffix.strip_prefix(['e', 'E']).ok_or(NotAQuantity)?;
            Unit::Exponent(power.parse().map_err(|_| NotAQuantity)?)
        }
    })
}

/// Kubernetes keeps the user's own text where it takes it for canonical, and its test for that
/// lets a few others pass (`+1`, `2.500`).
fn is_kept(number: &Number<'_>, unit: Unit, finest: i32) -> bool {
    let length = number.whole.len().max(1) + number.fraction.len();
    match unit {
        Unit::Binary(power) => {
            // 2^power has about power * 3 / 10 digits.
            let fits = number.whole.len() + (power as usize * 3 / 10) < 15;
            let odd = number.whole.parse::<i64>().is_ok_and(|whole| whole % 8 != 0);
            fits && odd && number.fraction.is_empty()
        }
        Unit::Decimal(power) | Unit::Exponent(power) => {
            let Some(scale) = scale(number, power) else {
                return false;
            };
            let ends = |zeros: &str| match number.fraction.len() {
                0 => number.whole.ends_with(zeros),
                _ => number.fraction.ends_with(zeros) || shifted(number).ends_with(zeros),
            };
            length <= FAST_DIGITS
                && scale >= finest
                && scale % 3 == 0
                && !number.whole.is_empty()
                && !ends("000")
        }
    }
}

fn scale(number: &Number<'_>, power: i32) -> Option<i32> {
    power.checked_sub(i32::try_from(number.fraction.len()).ok()?)
}

fn shifted(number: &Number<'_>) -> String {
    [number.whole, number.fraction].concat()
}

/// A quantity without its sign, as `mantissa * 10^exponent`; none where the mantissa does not fit
/// 128 bits.
pub(super) fn value(number: &Number<'_>, unit: Unit) -> Option<(u128, i32)> {
    let digits = number.whole.bytes().chain(number.fraction.bytes());
    let mut mantissa: u128 = 0;
    for digit in digits {
        mantissa = mantissa
            .checked_mul(10)?
            .checked_add(u128::from(digit.wrapping_sub(b'0')))?;
    }
    match unit {
        Unit::Binary(power) => Some((mantissa.checked_mul(1 << power)?, scale(number, 0)?)),
        Unit::Decimal(power) | Unit::Exponent(power) => Some((mantissa, scale(number, power)?)),
    }
}

/// The canonical form; none where the number does not fit 128 bits.
fn rewritten(number: &Number<'_>, unit: Unit, finest: i32) -> Option<String> {
    let (mut mantissa, mut exponent) = value(number, unit)?;
    if mantissa == 0 {
        return Some("0".to_owned());
    }
    while exponent < finest {
        // Rounded away from zero: who asks for a little gets a little.
        mantissa = mantissa.div_ceil(10);
        exponent += 1;
        if mantissa == 1 {
            exponent = finest;
        }
    }
    while mantissa.is_multiple_of(10) {
        mantissa /= 10;
        exponent = exponent.checked_add(1)?;
    }
    let sign = if number.negative { "-" } else { "" };
    if let Unit::Binary(_) = unit {
        if exceeds(mantissa, exponent, MAX_BINARY) {
            (mantissa, exponent) = (MAX_BINARY, 0);
        }
        if let Some(text) = binary(mantissa, exponent) {
            return Some(format!("{sign}{text}"));
        }
    }
    while exponent.rem_euclid(3) != 0 {
        mantissa = mantissa.checked_mul(10)?;
        exponent -= 1;
    }
    let suffix = match (unit, exponent) {
        (_, 0) => String::new(),
        (Unit::Binary(_) | Unit::Decimal(_), -9..=18) => decimal_suffix(exponent).to_owned(),
        _ => format!("e{exponent}"),
    };
    Some(format!("{sign}{mantissa}{suffix}"))
}

/// Whether `mantissa * 10^exponent` is more than a whole number.
fn exceeds(mantissa: u128, exponent: i32, limit: u128) -> bool {
    let Some(power) = 10_u128.checked_pow(exponent.unsigned_abs()) else {
        return exponent > 0;
    };
    if exponent < 0 {
        mantissa.div_ceil(power) > limit
    } else {
        mantissa.checked_mul(power).is_none_or(|number| number > limit)
    }
}

/// A whole number of at least 1024 keeps a binary unit; others fall back to decimal ones.
fn binary(mantissa: u128, exponent: i32) -> Option<String> {
    let power = u32::try_from(exponent).ok()?;
    let mut whole = mantissa.checked_mul(10_u128.checked_pow(power)?)?;
    if whole < 1024 {
        return None;
    }
    let mut units = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"].into_iter();
    let mut unit = units.next()?;
    while whole.is_multiple_of(1024) {
        whole /= 1024;
        unit = units.next()?;
    }
    Some(format!("{whole}{unit}"))
}

fn decimal_suffix(exponent: i32) -> &'static str {
    match exponent {
        -9 => "n",
        -6 => "u",
        -3 => "m",
        3 => "k",
        6 => "M",
        9 => "G",
        12 => "T",
        15 => "P",
        18 => "E",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::quantity::compare;
    use proptest::prelude::*;

    fn canonical(text: &str) -> Result<Cow<'_, str>, NotAQuantity> {
        stored(text, NANO)
    }

    #[test]
    fn quantities_are_stored_as_kubernetes_stores_them() {
        for (written, stored) in [
            ("1000m", "1"),
            ("0.5", "500m"),
            (".5", "500m"),
            ("1.", "1."),
            ("1", "1"),
            ("100m", "100m"),
            ("1500m", "1500m"),
            ("1.5", "1500m"),
            ("1.5Gi", "1536Mi"),
            ("1024Ki", "1Mi"),
            ("1024Mi", "1Gi"),
            ("128Mi", "128Mi"),
            ("0.5Mi", "512Ki"),
            ("0.3Mi", "314572800m"),
            ("0.5Ki", "512"),
            ("1000k", "1M"),
            ("1000000", "1M"),
            ("1e3", "1e3"),
            ("1000e0", "1e3"),
            ("12E6", "12E6"),
            ("0", "0"),
            ("0.0", "0"),
            ("0Mi", "0"),
            ("-1000m", "-1"),
            ("-0.5", "-500m"),
            ("0.1n", "1n"),
            ("0.0000000001", "1n"),
            ("1.0000000001", "1000000001n"),
            ("8Ei", "9223372036854775807"),
            ("42.5Ei", "9223372036854775807"),
            ("-9Ei", "-9223372036854775807"),
            ("1000E", "1e21"),
            ("2.500", "2.500"),
            ("+1", "+1"),
        ] {
            assert_eq!(canonical(written).as_deref(), Ok(stored), "{written}");
        }
    }

    #[test]
    fn resources_are_rounded_up_to_thousandths() {
        for (written, rounded) in [
            ("1u", "1m"),
            ("1n", "1m"),
            ("-1u", "-1m"),
            ("1000u", "1m"),
            ("1500u", "2m"),
            ("1.000001", "1001m"),
            ("1e-6", "1e-3"),
            ("0.1Ki", "102400m"),
            ("0.0001Ki", "103m"),
            ("1.500", "1.500"),
            ("100m", "100m"),
            ("0", "0"),
        ] {
            assert_eq!(stored(written, MILLI).as_deref(), Ok(rounded), "{written}");
        }
    }

    #[test]
    fn other_texts_are_no_quantities() {
        for text in [
            "", " ", "x", "1x", "1KiB", "1 Gi", "1e", "--1", ".", "1.2.3", "Gi", "1ki", "0x10", "１",
        ] {
            assert_eq!(canonical(text), Err(NotAQuantity), "{text:?}");
        }
    }

    /// A quantity as a fraction of two integers, by another way than the code above.
    fn number(text: &str) -> (i128, i128) {
        let units: [(&str, i128, i128); 16] = [
            ("Ki", 1 << 10, 1),
            ("Mi", 1 << 20, 1),
            ("Gi", 1 << 30, 1),
            ("Ti", 1 << 40, 1),
            ("n", 1, 1_000_000_000),
            ("u", 1, 1_000_000),
            ("m", 1, 1000),
            ("k", 1000, 1),
            ("M", 1_000_000, 1),
            ("G", 1_000_000_000, 1),
            ("T", 1_000_000_000_000, 1),
            ("e3", 1000, 1),
            ("e-3", 1, 1000),
            ("e-6", 1, 1_000_000),
            ("e6", 1_000_000, 1),
            ("e9", 1_000_000_000, 1),
        ];
        let (digits, up, down) = units
            .iter()
            .find_map(|(suffix, up, down)| text.strip_suffix(suffix).map(|n| (n, *up, *down)))
            .unwrap_or((text, 1, 1));
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let digits: i128 = format!("{whole}{fraction}").parse().unwrap();
        (
            digits * up,
            10_i128.pow(u32::try_from(fraction.len()).unwrap()) * down,
        )
    }

    proptest! {
        #[test]
        fn the_stored_form_has_the_same_value(
            text in r"-?[0-9]{1,7}(\.[0-9]{1,3})?(m|u|k|M|G|Ki|Mi|Gi|e3|e-3)?"
        ) {
            let stored = canonical(&text).unwrap();
            let (up, down) = number(&text);
            let (stored_up, stored_down) = number(&stored);
            prop_assert_eq!(up * stored_down, stored_up * down, "{} as {}", text, stored);
        }

        #[test]
        fn the_greater_of_two_is_the_greater_number(
            a in r"-?[0-9]{1,7}(\.[0-9]{1,3})?(m|u|k|M|G|Ki|Mi|Gi|e3|e-3)?",
            b in r"-?[0-9]{1,7}(\.[0-9]{1,3})?(m|u|k|M|G|Ki|Mi|Gi|e3|e-3)?"
        ) {
            let ((up_a, down_a), (up_b, down_b)) = (number(&a), number(&b));
            prop_assert_eq!(compare(&a, &b), Some((up_a * down_b).cmp(&(up_b * down_a))), "{} {}", a, b);
        }

        #[test]
        fn the_stored_form_is_stored_as_it_is(text in r"[+-]?[0-9]{0,20}\.?[0-9]{0,12}[eEinumkKMGTP]{0,2}-?[0-9]{0,2}") {
            for finest in [NANO, MILLI] {
                if let Ok(once) = stored(&text, finest) {
                    prop_assert_eq!(stored(&once, finest), Ok(once.clone()), "from {}", text);
                }
            }
        }

        #[test]
        fn any_text_is_answered(text in ".*") {
            let _ = canonical(&text);
        }
    }
}
