//! Options as clap reads them: of a new row, and of every row of the table.

use super::*;
use airoto::params::{Group, find, table};

fn command(table: &[Param], section: Section) -> Command {
    Command::new("test").args(arguments(table, section)).arg(Arg::new("shapes").long("shapes"))
}

fn sets(table: &[Param], section: Section, arguments: &[&str]) -> Result<Vec<(&'static str, Value)>, String> {
    let line = std::iter::once("test").chain(arguments.iter().copied());
    let matches = command(table, section).try_get_matches_from(line).map_err(|e| e.to_string())?;
    Ok(given(table, section, &matches).into_iter().flat_map(|g| g.sets).collect())
}

#[test]
fn a_new_row_is_an_option_with_its_range_and_default() {
    let kind = Kind::Double { default: 0.5, range: (-2.0, 2.0), display: (0.0, 1.0) };
    let option = CommandOption {
        name: "extra-thing",
        value_name: "SHARE",
        help: "What the extra thing does",
        ..CommandOption::of(Section::Edge)
    };
    let extra = Param { id: "extra", kind, option: Some(option), ..Param::of(Group::Edge) };
    let table = [table(), &[extra]].concat();
    let help = command(&table, Section::Edge).render_long_help().to_string();
    let (_, help) = help.split_once("--extra-thing <SHARE>").expect("it is in the help");
    assert!(help.contains("What the extra thing does") && help.contains("[default: 0.5]"), "{help}");
    let edge = |arguments: &[&str]| sets(&table, Section::Edge, arguments);
    assert_eq!(edge(&["--extra-thing", "-1.5"]), Ok(vec![("extra", Value::Double(-1.5))]));
    assert_eq!(edge(&[]), Ok(Vec::new()), "a default sets nothing");
    let refused = edge(&["--extra-thing", "3"]).expect_err("out of range");
    assert!(refused.contains("expected a number from -2 to 2"), "{refused}");
    assert!(sets(&table, Section::View, &["--extra-thing", "1"]).is_err(), "it has one section");
}

#[test]
fn every_option_of_the_table_is_set_and_refused_by_its_row() {
    for (param, option) in table().iter().filter_map(|p| Some((p, p.option?))) {
        let flag = format!("--{}", option.name);
        let of = |value: Option<&str>| {
            let all: Vec<&str> =
                [flag.as_str()].into_iter().chain(value).chain(["--shapes", "a.fxs"]).collect();
            sets(table(), option.section, &all)
        };
        if is_switch(param, option) {
            assert_eq!(of(None).expect("a switch").len(), 1, "{flag}");
            continue;
        }
        let several = |v: String| vec![v; 1 + option.with.len()].join(",");
        match param.kind {
            Kind::Double { range: (low, high), .. } => {
                for value in [low, high] {
                    let set = of(Some(&several(value.to_string()))).expect("within its range");
                    assert_eq!(set[0], (param.id, Value::Double(value)), "{flag}");
                    assert_eq!(set.len(), 1 + option.with.len(), "{flag}");
                }
                let said = of(Some(&several((high + 1.0).to_string()))).expect_err("beyond it");
                assert!(said.contains(&format!("to {high}")), "{flag}: {said}");
            }
            Kind::Choice { .. } => {
                for id in param.kind.options() {
                    assert_eq!(of(Some(id)), Ok(vec![(param.id, Value::from(id))]), "{flag} {id}");
                }
                assert!(of(Some("none such")).is_err(), "{flag}");
            }
            Kind::Colour { .. } => {
                let set = of(Some("0,0.5,1")).expect("a colour");
                assert_eq!(set, [(param.id, Value::Doubles(vec![0.0, 0.5, 1.0]))], "{flag}");
                assert!(of(Some("0,1")).is_err_and(|said| said.contains("3 numbers, found 2")), "{flag}");
            }
            _ => assert_eq!(of(Some("a")), Ok(vec![(param.id, Value::from("a"))]), "{flag}"),
        }
        for id in option.with {
            assert_eq!(find(id).map(|p| p.kind), Some(param.kind), "{id} is as {flag}");
        }
    }
}

#[test]
fn words_of_the_command_line_alone_set_what_they_stand_for() {
    let set = sets(table(), Section::View, &["--view", "straight"]);
    assert_eq!(set, Ok(vec![(params::VIEW, Value::from("alpha"))]));
    let set = sets(table(), Section::Files, &["--no-store"]);
    assert_eq!(set, Ok(vec![(params::USE_STORE, Value::Bool(false))]));
    let set = sets(table(), Section::Process, &["--in-process"]);
    assert_eq!(set, Ok(vec![(params::WORKER_MODE, Value::from("inProcess"))]));
    assert!(sets(table(), Section::Files, &["--parts"]).is_err(), "it needs --shapes");
}
