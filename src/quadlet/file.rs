//! The syntax of unit files (systemd.syntax(7)): sections, keys that may stand several times, lines that go on.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};

use crate::error::{During, Error, Result};

/// A unit file with its drop-ins, in the order in which they are read.
#[derive(Clone, Debug, Default)]
pub struct UnitFile {
    pub path: PathBuf,
    entries: Vec<Entry>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub section: String,
    pub key: String,
    pub value: String,
    /// Where it stands: a drop-in is another file.
    pub file: PathBuf,
    pub line: usize,
}

impl Entry {
    /// An error that says where.
    pub fn error(&self, what: impl std::fmt::Display) -> Error {
        Error::usage(format!("{}:{}: {}={}: {what}", self.file.display(), self.line, self.key, self.value))
    }
}

impl UnitFile {
    /// Reads the file and the drop-ins beside it, those in the order of their names.
    pub fn read(path: &Path) -> Result<UnitFile> {
        let mut unit = UnitFile { path: path.to_owned(), entries: Vec::new() };
        unit.add_file(path)?;
        let mut drop_ins: BTreeMap<OsString, PathBuf> = BTreeMap::new();
        for folder in drop_in_folders(path) {
            let files =
                fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| (entry.file_name(), entry.path()));
            for (name, file) in files.filter(|(_, file)| file.extension().is_some_and(|e| e == "conf")) {
                drop_ins.entry(name).or_insert(file);
            }
        }
        drop_ins.values().try_for_each(|path| unit.add_file(path))?;
        Ok(unit)
    }

    fn add_file(&mut self, path: &Path) -> Result<()> {
        let text = fs::read_to_string(path).during(|| format!("read `{}`", path.display()))?;
        self.add(path, &text)
    }

    fn add(&mut self, file: &Path, text: &str) -> Result<()> {
        let mut section = String::new();
        let mut lines = text.lines().enumerate();
        while let Some((number, line)) = lines.next() {
            let line = line.trim();
            if line.is_empty() || line.starts_with(['#', ';']) {
                continue;
            }
            let malformed = |what: &str| Error::usage(format!("{}:{}: {what}", file.display(), number + 1));
            if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
                section = name.to_owned();
                continue;
            }
            let mut whole = line.to_owned();
            while whole.ends_with('\\') {
                whole.pop();
                // Comments may stand between the parts.
                let next = lines.find(|(_, line)| !line.trim_start().starts_with(['#', ';']));
                whole = format!("{} {}", whole.trim_end(), next.map_or("", |(_, line)| line.trim()));
            }
            let (key, value) = whole.split_once('=').ok_or_else(|| malformed("expected KEY=VALUE or [SECTION]"))?;
            if section.is_empty() {
                return Err(malformed("a key stands in a section, and there is none before it"));
            }
            self.entries.push(Entry {
                section: section.clone(),
                key: key.trim().to_owned(),
                value: value.trim().to_owned(),
                file: file.to_owned(),
                line: number + 1,
            });
        }
        Ok(())
    }

    pub fn section<'u>(&'u self, section: &'u str) -> impl Iterator<Item = &'u Entry> {
        self.entries.iter().filter(move |entry| entry.section == section)
    }

    pub fn sections(&self) -> Vec<&str> {
        let mut names: Vec<&str> = Vec::new();
        for entry in &self.entries {
            if !names.contains(&entry.section.as_str()) {
                names.push(&entry.section);
            }
        }
        names
    }

    /// The last value; an empty one is none.
    pub fn last<'u>(&'u self, section: &'u str, key: &'u str) -> Option<&'u Entry> {
        let entries = self.section(section).filter(move |entry| entry.key == key);
        entries.last().filter(|entry| !entry.value.is_empty())
    }

    /// Whether the key stands there, with a value or without.
    pub fn has(&self, section: &str, key: &str) -> bool {
        self.section(section).any(|entry| entry.key == key)
    }

    /// All values in order; an empty one takes those before it away.
    pub fn all<'u>(&'u self, section: &'u str, key: &'u str) -> Vec<&'u Entry> {
        let mut all = Vec::new();
        for entry in self.section(section).filter(|entry| entry.key == key) {
            match entry.value.is_empty() {
                true => all.clear(),
                false => all.push(entry),
            }
        }
        all
    }

    /// `None` where nothing is said.
    pub fn switch(&self, section: &str, key: &str) -> Result<Option<bool>> {
        let Some(entry) = self.last(section, key) else { return Ok(None) };
        match entry.value.to_ascii_lowercase().as_str() {
            "1" | "yes" | "true" | "on" => Ok(Some(true)),
            "0" | "no" | "false" | "off" => Ok(Some(false)),
            _ => Err(entry.error("expected yes or no")),
        }
    }
}

