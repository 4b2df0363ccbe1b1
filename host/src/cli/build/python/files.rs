//! What surrounds a plugin in its component.

use std::fs;
use std::io;
use std::path::Path;

use super::super::world::WIT;
use super::plan::Plan;

/// The version of componentize-py that templates ask for.
pub(super) const VERSION: &str = "0.25.1";

macro_rules! sdk {
    ($path:literal) => {
        (
            $path,
            include_str!(concat!("../../../../../sdk/python/component/", $path)),
        )
    };
}

/// The package that has the exports of the component.
const FILES: &[(&str, &str)] = &[
    sdk!("metawasm_component/__init__.py"),
    sdk!("metawasm_component/app.py"),
    sdk!("metawasm_component/log.py"),
    sdk!("metawasm_component/pure.py"),
    sdk!("metawasm_component/run.py"),
    sdk!("metawasm_component/server.py"),
];

/// The module that hooks import. That of the project comes first.
const MODULE: (&str, &str) = (
    "metawasm.py",
    include_str!("../../../../../sdk/python/metawasm.py"),
);

/// Writes the files into a directory.
pub(super) fn write(directory: &Path, plan: &Plan) -> io::Result<()> {
    let own = [
        ("metawasm_component/plan.py", plan.module()),
        ("wit/world.wit", plan.world()),
    ];
    let own = own.iter().map(|(path, text)| (*path, text.as_str()));
    let all = FILES
        .iter()
        .copied()
        .chain([MODULE, ("wit/deps/hook/hook.wit", WIT)]);
    for (path, text) in all.chain(own) {
        let path = directory.join(path);
        if let Some(directory) = path.parent() {
            fs::create_dir_all(directory)?;
        }
        fs::write(path, text)?;
    }
    Ok(())
}
