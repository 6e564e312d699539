//! Where templates come from: the program, a folder of one's own, a file.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use super::{Template, check};

/// Why there is no template.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file or folder cannot be read.
    #[error("the template {} cannot be read: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// It is not YAML, or a key or value is not one of the schema.
    #[error("{origin}:{line}: {problem}")]
    Malformed {
        /// The file's name.
        origin: String,
        /// The line, counting from 1.
        line: usize,
        /// What is wrong there.
        problem: String,
    },
    /// It says something that cannot be meant.
    #[error("{origin}: {problem}")]
    Inconsistent {
        /// The file's name.
        origin: String,
        /// Where, and what is wrong.
        problem: String,
    },
    /// No template has this name.
    #[error("there is no template `{name}`: `relais template list` shows them")]
    Unknown {
        /// The name.
        name: String,
    },
}

/// The templates that come with the program.
const SHIPPED: [(&str, &str); 2] = [
    (
        "discharge-complex",
        include_str!("../../templates/discharge-complex.yaml"),
    ),
    (
        "shared-plan",
        include_str!("../../templates/shared-plan.yaml"),
    ),
];

/// Where a template is from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// It comes with the program.
    Shipped,
    /// A file.
    File(PathBuf),
}

/// The templates that can be named.
pub(crate) struct Library {
    folder: Option<PathBuf>,
}

impl Library {
    /// Those of the program, and those of a folder.
    pub(crate) const fn new(folder: Option<PathBuf>) -> Self {
        Self { folder }
    }

    /// Every template: of the folder, then of the program as far as the folder has none of its
    /// name.
    ///
    /// # Errors
    /// The first that cannot be read, or is wrong.
    pub(crate) fn all(&self) -> Result<Vec<(Origin, Template)>, Error> {
        let mut all: Vec<(Origin, Template)> = Vec::new();
        for path in self.files()? {
            let template = load(&path)?;
            all.push((Origin::File(path), template));
        }
        for (name, text) in SHIPPED {
            if !all.iter().any(|(_, template)| template.name == name) {
                all.push((Origin::Shipped, parse(text, name)?));
            }
        }
        all.sort_by(|(_, a), (_, b)| a.name.cmp(&b.name));
        Ok(all)
    }

    /// The template with this name, or of this file.
    ///
    /// # Errors
    /// [`Error::Unknown`], or what is wrong with it.
    pub(crate) fn find(&self, text: &str) -> Result<(Origin, Template), Error> {
        let path = Path::new(text);
        let is_file = path.extension().is_some() || path.components().count() > 1;
        if is_file {
            return Ok((Origin::File(path.to_owned()), load(path)?));
        }
        let found = self.all()?.into_iter().find(|(_, it)| it.name == text);
        found.ok_or_else(|| Error::Unknown {
            name: text.to_owned(),
        })
    }

    fn files(&self) -> Result<Vec<PathBuf>, Error> {
        let Some(folder) = &self.folder else {
            return Ok(Vec::new());
        };
        let unreadable = |source| Error::Unreadable {
            path: folder.clone(),
            source,
        };
        let mut files = Vec::new();
        for entry in fs::read_dir(folder).map_err(unreadable)? {
            let path = entry.map_err(unreadable)?.path();
            let yaml = |extension: &std::ffi::OsStr| extension == "yaml" || extension == "yml";
            if path.extension().is_some_and(yaml) {
                files.push(path);
            }
        }
        files.sort();
        Ok(files)
    }
}

/// Reads a template from a file.
///
/// # Errors
/// [`Error::Unreadable`], or the first thing that is wrong with it.
pub(crate) fn load(path: &Path) -> Result<Template, Error> {
    let text = fs::read_to_string(path).map_err(|source| Error::Unreadable {
        path: path.to_owned(),
        source,
    })?;
    parse(&text, &path.display().to_string())
}

/// Reads a template; `origin` names it in errors.
///
/// # Errors
/// The first thing that is wrong with it.
pub(super) fn parse(text: &str, origin: &str) -> Result<Template, Error> {
    let template: Template = serde_norway::from_str(text).map_err(|error| Error::Malformed {
        origin: origin.to_owned(),
        line: error.location().map_or(1, |at| at.line()),
        // The parser puts the line at the end; it stands in front already.
        problem: error
            .to_string()
            .split(" at line ")
            .next()
            .unwrap_or_default()
            .to_owned(),
    })?;
    match check::fault(&template) {
        Some(problem) => Err(Error::Inconsistent {
            origin: origin.to_owned(),
            problem,
        }),
        None => Ok(template),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shipped() -> &'static str {
        SHIPPED[0].1
    }

    fn problem(from: &str, to: &str) -> String {
        assert!(shipped().contains(from), "{from}");
        parse(&shipped().replacen(from, to, 1), "t.yaml")
            .unwrap_err()
            .to_string()
    }

    #[test]
    fn every_shipped_template_can_be_read_by_its_name() {
        let library = Library::new(None);
        assert_eq!(library.all().unwrap().len(), SHIPPED.len());
        for (name, _) in SHIPPED {
            let (origin, template) = library.find(name).unwrap();
            assert_eq!((origin, template.name.as_str()), (Origin::Shipped, name));
        }
        assert!(matches!(
            library.find("nothing"),
            Err(Error::Unknown { .. })
        ));
    }

    #[test]
    fn what_is_wrong_is_told_with_where_it_stands() {
        for (from, to, told) in [
            ("due: 2d", "due: soon", "write 4h, 2d or 3w"),
            ("role: navigator", "role: wizard", "is not a seat's role"),
            (
                "    to: navigator\n    due",
                "    to: clerk\n    due",
                "ask[2].to: no seat has the role clerk",
            ),
            (
                "  - role: navigator",
                "  - role: specialist",
                "stands there twice",
            ),
            ("{patient}", "{person}", "`{person}` is not in `set`"),
            ("fr: Retour à domicile", "it: Ritorno", "unknown field `it`"),
            (
                "priority: urgent",
                "priority: urgent\n    due: 2d",
                "only a task is due",
            ),
            (
                "  - task:\n      en: Recon",
                "  - job:\n      en: Recon",
                "unknown field `job`",
            ),
            (
                "name: discharge-complex",
                "name: Discharge",
                "name: must be lower-case",
            ),
        ] {
            let said = problem(from, to);
            assert!(said.contains(told), "{said}");
            assert!(said.starts_with("t.yaml"), "{said}");
        }
    }

    #[test]
    fn a_folder_of_ones_own_comes_first() {
        let folder = tempfile::tempdir().unwrap();
        let own = shipped().replace("Follow-up at home", "Our follow-up at home");
        fs::write(folder.path().join("discharge.yaml"), own).unwrap();
        fs::write(folder.path().join("notes.txt"), "not a template").unwrap();
        let library = Library::new(Some(folder.path().to_owned()));
        assert_eq!(library.all().unwrap().len(), SHIPPED.len());
        let (origin, template) = library.find("discharge-complex").unwrap();
        assert!(matches!(origin, Origin::File(_)));
        assert!(template.purpose.en.starts_with("Our"));
    }
}
