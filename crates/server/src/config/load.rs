//! Reads the layers of the configuration and says which of them is wrong, and where.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
};

use figment::{
    Figment, Metadata, Profile, Provider,
    error::Kind,
    providers::{Format as _, Serialized, Toml},
    value::{Dict, Map, Value},
};
use tracing_subscriber::EnvFilter;

use super::{Config, LogFormat};

/// What the environment variables of the server begin with; `__` goes into a section, as
/// in `RELAISD_LOG__FORMAT=json`.
pub const ENV_PREFIX: &str = "RELAISD_";

/// The variable that names the configuration file; it is a flag, not a key.
const CONFIG_VARIABLE: &str = "RELAISD_CONFIG";

/// What flags say; it wins over everything else.
#[derive(Clone, Debug, Default)]
pub struct Overrides {
    /// As [`Config::listen`].
    pub listen: Option<SocketAddr>,
    /// As [`Config::data_dir`].
    pub data_dir: Option<PathBuf>,
    /// As [`Config::development`]; `false` leaves it as it is.
    pub development: bool,
    /// As [`super::Log::format`].
    pub log_format: Option<LogFormat>,
    /// As [`super::Log::filter`].
    pub log_filter: Option<String>,
}

/// A configuration that cannot be used: where, which key, and what is wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{origin}: {}{problem}", key.as_ref().map(|key| format!("`{key}` ")).unwrap_or_default())]
pub struct Error {
    /// The file, variable or flag.
    pub origin: String,
    /// The key as a path, such as `log.format`.
    pub key: Option<String>,
    /// What is wrong with it.
    pub problem: String,
}

impl Config {
    /// Reads `file` (if there is one), then those of `variables` that begin with
    /// [`ENV_PREFIX`], then `overrides`, on top of the defaults.
    ///
    /// # Errors
    /// The first key that is unknown, of the wrong type or out of range, with its origin.
    pub fn load(
        file: Option<&Path>,
        variables: impl IntoIterator<Item = (String, String)>,
        overrides: &Overrides,
    ) -> Result<Self, Error> {
        let mut figment = Figment::from(Serialized::defaults(Self::default()));
        if let Some(path) = file {
            let text = std::fs::read_to_string(path).map_err(|source| Error {
                origin: path.display().to_string(),
                key: None,
                problem: format!("cannot be read: {source}; name another file with --config"),
            })?;
            figment = figment.merge(Named {
                origin: path.display().to_string(),
                data: Toml::string(&text).data(),
            });
        }
        for (name, value) in variables {
            let Some(key) = name.strip_prefix(ENV_PREFIX) else {
                continue;
            };
            if name == CONFIG_VARIABLE {
                continue;
            }
            let key = key.to_ascii_lowercase().replace("__", ".");
            figment = figment.merge(Named {
                origin: format!("environment variable {name}"),
                data: Ok(nested(&key, &value)),
            });
        }
        let mut config: Self = figment.extract().map_err(|error| explain(&error))?;
        config.apply(overrides);
        config.validate()?;
        Ok(config)
    }

    fn apply(&mut self, overrides: &Overrides) {
        if let Some(listen) = overrides.listen {
            self.listen = listen;
        }
        if let Some(data_dir) = &overrides.data_dir {
            self.data_dir.clone_from(data_dir);
        }
        self.development |= overrides.development;
        if let Some(format) = overrides.log_format {
            self.log.format = format;
        }
        if let Some(filter) = &overrides.log_filter {
            self.log.filter.clone_from(filter);
        }
    }

    /// Checks what types cannot say.
    fn validate(&self) -> Result<(), Error> {
        let wrong = |key: &str, problem: &str| {
            Err(Error {
                origin: "configuration".to_owned(),
                key: Some(key.to_owned()),
                problem: problem.to_owned(),
            })
        };
        if self.tls.certificate.is_some() != self.tls.private_key.is_some() {
            return wrong(
                "tls.certificate",
                "and `tls.private_key` belong together: set both, or neither for a development certificate",
            );
        }
        if self.delivery.page_size.get() > self.service.sync_items {
            return wrong(
                "delivery.page_size",
                &format!(
                    "must be at most service.sync_items, {}",
                    self.service.sync_items
                ),
            );
        }
        if let Some(key) = zero(&self.service) {
            return wrong(&format!("service.{key}"), "must be at least 1");
        }
        if self.data_dir.as_os_str().is_empty() {
            return wrong("data_dir", "must name a folder");
        }
        if let Err(error) = EnvFilter::try_new(&self.log.filter) {
            return wrong("log.filter", &format!("is not a log filter: {error}"));
        }
        Ok(())
    }
}

/// The first limit that would refuse everything.
fn zero(limits: &relais_service::Limits) -> Option<String> {
    let limits = Value::serialize(limits).ok()?.into_dict()?;
    let zero = limits
        .into_iter()
        .find(|(_, value)| value.to_u128() == Some(0));
    zero.map(|(key, _)| key)
}

/// One layer with a name that an operator recognises.
struct Named {
    origin: String,
    data: Result<Map<Profile, Dict>, figment::Error>,
}

impl Provider for Named {
    fn metadata(&self) -> Metadata {
        Metadata::named(self.origin.clone())
    }

    fn data(&self) -> Result<Map<Profile, Dict>, figment::Error> {
        self.data.clone()
    }
}

