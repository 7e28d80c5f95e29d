//! The environment of a server under test: what it needs to run, and nothing else. The environment of whoever grades may hold
//! secrets.

use std::ffi::OsString;

/// Variables that a program under test inherits; everything else of our environment is kept from it.
pub const INHERITED: [&str; 46] = [
    // Who and where one is.
    "PATH",
    "HOME",
    "USER",
    "LOGNAME",
    "SHELL",
    "TMPDIR",
    "TEMP",
    "TMP",
    "TZ",
    // The language.
    "LANG",
    "LANGUAGE",
    "LC_ALL",
    "LC_CTYPE",
    "LC_MESSAGES",
    // Where languages keep their things.
    "LD_LIBRARY_PATH",
    "DYLD_LIBRARY_PATH",
    "VIRTUAL_ENV",
    "PYTHONPATH",
    "PYENV_ROOT",
    "PYENV_VERSION",
    "CONDA_PREFIX",
    "JAVA_HOME",
    "JDK_HOME",
    "CLASSPATH",
    "NODE_PATH",
    "NVM_DIR",
    "GOPATH",
    "GOROOT",
    "GOCACHE",
    "CARGO_HOME",
    "RUSTUP_HOME",
    "RUSTUP_TOOLCHAIN",
    "GEM_HOME",
    "GEM_PATH",
    "DOTNET_ROOT",
    "XDG_CACHE_HOME",
    // Windows.
    "SystemRoot",
    "SystemDrive",
    "ComSpec",
    "PATHEXT",
    "USERPROFILE",
    "APPDATA",
    "LOCALAPPDATA",
    "ProgramFiles",
    "ProgramFiles(x86)",
    "NUMBER_OF_PROCESSORS",
];

/// The environment of a server that is to listen on `port`: what is inherited, what makes its output come at once, and what the
/// user adds.
pub(super) fn environment(port: u16, added: &[(String, String)]) -> Vec<(OsString, OsString)> {
    let inherited = INHERITED
        .iter()
        .filter_map(|name| Some((OsString::from(name), std::env::var_os(name)?)));
    let own = [
        ("PORT", port.to_string()),
        ("PYTHONUNBUFFERED", "1".to_owned()),
        ("PYTHONDONTWRITEBYTECODE", "1".to_owned()),
    ];
    let own = own.map(|(name, value)| (OsString::from(name), OsString::from(value)));
    let added = added
        .iter()
        .map(|(name, value)| (OsString::from(name), OsString::from(value)));
    inherited.chain(own).chain(added).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documentation_lists_what_is_inherited() {
        let text = include_str!("../../../../docs/starting.md");
        let missing: Vec<_> = INHERITED
            .iter()
            .filter(|name| !text.contains(&format!("`{name}`")))
            .collect();
        assert!(missing.is_empty(), "{missing:?}");
    }

    #[test]
    fn what_the_user_adds_wins_and_the_rest_is_kept_away() {
        let added = [("PORT".to_owned(), "7".to_owned())];
        let all = environment(5000, &added);
        let last = all.iter().rev().find(|(name, _)| name == "PORT");
        assert_eq!(last.map(|(_, value)| value.as_os_str()), Some("7".as_ref()));
        assert!(all.iter().all(|(name, _)| name != "CARGO_MANIFEST_DIR"));
    }
}
