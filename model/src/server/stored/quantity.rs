//! Quantities as they are stored: with whole numbers of nano units. What is no quantity, or has more than 15 digits, is
//! left as it is.
//!
//! Source: `k8s.io/apimachinery/pkg/api/resource/quantity.go`.

use serde_json::{Map, Value};

const UNITS: [(&str, i32, u32); 15] = [
    ("Ki", 0, 10),
    ("Mi", 0, 20),
    ("Gi", 0, 30),
    ("Ti", 0, 40),
    ("Pi", 0, 50),
    ("n", -9, 0),
    ("u", -6, 0),
    ("m", -3, 0),
    ("", 0, 0),
    ("k", 3, 0),
    ("M", 6, 0),
    ("G", 9, 0),
    ("T", 12, 0),
    ("P", 15, 0),
    ("E", 18, 0),
];

/// Makes quantities of all members; of a resource a thousandth is the least.
pub(super) fn store_resources(quantities: &mut Value) {
    for value in quantities.as_object_mut().into_iter().flat_map(Map::values_mut) {
        store_rounded(value, 1_000_000);
    }
}

pub(super) fn store(value: &mut Value) {
    store_rounded(value, 1);
}

fn store_rounded(value: &mut Value, step: u128) {
    let text = match &*value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    if let Some(canonical) = canonical(&text, step) {
        *value = Value::String(canonical);
    }
}

/// What is stored of a text where `step` nano units are the least.
fn canonical(text: &str, step: u128) -> Option<String> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let sign = if text.starts_with('-') { "-" } else { "" };
    let end = unsigned.find(|c: char| !c.is_ascii_digit() && c != '.');
    let (number, unit) = unsigned.split_at(end.unwrap_or(unsigned.len()));
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let whole = whole.trim_start_matches('0');
    let whole = if whole.is_empty() { "0" } else { whole };
    let exponent = unit.strip_prefix(['e', 'E']).filter(|digits| !digits.is_empty());
    let (power, binary) = match exponent {
        Some(exponent) => (exponent.parse::<i32>().ok().filter(|power| power.abs() <= 18)?, 0),
        None => {
            let (_, power, binary) = UNITS.iter().find(|(name, _, _)| *name == unit)?;
            (*power, *binary)
        }
    };
    let digits = format!("{whole}{fraction}");
    if digits.len() > 15 {
        return None;
    }
    let mantissa: u128 = digits.parse().ok()?;
    let places = i32::try_from(fraction.len()).ok()?;
    let is_kept = if binary > 0 {
        fraction.is_empty() && !mantissa.is_multiple_of(8) && whole.len() + (binary as usize * 3 / 10) < 15
    } else {
        (power - places) % 3 == 0
            && power - places >= if step == 1 { -9 } else { -3 }
            && !digits.ends_with("000")
            && !digits.starts_with('0')
    };
    if is_kept || text == "0" {
        return Some(text.to_owned());
    }
    // In units of 10^-9; what is finer is rounded up.
    let scale = power - places + 9;
    let unscaled = mantissa.checked_shl(binary)?;
    let factor = 10_u128.checked_pow(scale.unsigned_abs())?;
    let mut nano = if scale < 0 {
        unscaled.div_ceil(factor)
    } else {
        unscaled.checked_mul(factor)?
    };
    nano = nano.div_ceil(step) * step;
    let one = 1_000_000_000;
    if nano == 0 {
        return Some("0".to_owned());
    }
    if binary > 0 && nano.is_multiple_of(one) && nano / one >= 1024 {
        let mut whole = nano / one;
        let mut names = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"].into_iter();
        let mut name = names.next()?;
        while whole.is_multiple_of(1024) {
            whole /= 1024;
            name = names.next()?;
        }
        return Some(format!("{sign}{whole}{name}"));
    }
    let mut thousands = -3;
    while nano.is_multiple_of(1000) {
        nano /= 1000;
        thousands += 1;
    }
    let suffix = match (exponent, thousands) {
        (_, 0) => String::new(),
        (Some(_), _) => format!("e{}", thousands * 3),
        (None, _) => {
            let name = UNITS
                .iter()
                .find(|(_, power, binary)| *power == thousands * 3 && *binary == 0);
            name.map_or(format!("e{}", thousands * 3), |(name, _, _)| (*name).to_owned())
        }
    };
    Some(format!("{sign}{nano}{suffix}"))
}
