//! A figure, and whether it is good enough.

use std::fmt;

/// What a figure must be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Bar {
    AtMost(f64),
    AtLeast(f64),
    /// It is only told.
    None,
}

/// One measured figure.
#[derive(Clone, Debug)]
pub(crate) struct Figure {
    pub(crate) name: String,
    pub(crate) value: f64,
    /// `×`, `MB`, `ms`, `calls`.
    pub(crate) unit: &'static str,
    pub(crate) bar: Bar,
    /// What else there is to say: absolute values, spread.
    pub(crate) note: String,
}

impl Figure {
    pub(crate) fn new(name: impl Into<String>, value: f64, unit: &'static str, bar: Bar) -> Self {
        Self {
            name: name.into(),
            value,
            unit,
            bar,
            note: String::new(),
        }
    }

    pub(crate) fn note(mut self, note: impl Into<String>) -> Self {
        self.note = note.into();
        self
    }

    /// `None` where there is no bar.
    pub(crate) fn reached(&self) -> Option<bool> {
        match self.bar {
            Bar::AtMost(most) => Some(self.value <= most),
            Bar::AtLeast(least) => Some(self.value >= least),
            Bar::None => None,
        }
    }

    /// The value with its unit.
    pub(crate) fn shown(&self) -> String {
        let Self { value, unit, .. } = self;
        match *unit {
            "×" => format!("{value:.2} ×"),
            "calls" => format!("{value:.0}"),
            unit => format!("{value:.1} {unit}"),
        }
    }
}

impl fmt::Display for Bar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AtMost(most) => write!(f, "≤ {most}"),
            Self::AtLeast(least) => write!(f, "≥ {least}"),
            Self::None => Ok(()),
        }
    }
}

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.name, self.shown())?;
        match self.reached() {
            Some(true) => write!(f, " ({})", self.bar)?,
            Some(false) => write!(f, " (falls short of {})", self.bar)?,
            None => {}
        }
        if !self.note.is_empty() {
            write!(f, "; {}", self.note)?;
        }
        Ok(())
    }
}
