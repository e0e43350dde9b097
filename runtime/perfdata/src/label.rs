//! Labels of items.

/// Splits a label of check_multi, `tag::plugin::label`, into what names the plugin and the label. One `::` alone is part
/// of the label, as in an address.
#[must_use]
pub fn check_multi(label: &str) -> Option<(&str, &str)> {
    let (plugin, own) = label.rsplit_once("::")?;
    let (tag, command) = plugin.split_once("::")?;
    let whole = !tag.is_empty() && !command.is_empty() && !own.is_empty();
    whole.then_some((plugin, own))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_parts_make_a_label_of_check_multi() {
        assert_eq!(check_multi("net::check_ping::rta"), Some(("net::check_ping", "rta")));
        assert_eq!(check_multi("a::b::c::d"), Some(("a::b::c", "d")));
        for label in ["rta", "fe80::1", "::1", "a::", "::b::c", "a::b::", "a::::c", "::::"] {
            assert_eq!(check_multi(label), None, "{label}");
        }
    }
}
