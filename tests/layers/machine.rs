//! No file tells of the machine that it was written on.

use crate::source::files;
use std::path::Path;

/// Lines of the project's files that name a folder of some machine that only its writer has.
pub fn offences(root: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for ends in [".rs", ".toml", ".md", ".py", ".h", ".c", ".json", ".plist", ".svg", ".txt", ".yml", "run"] {
        for path in files(root, ends) {
            let Ok(text) = std::fs::read_to_string(&path) else { continue };
            for (number, line) in text.lines().enumerate() {
                if let Some(folder) = machine_path(line) {
                    found.push(format!("{}:{}: {folder}", path.display(), number + 1));
                }
            }
        }
    }
    found
}

fn machine_path(text: &str) -> Option<String> {
    // Put together, so that this file does not accuse itself.
    let folders = ["work", "root", "tmp", "home", "Users"].map(|name| format!("/{name}/"));
    folders.into_iter().find(|folder| {
        text.match_indices(folder.as_str()).any(|(at, _)| {
            // A path begins there: "frames/work/" and "/var/tmp/" are no such thing.
            let before = text[..at].chars().next_back();
            before.is_none_or(|c| !c.is_alphanumeric() && !"._-~}$>".contains(c))
        })
    })
}

#[test]
fn a_machine_path_is_told_from_others() {
    let of = |name: &str, rest: &str| format!("/{name}/{rest}");
    assert!(machine_path(&format!("see {}", of("work", "plan"))).is_some());
    assert!(machine_path(&format!("\"{}\"", of("home", "somebody"))).is_some());
    assert!(machine_path(&format!("/var{}", of("tmp", "nuke-u1000"))).is_none());
    assert!(machine_path(&format!("frames{}", of("work", "x"))).is_none());
    assert!(machine_path("/usr/OFX/Plugins").is_none());
}
