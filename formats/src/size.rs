//! Numbers of bytes, as Kubernetes writes them and as people read them.

/// Reads a number of bytes: `64Mi`, `8M`, `1048576`. Returns `None` for any other text, and for zero.
pub fn parse(text: &str) -> Option<usize> {
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at_checked(digits)?;
    let unit = match unit {
        "" => 1,
        "k" => 1_000,
        "M" => 1_000_000,
        "G" => 1_000_000_000,
        "Ki" => 1 << 10,
        "Mi" => 1 << 20,
        "Gi" => 1 << 30,
        _ => return None,
    };
    number
        .parse::<usize>()
        .ok()?
        .checked_mul(unit)
        .filter(|&bytes| bytes > 0)
}

/// Writes a number of bytes in MiB, with one decimal where it is no multiple: `64 MiB`, `0.1 MiB`.
pub fn mebibytes(bytes: usize) -> String {
    const MIB: usize = 1 << 20;
    if bytes.is_multiple_of(MIB) {
        format!("{} MiB", bytes / MIB)
    } else {
        format!("{:.1} MiB", bytes as f64 / MIB as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_as_kubernetes_writes_them() {
        let table = [
            ("64Mi", Some(64 << 20)),
            ("8M", Some(8_000_000)),
            ("10", Some(10)),
            ("1Ki", Some(1024)),
            ("0", None),
            ("", None),
            ("Mi", None),
            ("-1", None),
            ("1.5Gi", None),
            ("64MB", None),
            ("99999999999Gi", None),
        ];
        for (text, bytes) in table {
            assert_eq!(parse(text), bytes, "{text}");
        }
    }

    #[test]
    fn sizes_are_written_for_people() {
        assert_eq!(mebibytes(64 << 20), "64 MiB");
        assert_eq!(mebibytes(100 << 10), "0.1 MiB");
    }
}