/// `value` below the dotted `key`, read as figment reads environment variables.
fn nested(key: &str, value: &str) -> Map<Profile, Dict> {
    let value: Value = value
        .parse()
        .unwrap_or_else(|never: std::convert::Infallible| match never {});
    let dict = figment::util::nest(key, value).into_dict();
    Profile::Default.collect(dict.unwrap_or_default())
}

fn explain(error: &figment::Error) -> Error {
    // A file that is not TOML fails while it is read and carries its position in the message.
    let origin = error
        .metadata
        .as_ref()
        .map_or_else(|| "configuration".to_owned(), |m| m.name.to_string());
    let path = error.path.join(".");
    let (key, problem) = match &error.kind {
        Kind::UnknownField(_, known) => (
            Some(path.clone()),
            format!("is not a key; the keys here are {}", known.join(", ")),
        ),
        Kind::UnknownVariant(variant, known) => (
            Some(path.clone()),
            format!("must be one of {}, not {variant}", known.join(", ")),
        ),
        kind => (
            (!path.is_empty()).then(|| path.clone()),
            format!("is wrong: {}", one_line(&kind.to_string())),
        ),
    };
    Error {
        origin,
        key,
        problem,
    }
}

/// `text` without the drawing by which the TOML parser points at a place that it names too.
fn one_line(text: &str) -> String {
    let is_text = |line: &&str| {
        let line = line.trim_start_matches(|c: char| c.is_ascii_digit() || c == ' ');
        !line.starts_with('|')
    };
    text.trim()
        .lines()
        .filter(is_text)
        .collect::<Vec<_>>()
        .join(": ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variables(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect()
    }

    fn file(text: &str) -> tempfile::NamedTempFile {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        file
    }

    #[test]
    fn each_layer_wins_over_the_one_before() {
        let file = file(
            "listen = \"127.0.0.1:1\"\ndata_dir = \"/a\"\n[log]\nformat = \"json\"\nfilter = \"warn\"\n",
        );
        let config = Config::load(
            Some(file.path()),
            variables(&[
                ("RELAISD_LISTEN", "127.0.0.1:2"),
                ("RELAISD_LOG__FILTER", "debug"),
                ("RELAISD_TLS__NAMES", "[\"a.internal\", \"10.0.0.1\"]"),
                ("RELAISD_CONFIG", "/ignored"),
                ("UNRELATED", "x"),
            ]),
            &Overrides {
                listen: Some("127.0.0.1:3".parse().unwrap()),
                ..Overrides::default()
            },
        )
        .unwrap();
        assert_eq!(config.listen.port(), 3);
        assert_eq!(config.data_dir, Path::new("/a"));
        assert_eq!(config.log.format, LogFormat::Json);
        assert_eq!(config.log.filter, "debug");
        assert_eq!(config.tls.names, ["a.internal", "10.0.0.1"]);
        assert_eq!(config.limits, super::super::Limits::default());
    }

    #[test]
    fn an_unknown_key_is_named_with_its_file() {
        let file = file("[limits]\nconections = 7\n");
        let error = Config::load(Some(file.path()), [], &Overrides::default()).unwrap_err();
        assert_eq!(error.origin, file.path().display().to_string());
        assert_eq!(error.key.as_deref(), Some("limits.conections"));
        assert!(error.to_string().contains("the keys here are connections,"));
    }

    #[test]
    fn a_wrong_value_is_named_with_its_variable() {
        for (name, value, key) in [
            ("RELAISD_LISTEN", "everywhere", "listen"),
            ("RELAISD_LOG__FORMAT", "xml", "log.format"),
            ("RELAISD_LIMITS__CALLS", "0", "limits.calls"),
            ("RELAISD_DEVELOPMENT", "perhaps", "development"),
            ("RELAISD_LOG__COLOUR", "red", "log.colour"),
        ] {
            let error =
                Config::load(None, variables(&[(name, value)]), &Overrides::default()).unwrap_err();
            assert_eq!(error.origin, format!("environment variable {name}"));
            assert_eq!(error.key.as_deref(), Some(key), "{error}");
        }
    }

    #[test]
    fn what_types_cannot_say_is_checked() {
        for (text, key) in [
            ("[tls]\ncertificate = \"a.pem\"\n", "tls.certificate"),
            ("[delivery]\npage_size = 1001\n", "delivery.page_size"),
            ("data_dir = \"\"\n", "data_dir"),
            ("[service]\ncursors = 0\n", "service.cursors"),
            ("[log]\nfilter = \"relais=loud\"\n", "log.filter"),
        ] {
            let file = file(text);
            let error = Config::load(Some(file.path()), [], &Overrides::default()).unwrap_err();
            assert_eq!(error.key.as_deref(), Some(key), "{error}");
        }
    }

    #[test]
    fn a_file_that_is_no_toml_says_where() {
        let file = file("listen = \n");
        let error = Config::load(Some(file.path()), [], &Overrides::default()).unwrap_err();
        assert_eq!(error.origin, file.path().display().to_string());
        assert!(error.problem.contains("line 1"), "{error}");
        assert_eq!(error.to_string().lines().count(), 1, "{error}");
        let missing = Config::load(
            Some(Path::new("/nowhere/relaisd.toml")),
            [],
            &Overrides::default(),
        )
        .unwrap_err();
        assert!(
            missing
                .to_string()
                .starts_with("/nowhere/relaisd.toml: cannot be read")
        );
    }
}
