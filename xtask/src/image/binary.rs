//! What the header of a Linux binary says: for which machine it is, and whether it needs anything beside itself.

use anyhow::{Context, Result, ensure};

use super::platform::{Platform, names};

/// The program header that names a loader, and with it shared libraries.
const INTERPRETER: u32 = 3;

/// A binary's platform, and whether it runs in an empty file system.
#[derive(Debug, PartialEq)]
pub(crate) struct Binary {
    pub(crate) platform: &'static Platform,
    pub(crate) is_static: bool,
}

impl Binary {
    /// Reads the header.
    pub(crate) fn read(elf: &[u8]) -> Result<Self> {
        ensure!(
            elf.starts_with(b"\x7fELF\x02\x01"),
            "not a 64-bit little-endian Linux binary (ELF)"
        );
        let machine = u16::from_le_bytes(field(elf, 18)?);
        let platform = Platform::of_machine(machine)
            .with_context(|| format!("unsupported machine {machine}; expected one of {}", names()))?;

        let table = usize::try_from(u64::from_le_bytes(field(elf, 32)?))?;
        let entry = usize::from(u16::from_le_bytes(field(elf, 54)?));
        let entries = usize::from(u16::from_le_bytes(field(elf, 56)?));
        let mut is_static = true;
        for number in 0..entries {
            let offset = number.checked_mul(entry).and_then(|at| at.checked_add(table));
            let kind = field(elf, offset.context("the program headers are out of bounds")?)?;
            is_static &= u32::from_le_bytes(kind) != INTERPRETER;
        }
        Ok(Self { platform, is_static })
    }
}

fn field<const N: usize>(elf: &[u8], offset: usize) -> Result<[u8; N]> {
    offset
        .checked_add(N)
        .and_then(|end| elf.get(offset..end))
        .and_then(|bytes| bytes.try_into().ok())
        .context("the file is truncated")
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// The smallest thing with a header: program headers of these kinds.
    pub(crate) fn elf(machine: u16, kinds: &[u32]) -> Vec<u8> {
        let mut elf = b"\x7fELF\x02\x01\x01".to_vec();
        elf.resize(64, 0);
        elf[18..20].copy_from_slice(&machine.to_le_bytes());
        elf[32..40].copy_from_slice(&64_u64.to_le_bytes());
        elf[54..56].copy_from_slice(&56_u16.to_le_bytes());
        elf[56..58].copy_from_slice(&u16::try_from(kinds.len()).unwrap().to_le_bytes());
        for kind in kinds {
            elf.extend_from_slice(&kind.to_le_bytes());
            elf.resize(elf.len() + 52, 0);
        }
        elf
    }

    #[test]
    fn a_binary_with_a_loader_is_not_static() {
        let binary = Binary::read(&elf(62, &[6, 3, 1])).unwrap();
        assert_eq!(binary.platform.name, "linux/amd64");
        assert!(!binary.is_static);
    }

    #[test]
    fn one_without_is() {
        let binary = Binary::read(&elf(183, &[1, 2, 1])).unwrap();
        assert_eq!(binary.platform.name, "linux/arm64");
        assert!(binary.is_static);
    }

    #[test]
    fn what_is_no_binary_is_refused_with_a_reason() {
        let refused = |bytes: &[u8]| Binary::read(bytes).unwrap_err().to_string();
        assert_eq!(
            refused(b"#!/bin/sh"),
            "not a 64-bit little-endian Linux binary (ELF)"
        );
        assert_eq!(
            refused(&elf(8, &[])),
            "unsupported machine 8; expected one of linux/amd64, linux/arm64"
        );
        let whole = elf(62, &[1, 1]);
        assert_eq!(refused(&whole[..100]), "the file is truncated");
        assert_eq!(refused(&whole[..10]), "the file is truncated");
    }

    #[test]
    fn headers_far_away_are_no_panic() {
        let mut bytes = elf(62, &[1]);
        bytes[32..40].copy_from_slice(&u64::MAX.to_le_bytes());
        assert!(Binary::read(&bytes).is_err());
    }
}
