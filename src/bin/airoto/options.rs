//! Options of commands that set parameters of the node, read from the table of parameters.
//!
//! A command flattens a [`NodeOptions`] for each section of its help; a row of the table that names an option
//! of that section is an option of the command, with the row's range, choices and default.

use std::marker::PhantomData;

use airoto::host::{HostError, Instance, Value};
use airoto::params::{self, CommandOption, Kind, Param, Section};
use clap::builder::{PossibleValuesParser, TypedValueParser, ValueParser};
use clap::parser::ValueSource;
use clap::{Arg, ArgAction, ArgMatches, Command};

/// A section of the help, as a type that a command can flatten.
pub trait Place: std::fmt::Debug + Clone + Copy {
    /// The section.
    const SECTION: Section;
}

/// The types of the sections.
pub mod section {
    use super::{Place, Section};

    macro_rules! places {
        ($($name:ident),*) => {$(
            #[doc = concat!("[`Section::", stringify!($name), "`].")]
            #[derive(Debug, Clone, Copy)]
            pub struct $name;
            impl Place for $name {
                const SECTION: Section = Section::$name;
            }
        )*};
    }
    places!(View, Footage, Files, Tracker, Process, Edge);
}

/// The options of a section that were given.
#[derive(Debug, Clone)]
pub struct NodeOptions<P> {
    given: Vec<Given>,
    place: PhantomData<P>,
}

/// An option with its value.
#[derive(Debug, Clone)]
struct Given {
    /// The parameter of the option.
    id: &'static str,
    /// The value as it was written.
    word: String,
    /// What it sets of the node.
    sets: Vec<(&'static str, Value)>,
}

/// A value as an option's parser gives it: as it was written, and what the parameters are set to, in their order.
#[derive(Debug, Clone)]
struct Parsed {
    word: String,
    values: Vec<Value>,
}

impl<P: Place> NodeOptions<P> {
    /// Sets the parameters of which something is said.
    pub fn tell(&self, instance: &Instance) -> Result<(), HostError> {
        for (id, value) in self.given.iter().flat_map(|g| &g.sets) {
            instance.set_param(id, value.clone())?;
        }
        Ok(())
    }

    /// The value of a parameter's option as it was written; none where the option was not given.
    pub fn given(&self, id: &str) -> Option<&str> {
        self.given.iter().find(|g| g.id == id).map(|g| g.word.as_str())
    }