/// Where drop-ins of a unit file are, the most particular first; of files of one name the first counts
/// (systemd.unit(5)):
/// `a-b@c.container.d`, `a-b@.container.d`, `a-.container.d`, `container.d`.
fn drop_in_folders(path: &Path) -> Vec<PathBuf> {
    let part = |part: Option<&OsStr>| part.unwrap_or_default().to_string_lossy().into_owned();
    let (name, kind) = (part(path.file_stem()), part(path.extension()));
    let template = name.split_once('@').map(|(template, _)| format!("{template}@"));
    let plain = name.split('@').next().unwrap_or_default();
    let shortened = plain.rmatch_indices('-').map(|(dash, _)| plain[..=dash].to_owned());
    let mut folders = vec![format!("{name}.{kind}.d")];
    folders.extend(template.into_iter().chain(shortened).map(|name| format!("{name}.{kind}.d")));
    folders.push(format!("{kind}.d"));
    folders.dedup();
    folders.into_iter().map(|folder| path.with_file_name(folder)).collect()
}

/// The words of a value (systemd.syntax(7), quoting): quotes hold spaces, a backslash takes the meaning of what
/// follows, or stands for a character as in C.
pub fn words(text: &str) -> Vec<String> {
    let (mut words, mut word) = (Vec::new(), None::<Vec<u8>>);
    let text_of = |word: Vec<u8>| String::from_utf8_lossy(&word).into_owned();
    let mut quote = None;
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        match (letter, quote) {
            ('\\', _) => unescape(&mut letters, word.get_or_insert_default()),
            (letter, Some(open)) if letter == open => quote = None,
            ('"' | '\'', None) => {
                quote = Some(letter);
                word.get_or_insert_default();
            }
            (letter, None) if letter.is_whitespace() => words.extend(word.take().map(text_of)),
            (letter, _) => push(word.get_or_insert_default(), letter),
        }
    }
    words.extend(word.map(text_of));
    words
}

fn push(word: &mut Vec<u8>, letter: char) {
    word.extend(letter.encode_utf8(&mut [0; 4]).bytes());
}

/// Adds what the letters after a backslash stand for.
fn unescape(letters: &mut std::str::Chars<'_>, word: &mut Vec<u8>) {
    let from = letters.as_str();
    let Some(letter) = letters.next() else { return };
    let (digits, radix) = match letter {
        'x' => (1..3, 16),
        'u' => (1..5, 16),
        'U' => (1..9, 16),
        '0'..='7' => (0..3, 8),
        _ => (0..0, 10),
    };
    let code = from.get(digits.clone()).and_then(|digits| u32::from_str_radix(digits, radix).ok());
    let is_byte = matches!(letter, 'x' | '0'..='7');
    match (letter, code, code.and_then(char::from_u32)) {
        (_, Some(code), _) if is_byte && code < 0x100 => word.push(code as u8),
        (_, Some(_), Some(named)) if !is_byte => push(word, named),
        ('a', ..) => return word.push(7),
        ('b', ..) => return word.push(8),
        ('t', ..) => return word.push(b'\t'),
        ('n', ..) => return word.push(b'\n'),
        ('v', ..) => return word.push(11),
        ('f', ..) => return word.push(12),
        ('r', ..) => return word.push(b'\r'),
        ('s', ..) => return word.push(b' '),
        (other, ..) => return push(word, other),
    }
    *letters = from[digits.end..].chars();
}

/// A section as it stands in a file.
pub fn section(name: &str, lines: &[(impl AsRef<str>, String)]) -> String {
    let lines = lines.iter().map(|(key, value)| format!("{}={value}\n", key.as_ref()));
    format!("[{name}]\n{}", lines.collect::<String>())
}

/// A word as it is written in a unit. What systemd replaces (`%`; in command lines `$`) keeps its meaning.
pub fn quoted(word: &str) -> String {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "-_=+./,:@%~^".contains(letter);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    let escaped = word.chars().map(|letter| match letter {
        '\\' | '"' => format!("\\{letter}"),
        '\n' => "\\n".to_owned(),
        '\t' => "\\t".to_owned(),
        control if control.is_ascii_control() => format!("\\x{:02x}", u32::from(control)),
        letter => letter.to_string(),
    });
    format!("\"{}\"", escaped.collect::<String>())
}

/// What means in a value that is no command line what `text` says; to be quoted where the value has words.
pub fn literal(text: &str) -> String {
    text.replace('%', "%%")
}

/// What means in a command line what `text` says; to be quoted.
pub fn literal_word(text: &str) -> String {
    literal(text).replace('$', "$$")
}

