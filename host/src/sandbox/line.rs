//! A line of the log as it leaves the guest: cut before it is read.

use std::str;

use wasmtime::component::__internal::wasmtime_environ::component::StringEncoding;
use wasmtime::component::__internal::{CanonicalAbiInfo, InstanceType, InterfaceType, LiftContext};
use wasmtime::component::{ComponentType, Lift, WasmStr};
use wasmtime::{Error, Result, ValRaw};

/// Bytes of a line that leave the guest: the most that [`Limits::log_line`](super::Limits::log_line) can be.
pub(super) const MOST: usize = 64 << 10;

/// The begin of a string in the guest's memory, in the guest's bytes.
///
/// wasmtime's own types for a string check and copy all of it, or say nothing of its length until it is decoded. A
/// guest that logs 64 MiB would keep the thread of a server busy with that.
pub(super) struct Line {
    start: Box<[u8]>,
}

impl Line {
    /// At most `most` bytes of the line, cut between characters.
    ///
    /// # Errors
    ///
    /// What is kept is no UTF-8.
    pub(super) fn text(&self, most: usize) -> Result<&str> {
        let kept = self.start.get(..most).unwrap_or(&self.start);
        match str::from_utf8(kept) {
            Ok(text) => Ok(text),
            // The cut is in a character.
            Err(error) if error.error_len().is_none() && kept.len() == most => Ok(str::from_utf8(
                kept.get(..error.valid_up_to()).unwrap_or_default(),
            )?),
            Err(error) => Err(error.into()),
        }
    }

    fn read(cx: &LiftContext<'_>, start: u32, length: u32) -> Result<Self> {
        // No other is loaded; this is where that would matter.
        if cx.options().string_encoding != StringEncoding::Utf8 {
            return Err(Error::msg("the string is not in UTF-8"));
        }
        let (start, length) = (start as usize, length as usize);
        let line = start
            .checked_add(length)
            .and_then(|end| cx.memory().get(start..end))
            .ok_or_else(|| Error::msg("string pointer/length out of bounds of memory"))?;
        Ok(Self {
            start: line.get(..MOST).unwrap_or(line).into(),
        })
    }
}

#[allow(
    unsafe_code,
    reason = "wasmtime has no safe way to look at a string's length before all of it is read"
)]
// SAFETY: the lowered form, its layout and the type check are wasmtime's own for a string.
unsafe impl ComponentType for Line {
    type Lower = <WasmStr as ComponentType>::Lower;

    const ABI: CanonicalAbiInfo = WasmStr::ABI;

    fn typecheck(ty: &InterfaceType, types: &InstanceType<'_>) -> Result<()> {
        WasmStr::typecheck(ty, types)
    }
}

#[allow(unsafe_code, reason = "see above")]
// SAFETY: it reads nothing but what `LiftContext::memory` gives it, with its bounds checked.
unsafe impl Lift for Line {
    fn linear_lift_from_flat(
        cx: &mut LiftContext<'_>,
        _: InterfaceType,
        [start, length]: &[ValRaw; 2],
    ) -> Result<Self> {
        Self::read(cx, start.get_u32(), length.get_u32())
    }

    fn linear_lift_from_memory(cx: &mut LiftContext<'_>, _: InterfaceType, bytes: &[u8]) -> Result<Self> {
        let number = |at: usize| {
            let four = bytes.get(at..at + 4).and_then(|four| four.try_into().ok());
            four.map(u32::from_le_bytes)
                .ok_or_else(|| Error::msg("a string has a pointer and a length"))
        };
        Self::read(cx, number(0)?, number(4)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_cut_between_characters_and_must_be_utf8() {
        let line = |bytes: &[u8]| Line { start: bytes.into() };
        assert_eq!(line("aé".as_bytes()).text(2).unwrap(), "a");
        assert_eq!(line("aé".as_bytes()).text(3).unwrap(), "aé");
        assert_eq!(line("aé".as_bytes()).text(0).unwrap(), "");
        assert_eq!(line(b"a\xc3").text(1).unwrap(), "a");
        assert!(line(b"a\xc3").text(80).is_err(), "not cut, but incomplete");
        assert!(line(b"a\xffb").text(80).is_err());
    }
}