    /// The value of a parameter's option as it was written, or else the parameter's default.
    pub fn word(&self, id: &str) -> String {
        let default = || params::find(id).and_then(default).unwrap_or_default();
        self.given(id).map_or_else(default, str::to_owned)
    }
}

impl<P: Place> clap::Args for NodeOptions<P> {
    fn augment_args(command: Command) -> Command {
        command.args(arguments(params::table(), P::SECTION))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl<P: Place> clap::FromArgMatches for NodeOptions<P> {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        Ok(Self { given: given(params::table(), P::SECTION, matches), place: PhantomData })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

/// The rows that have an option in a section, in their order.
fn rows(table: &[Param], section: Section) -> impl Iterator<Item = (&Param, CommandOption)> {
    table.iter().filter_map(|p| Some((p, p.option?))).filter(move |(_, option)| option.section == section)
}

/// The options of a section for clap.
fn arguments(table: &[Param], section: Section) -> impl Iterator<Item = Arg> {
    rows(table, section).map(|(param, option)| argument(param, option))
}

fn argument(param: &Param, option: CommandOption) -> Arg {
    let mut arg = Arg::new(option.name).long(option.name).help(option.help);
    if let Some(heading) = option.section.heading() {
        arg = arg.help_heading(heading);
    }
    if !option.alias.is_empty() {
        arg = arg.alias(option.alias);
    }
    if !option.requires.is_empty() {
        arg = arg.requires(option.requires);
    }
    if is_switch(param, option) {
        return arg.action(ArgAction::SetTrue);
    }
    let name = match option.value_name {
        "" => option.name.to_uppercase().replace('-', "_"),
        name => name.to_owned(),
    };
    arg = arg.action(ArgAction::Set).value_name(name).value_parser(parser(param, option));
    if matches!(param.kind, Kind::Double { range, .. } if range.0 < 0.0)
        || matches!(param.kind, Kind::Int { range, .. } if range.0 < 0)
    {
        arg = arg.allow_negative_numbers(true);
    }
    match default(param) {
        Some(default) if !default.is_empty() && !option.help.contains("[default:") => {
            arg.default_value(vec![default; 1 + option.with.len()].join(","))
        }
        _ => arg,
    }
}

/// Whether an option has no value.
fn is_switch(param: &Param, option: CommandOption) -> bool {
    !option.switch.is_empty() || matches!(param.kind, Kind::Bool { .. })
}

/// The default of a parameter as the command line writes it; none where the kind has none.
fn default(param: &Param) -> Option<String> {
    Some(match param.kind {
        Kind::Line { default } | Kind::Text { default } => default.to_owned(),
        Kind::Choice { options, default } => options.get(default)?.0.to_owned(),
        Kind::Int { default, .. } => default.to_string(),
        Kind::Double { default, .. } => default.to_string(),
        Kind::Colour { default } => default.map(|v| v.to_string()).join(","),
        Kind::Bool { .. }
        | Kind::SaveFile
        | Kind::Folder
        | Kind::Status
        | Kind::Keys { .. }
        | Kind::Button => return None,
    })
}

/// What reads the value of an option.
fn parser(param: &Param, option: CommandOption) -> ValueParser {
    let kind = param.kind;
    if let Kind::Choice { .. } = kind {
        let mut words: Vec<&'static str> = kind.options().collect();
        if let Some(own) = option.word {
            let place = words.iter().position(|w| *w == own.before).unwrap_or(words.len());
            words.insert(place, own.word);
        }
        let sets = move |word: String| {
            let id = option.word.filter(|own| own.word == word).map_or(word.as_str(), |own| own.sets);
            let values = vec![Value::from(id)];
            Parsed { word, values }
        };
        return PossibleValuesParser::new(words).map(sets).into();
    }
    let count = 1 + option.with.len();
    ValueParser::new(move |text: &str| -> Result<Parsed, String> {
        let values = match kind {
            Kind::Double { range, .. } => list(text, count)?
                .into_iter()
                .map(|part| number(part, range).map(Value::Double))
                .collect::<Result<_, _>>()?,
            Kind::Int { range, .. } => list(text, count)?
                .into_iter()
                .map(|part| whole(part, range).map(Value::Int))
                .collect::<Result<_, _>>()?,
            Kind::Colour { .. } => {
                let parts = list(text, 3)?.into_iter().map(|part| number(part, (0.0, f64::INFINITY)));
                vec![Value::Doubles(parts.collect::<Result<_, _>>()?)]
            }
            _ => vec![Value::from(text)],
        };
        Ok(Parsed { word: text.to_owned(), values })
    })
}

/// `count` parts with commas between them.
fn list(text: &str, count: usize) -> Result<Vec<&str>, String> {
    let parts: Vec<&str> = if count == 1 { vec![text] } else { text.split(',').collect() };
    if parts.len() == count {
        Ok(parts)
    } else {
        Err(format!("expected {count} numbers, found {}", parts.len()))
    }
}

fn number(text: &str, (low, high): (f64, f64)) -> Result<f64, String> {
    let number = text.trim().parse::<f64>().ok().filter(|v| v.is_finite() && (low..=high).contains(v));
    number.ok_or_else(|| match high.is_finite() {
        true => format!("expected a number from {low} to {high}"),
        false => format!("expected a number of at least {low}"),
    })
}

fn whole(text: &str, (low, high): (i32, i32)) -> Result<i32, String> {
    let number = text.trim().parse::<i32>().ok().filter(|v| (low..=high).contains(v));
    number.ok_or_else(|| format!("expected a whole number from {low} to {high}"))
}

/// The options of a section that a person gave. Defaults are not: a preset is heard before them.
fn given(table: &[Param], section: Section, matches: &ArgMatches) -> Vec<Given> {
    let said = |(param, option): (&Param, CommandOption)| {
        if matches.value_source(option.name) != Some(ValueSource::CommandLine) {
            return None;
        }
        let Parsed { word, values } = if is_switch(param, option) {
            let value = match param.kind {
                Kind::Bool { default } => Value::Bool(!default),
                _ => Value::from(option.switch),
            };
            Parsed { word: option.switch.to_owned(), values: vec![value] }
        } else {
            matches.get_one::<Parsed>(option.name)?.clone()
        };
        let ids = std::iter::once(param.id).chain(option.with.iter().copied());
        Some(Given { id: param.id, word, sets: ids.zip(values).collect() })
    };
    rows(table, section).filter_map(said).collect()
}

#[cfg(test)]
mod tests;
