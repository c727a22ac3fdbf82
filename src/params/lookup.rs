//! All rows of the table, and a parameter found in them by its identifier.

use std::sync::LazyLock;

use super::Param;
use super::table::GROUPS;

/// All parameters, in the panel's order.
#[must_use]
pub fn table() -> &'static [Param] {
    static TABLE: LazyLock<Vec<Param>> = LazyLock::new(|| GROUPS.concat());
    &TABLE
}

/// The parameter of an identifier.
#[must_use]
pub fn find(id: &str) -> Option<&'static Param> {
    table().iter().find(|p| p.id == id)
}

/// The identifier of option `index` of the choice `id`; the default's when there is no such option.
#[must_use]
pub fn option(id: &str, index: i32) -> &'static str {
    find(id).map_or("", |p| p.kind.option(index))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::params::{INPUT_COLOUR, Kind, VIEW};
    use std::collections::BTreeSet;

    #[test]
    fn every_parameter_is_fit_for_every_host() {
        let ids: BTreeSet<_> = table().iter().map(|p| p.id).collect();
        assert_eq!(ids.len(), table().len(), "an id stands twice");
        for p in table() {
            assert!(p.label.len() <= 24 && !p.label.contains('-'), "label of {}", p.id);
            assert!(p.hint.ends_with('.') && p.hint.matches(". ").count() == 0, "hint of {}", p.id);
            match p.kind {
                Kind::Choice { options, default } => assert!(default < options.len(), "default of {}", p.id),
                Kind::Int { default, range, display } => {
                    assert!(range.0 <= default && default <= range.1, "default of {}", p.id);
                    assert!(range.0 <= display.0 && display.1 <= range.1, "display range of {}", p.id);
                }
                Kind::Double { default, range, display } => {
                    assert!(range.0 <= default && default <= range.1, "default of {}", p.id);
                    assert!(range.0 <= display.0 && display.1 <= range.1, "display range of {}", p.id);
                }
                _ => {}
            }
        }
    }

    #[test]
    fn saved_projects_find_the_colours_where_they_were() {
        let saved = ["auto", "srgb", "linear", "cineon", "logc3", "logc4", "slog3", "acescct", "log3g10"];
        for (i, id) in saved.into_iter().enumerate() {
            assert_eq!(option(INPUT_COLOUR, i as i32), id);
        }
    }

    #[test]
    fn parameters_of_a_group_stand_together_in_the_panels_order() {
        assert!(table().iter().map(|p| p.group).is_sorted());
    }

    #[test]
    fn an_unknown_option_is_the_default() {
        assert_eq!(option(VIEW, 2), "premult");
        assert_eq!(option(VIEW, 99), "alpha");
        assert_eq!(option(VIEW, -1), "alpha");
    }
}
