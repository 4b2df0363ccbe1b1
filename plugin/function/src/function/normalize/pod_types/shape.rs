//! What the table of pod types is made of.

/// The release of Kubernetes whose fields these are.
pub(in crate::function::normalize) const KUBERNETES: &str = "1.36";

/// A type of the API, or several that have the same fields.
pub(in crate::function::normalize) struct Shape {
    /// In the order of their names.
    pub(in crate::function::normalize) fields: &'static [Field],
}

/// A field of a type.
pub(in crate::function::normalize) struct Field {
    pub(in crate::function::normalize) name: &'static str,
    pub(in crate::function::normalize) of: Of,
}

/// What a field is.
#[derive(Clone, Copy)]
pub(in crate::function::normalize) struct Of {
    pub(in crate::function::normalize) holds: Holds,
    /// Whether the API server refuses an object without it.
    pub(in crate::function::normalize) needed: bool,
    /// Whether a zero value is stored.
    pub(in crate::function::normalize) kept: bool,
}

/// What a field holds.
#[derive(Clone, Copy)]
pub(in crate::function::normalize) enum Holds {
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

pub(super) const ANY: Of = of(Holds::Any);
pub(super) const TEXT: Of = of(Holds::Text);
pub(super) const FLAG: Of = of(Holds::Flag);
pub(super) const NUMBER: Of = of(Holds::Number);
pub(super) const PORT: Of = of(Holds::Port);
pub(super) const QUANTITY: Of = of(Holds::Quantity);
pub(super) const TEXTS: Of = of(Holds::Texts);
pub(super) const NUMBERS: Of = of(Holds::Numbers);
pub(super) const MAP: Of = of(Holds::Map);
pub(super) const QUANTITIES: Of = of(Holds::Quantities);

pub(super) const fn of(holds: Holds) -> Of {
    Of {
        holds,
        needed: false,
        kept: false,
    }
}

pub(super) const fn word(words: &'static &'static [&'static str]) -> Of {
    of(Holds::Word(words))
}

pub(super) const fn object(shape: &'static Shape) -> Of {
    of(Holds::Object(shape))
}

pub(super) const fn projected(shape: &'static Shape) -> Of {
    of(Holds::Projected(shape))
}

pub(super) const fn list(shape: &'static Shape) -> Of {
    of(Holds::List(shape))
}

/// A field whose zero value is stored.
pub(super) const fn kept(of: Of) -> Of {
    Of { kept: true, ..of }
}

/// A field without which the API server refuses the object.
pub(super) const fn needed(of: Of) -> Of {
    Of {
        needed: true,
        kept: true,
        ..of
    }
}

impl Shape {
    /// The field with this name.
    pub(in crate::function::normalize) fn field(&self, name: &str) -> Option<&'static Field> {
        self.fields.iter().find(|field| field.name == name)
    }
}

impl Field {
    /// The type of the object, or of the objects in the list, that the field holds.
    pub(in crate::function::normalize) fn below(&self) -> Option<&'static Shape> {
        match self.of.holds {
            Holds::Object(shape) | Holds::Projected(shape) | Holds::List(shape) => Some(shape),
            _ => None,
        }
    }

    /// What a value of another type must be.
    #[cold]
    pub(in crate::function::normalize) fn wanted(&self) -> &'static str {
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
