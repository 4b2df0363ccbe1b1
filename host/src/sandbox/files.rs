//! The files of a script, as its engine gets them.

/// The files of a script, and where its hooks are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Script {
    /// The files, by path.
    pub files: Vec<File>,
    /// The files with hooks.
    pub entries: Vec<Entry>,
    /// The hooks that a script answers which is a single function, without a name of a hook.
    pub of_function: Vec<&'static str>,
}

/// A file of a script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// The path within the script's folder, with `/`.
    pub path: String,
    /// The text.
    pub content: String,
}

/// A file with hooks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The path of a file.
    pub path: String,
    /// The hook that the file has; `None` if it says so itself.
    pub hook: Option<String>,
}
