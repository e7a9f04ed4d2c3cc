//! The imports of the library's files point downward only: no file is reached from itself.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

type Module = String;

/// The files of the library by the module that each is. `lib.rs` is the empty name.
fn modules(source: &Path) -> BTreeMap<Module, String> {
    let (mut modules, mut folders) = (BTreeMap::new(), vec![source.to_owned()]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                modules.insert(module(source, &path), fs::read_to_string(&path).unwrap());
            }
        }
    }
    modules
}

fn module(source: &Path, file: &Path) -> Module {
    let path = file.strip_prefix(source).unwrap().with_extension("");
    let mut names: Vec<&str> = path.iter().map(|name| name.to_str().unwrap()).collect();
    if let Some(&("mod" | "lib")) = names.last() {
        names.pop();
    }
    names.join("::")
}

/// All paths that begin at the crate in this text, those of its documentation too. A list in braces
/// gives one path for each of its names.
fn paths(text: &str) -> Vec<String> {
    let mut paths = Vec::new();
    for (start, _) in text.match_indices("crate::") {
        let rest = &text[start + "crate::".len()..];
        let is_path = |letter: char| letter.is_alphanumeric() || letter == '_' || letter == ':';
        let end = rest.find(|letter: char| !is_path(letter)).unwrap_or(rest.len());
        let head = rest[..end].trim_end_matches("::");
        if let Some(list) = rest[end..].strip_prefix('{') {
            let names = &list[..list.find("};").unwrap_or(0)];
            let names = names.split([',', '{', '}']).map(str::trim).filter(|name| !name.is_empty());
            paths.extend(names.map(|name| format!("{head}::{name}")));
        }
        paths.push(head.to_owned());
    }
    paths
}

/// The file that a path leads into: the longest beginning of it that is one.
fn file_of(path: &str, modules: &BTreeMap<Module, String>) -> Option<Module> {
    let mut path = path;
    loop {
        if modules.contains_key(path) {
            return Some(path.to_owned());
        }
        path = path.rsplit_once("::")?.0;
    }
}

#[test]
fn no_file_of_the_library_imports_one_that_imports_it() {
    let source = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../asim/src");
    let modules = modules(&source);
    let mut imports: BTreeMap<&str, BTreeSet<Module>> = BTreeMap::new();
    for (name, text) in &modules {
        // What the unit tests of a file import does not count.
        let text = text.split("\nmod tests {").next().unwrap_or_default();
        if name.is_empty() || name.ends_with("tests") {
            continue;
        }
        for path in paths(text) {
            match file_of(&path, &modules) {
                Some(file) if file != *name => {
                    imports.entry(name).or_default().insert(file);
                }
                Some(_) => {}
                // What only `lib.rs` knows is what it exports, and it imports all.
                None => panic!("`{name}` has a link or import from the crate's root: `{path}`"),
            }
        }
    }
    let count: usize = imports.values().map(BTreeSet::len).sum();
    assert!(modules.len() > 100 && count > 400, "{} files, {count} imports", modules.len());
    // Files without imports go, then those that import only files that have gone, and so on.
    let mut left: BTreeSet<&str> = modules.keys().map(String::as_str).collect();
    loop {
        let free = |name: &&str| {
            imports.get(name).is_none_or(|of| of.iter().all(|file| !left.contains(file.as_str())))
        };
        let gone: Vec<&str> = left.iter().copied().filter(free).collect();
        if gone.is_empty() {
            break;
        }
        left.retain(|name| !gone.contains(name));
    }
    assert!(left.is_empty(), "these files import each other in a circle: {left:?}");
}
