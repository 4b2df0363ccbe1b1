//! What a pod spec may hold: its fields at every depth, which of them are required, what each of
//! them is, and which are left out when they are empty.
//!
//! A plain field with `omitempty` in Go never comes back with its zero value, so that asking for that
//! costs a write at every sync. A field that is a pointer in Go is stored as it is written.

mod table;
#[cfg(test)]
mod tests;
mod unknown;
mod words;

pub(super) use table::POD;
pub(super) use unknown::hint;

/// The release of Kubernetes whose fields these are.
pub(super) const KUBERNETES: &str = "1.36";

/// A type of the API, or several that have the same fields.
pub(super) struct Shape {
    /// In the order of their names.
    pub(super) fields: &'static [Field],
}

/// A field of a type.
pub(super) struct Field {
    pub(super) name: &'static str,
    pub(super) of: Of,
}

/// What a field is.
#[derive(Clone, Copy)]
pub(super) struct Of {
    pub(super) holds: Holds,
    /// Whether the API server refuses an object without it.
    pub(super) needed: bool,
    /// Whether a zero value is stored.
    pub(super) kept: bool,
}

/// What a field holds.
#[derive(Clone, Copy)]
pub(super) enum Holds {
    /// Anything: no type is known.
    Any,
    Text,
    /// One of these, or an empty text. Behind a thin pointer: there are hundreds of fields.
    Word(&'static &'static [&'static str]),
    Flag,
    /// A whole number.
    Number,
    /// A number or the name of a port.
    Port,
    Quantity,
    Texts,
    Numbers,
    /// Texts by keys that the user chooses.
    Map,
    /// Quantities by keys that the user chooses.
    Quantities,
    Object(&'static Shape),
    /// The same, with a list that is compared as a whole, so that what the server would write into it
    /// is written here.
    Projected(&'static Shape),
    List(&'static Shape),
}

const ANY: Of = of(Holds::Any);
const TEXT: Of = of(Holds::Text);
const FLAG: Of = of(Holds::Flag);
const NUMBER: Of = of(Holds::Number);
const PORT: Of = of(Holds::Port);
const QUANTITY: Of = of(Holds::Quantity);
const TEXTS: Of = of(Holds::Texts);
const NUMBERS: Of = of(Holds::Numbers);
const MAP: Of = of(Holds::Map);
const QUANTITIES: Of = of(Holds::Quantities);

const fn of(holds: Holds) -> Of {
    Of {
        holds,
        needed: false,
        kept: false,
    }
}

const fn word(words: &'static &'static [&'static str]) -> Of {
    of(Holds::Word(words))
}

const fn object(shape: &'static Shape) -> Of {
    of(Holds::Object(shape))
}

const fn projected(shape: &'static Shape) -> Of {
    of(Holds::Projected(shape))
}

const fn list(shape: &'static Shape) -> Of {
    of(Holds::List(shape))
}

/// A field whose zero value is stored.
const fn kept(of: Of) -> Of {
    Of { kept: true, ..of }
}

/// A field without which the API server refuses the object.
const fn needed(of: Of) -> Of {
    Of {
        needed: true,
        kept: true,
        ..of
    }
}

impl Shape {
    /// The field with this name.
    pub(super) fn field(&self, name: &str) -> Option<&'static Field> {
        self.fields.iter().find(|field| field.name == name)
    }
}

impl Field {
    /// The type of the object, or of the objects in the list, that the field holds.
    pub(super) fn below(&self) -> Option<&'static Shape> {
        match self.of.holds {
            Holds::Object(shape) | Holds::Projected(shape) | Holds::List(shape) => Some(shape),
            _ => None,
        }
    }

    /// What a value of another type must be.
    #[cold]
    pub(super) fn wanted(&self) -> &'static str {
        match self.of.holds {
            Holds::Any => "any value",
            Holds::Text | Holds::Word(_) => "a string",
            Holds::Flag => "true or false",
            Holds::Number => "a whole number of at most 64 bits",
            Holds::Port => "a port number or the name of a port",
            Holds::Quantity => "a quantity, such as 500m, 2 or 64Mi",
            Holds::Texts | Holds::Numbers | Holds::List(_) => "a list",
            Holds::Map | Holds::Quantities | Holds::Object(_) | Holds::Projected(_) => "an object",
        }
    }
}
