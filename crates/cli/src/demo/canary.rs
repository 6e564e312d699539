//! Looks for the story's sentences in files, byte for byte.

use std::{
    collections::HashMap,
    fs, io,
    path::{Path, PathBuf},
};

/// Texts that are looked for together, in one pass over each file.
#[derive(Debug)]
pub(crate) struct Needles<'a> {
    /// By their first bytes.
    by_head: HashMap<[u8; HEAD], Vec<&'a str>>,
    /// Which pairs of bytes begin any of them: rules almost every place out at once.
    begins: Vec<bool>,
}

/// Bytes by which candidates are found; no text is shorter.
const HEAD: usize = 8;

/// What was looked at, and what was found.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Search {
    pub(crate) files: usize,
    pub(crate) bytes: usize,
    /// Each text that was found, with the first file.
    pub(crate) found: Vec<(String, PathBuf)>,
}

impl<'a> Needles<'a> {
    /// Texts shorter than eight bytes occur by chance and are left out.
    pub(crate) fn new(texts: impl IntoIterator<Item = &'a str>) -> Self {
        let mut by_head: HashMap<[u8; HEAD], Vec<&str>> = HashMap::new();
        let mut begins = vec![false; 1 << 16];
        for text in texts {
            if let Some(head) = text.as_bytes().first_chunk::<HEAD>() {
                by_head.entry(*head).or_default().push(text);
                begins[pair(head[0], head[1])] = true;
            }
        }
        Self { by_head, begins }
    }

    /// How many texts are looked for.
    pub(crate) fn len(&self) -> usize {
        self.by_head.values().map(Vec::len).sum()
    }

    /// Looks into every file below `folder`.
    ///
    /// # Errors
    /// If a file cannot be read.
    pub(crate) fn search(&self, folder: &Path) -> io::Result<Search> {
        let mut search = Search::default();
        self.visit(folder, &mut search)?;
        Ok(search)
    }

    fn visit(&self, path: &Path, search: &mut Search) -> io::Result<()> {
        if path.is_dir() {
            for entry in fs::read_dir(path)? {
                self.visit(&entry?.path(), search)?;
            }
            return Ok(());
        }
        let content = match fs::read(path) {
            // Temporary files of the database come and go.
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            other => other?,
        };
        search.files += 1;
        search.bytes += content.len();
        // A name tells as much as what is in the file.
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        for found in self
            .within(&content)
            .into_iter()
            .chain(self.within(name.as_bytes()))
        {
            if !search.found.iter().any(|(known, _)| known == found) {
                search.found.push((found.to_owned(), path.to_owned()));
            }
        }
        Ok(())
    }

    fn within(&self, content: &[u8]) -> Vec<&'a str> {
        let mut found = Vec::new();
        let mut last = 0;
        for (at, &byte) in content.iter().enumerate() {
            let begins = self.begins[pair(last, byte)];
            last = byte;
            if !begins || at == 0 {
                continue;
            }
            let rest = &content[at - 1..];
            if let Some(candidates) = rest
                .first_chunk::<HEAD>()
                .and_then(|head| self.by_head.get(head))
            {
                found.extend(
                    candidates
                        .iter()
                        .filter(|text| rest.starts_with(text.as_bytes())),
                );
            }
        }
        found
    }
}

const fn pair(first: u8, second: u8) -> usize {
    (first as usize) << 8 | second as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_are_found_wherever_they_are() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("deep")).unwrap();
        fs::write(
            folder.path().join("deep/a.db"),
            b"\0\x01Mme Lavoie est rentr\xc3\xa9e mardi\xff",
        )
        .unwrap();
        let needles = Needles::new(["Mme Lavoie est rentrée", "Mme Lavoie est partie", "court"]);
        assert_eq!(needles.len(), 2);
        let search = needles.search(folder.path()).unwrap();
        let found: Vec<&str> = search.found.iter().map(|(text, _)| text.as_str()).collect();
        assert_eq!(found, ["Mme Lavoie est rentrée"]);
        assert_eq!(search.files, 1);
    }
}