/// The first word of a command line: in a program's path, variables are not replaced.
pub fn program(path: &str) -> String {
    quoted(&literal(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unit(text: &str) -> Result<UnitFile> {
        let mut unit = UnitFile::default();
        unit.add(Path::new("x.container"), text).map(|()| unit)
    }

    #[test]
    fn keys_stand_in_sections_and_lines_go_on() {
        let unit = unit("# c\n[A]\nK=1\nK = 2 \\\n  # in between\n  3\n;x\n[B]\nK=\n[A]\nL=\nK=4\n").unwrap();
        let values: Vec<&str> = unit.all("A", "K").iter().map(|entry| entry.value.as_str()).collect();
        assert_eq!(values, ["1", "2 3", "4"]);
        assert_eq!((unit.last("A", "K").unwrap().line, unit.last("A", "L"), unit.last("B", "K")), (12, None, None));
        assert_eq!(unit.sections(), ["A", "B"]);
    }

    #[test]
    fn drop_ins_are_found_for_the_unit_for_names_like_it_and_for_the_kind() {
        let names = |path: &str| {
            let folders = drop_in_folders(Path::new(path));
            folders.iter().map(|folder| folder.to_string_lossy().into_owned()).collect::<Vec<_>>()
        };
        assert_eq!(names("/q/web.container"), ["/q/web.container.d", "/q/container.d"]);
        assert_eq!(names("a-b-c.volume"), ["a-b-c.volume.d", "a-b-.volume.d", "a-.volume.d", "volume.d"]);
        let instance = ["a-b@c-d.container.d", "a-b@.container.d", "a-.container.d", "container.d"];
        assert_eq!(names("a-b@c-d.container"), instance);
        assert_eq!(names("x@.image"), ["x@.image.d", "image.d"]);
        assert_eq!(names("a-.image"), ["a-.image.d", "image.d"]);
    }

    #[test]
    fn of_drop_ins_of_one_name_the_most_particular_counts_and_names_give_the_order() {
        let dir = tempfile::tempdir().unwrap();
        for (file, text) in [
            ("a-b.container", "[A]\nK=unit\n"),
            ("a-b.container.d/20.conf", "[A]\nK=own\n"),
            ("a-.container.d/20.conf", "[A]\nK=hidden\n"),
            ("a-.container.d/30.conf", "[A]\nK=like\n"),
            ("container.d/10.conf", "[A]\nK=kind\n"),
            ("container.d/note.txt", "no drop-in"),
        ] {
            let path = dir.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        let unit = UnitFile::read(&dir.path().join("a-b.container")).unwrap();
        let values: Vec<&str> = unit.all("A", "K").iter().map(|entry| entry.value.as_str()).collect();
        assert_eq!(values, ["unit", "kind", "own", "like"]);
    }

    #[test]
    fn an_empty_value_takes_those_before_away() {
        let unit = unit("[A]\nK=1\nK=\nK=2\n").unwrap();
        assert_eq!(unit.all("A", "K").len(), 1);
        assert_eq!(unit.all("A", "K")[0].value, "2");
    }

    #[test]
    fn what_is_no_unit_file_is_refused_by_its_line() {
        for (text, place) in [("K=1\n", "x.container:1:"), ("[A]\n\nnonsense\n", "x.container:3:")] {
            assert!(unit(text).unwrap_err().to_string().starts_with(place), "{text}");
        }
        let error = unit("[A]\nK=maybe\n").unwrap().switch("A", "K").unwrap_err().to_string();
        assert_eq!(error, "x.container:2: K=maybe: expected yes or no");
    }

    #[test]
    fn words_are_read_and_written_as_systemd_does() {
        assert_eq!(words(r#"a "b c" 'd "e' f\ g "" x\\y"#), ["a", "b c", "d \"e", "f g", "", "x\\y"]);
        assert_eq!(words(r#"\x41\102\u20ac "\xc3\xa4\n" \U0001f4e6 \q\x4"#), ["AB€", "ä\n", "📦", "qx4"]);
        assert_eq!(
            [quoted("a/b=%n"), quoted("a b"), quoted("$x"), quoted("")],
            ["a/b=%n", "\"a b\"", "\"$x\"", "\"\""]
        );
        assert_eq!([literal("5% $x"), literal_word("5% $x"), program("/a b$%")], ["5%% $x", "5%% $$x", "\"/a b$%%\""]);
        for word in ["a\\b\"c'd\n\t\r\x1b e", "ä€ 📦", ";", "#x", "\\"] {
            assert_eq!(words(&quoted(word)), [word]);
        }
    }
}
