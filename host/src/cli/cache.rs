//! The code cache of the commands: compiled plugins in the user's cache directory.

use std::env;
use std::path::PathBuf;

use metawasm_formats::text::Escaped;

use crate::sandbox::Cache;

/// Arguments: the code cache.
#[derive(Clone, Debug, Default, clap::Args)]
pub(super) struct CacheArgs {
    /// Directory for compiled code; must be owned by, and writable only by, the user running metawasm [default:
    /// $XDG_CACHE_HOME/metawasm or ~/.cache/metawasm]
    #[arg(
        long,
        value_name = "DIRECTORY",
        env = "METAWASM_CODE_CACHE",
        hide_env_values = true
    )]
    code_cache: Option<PathBuf>,
    /// Compile the plugin again, and do not keep its compiled code
    #[arg(long)]
    no_cache: bool,
}

/// Opens the code cache in a directory that the user chose, or in the default one. If it cannot be used, the command works
/// without it: only a directory that the user chose is worth a warning.
pub(super) fn open(args: &CacheArgs) -> Option<Cache> {
    if args.no_cache {
        return None;
    }
    let path = match &args.code_cache {
        Some(path) => path.clone(),
        None => directory()?,
    };
    match Cache::open(&path) {
        Ok(cache) => Some(cache),
        Err(refused) => {
            let text = format!("code cache {}: {refused}", path.display());
            let text = Escaped(&text);
            match args.code_cache {
                Some(_) => tracing::warn!("{text}; the plugin is compiled each time"),
                None => tracing::info!("{text}; the plugin is compiled each time"),
            }
            None
        }
    }
}

/// `$XDG_CACHE_HOME/metawasm` or `~/.cache/metawasm`. A relative path is invalid in either variable.
fn directory() -> Option<PathBuf> {
    let absolute = |name| {
        env::var_os(name)
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
    };
    let parent = absolute("XDG_CACHE_HOME").or_else(|| Some(absolute("HOME")?.join(".cache")))?;
    Some(parent.join("metawasm"))
}
