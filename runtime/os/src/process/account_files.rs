//! The host's own account files, `passwd(5)` and `group(5)`, as they are read without asking anybody.

/// Returns the uid and gid of a user; `None` where `passwd` does not name it.
pub(super) fn user(passwd: &[u8], name: &[u8]) -> Option<(u32, u32)> {
    let fields = entries(passwd, name).next()?;
    Some((number(fields.get(2)?)?, number(fields.get(3)?)?))
}

/// Returns the home directory of a user; `None` where `passwd` does not name it, or it has none.
pub(super) fn home(passwd: &[u8], name: &[u8]) -> Option<Vec<u8>> {
    let fields = entries(passwd, name).next()?;
    fields.get(5).filter(|home| home.starts_with(b"/")).map(|home| home.to_vec())
}

/// Returns the name of the first user with this uid; `None` where `passwd` has none.
pub(super) fn name(passwd: &[u8], uid: u32) -> Option<String> {
    let found = lines(passwd).find(|fields| fields.get(2).and_then(|field| number(field)) == Some(uid));
    String::from_utf8(found?.first()?.to_vec()).ok()
}

/// Returns the number of a group; `None` where `group` does not name it.
pub(super) fn group(group: &[u8], name: &[u8]) -> Option<u32> {
    number(entries(group, name).next()?.get(2)?)
}

/// Returns the groups of a user: `gid`, then those that list it as a member.
pub(super) fn groups(group: &[u8], name: &[u8], gid: u32) -> Vec<u32> {
    let lists = |fields: &Vec<&[u8]>| {
        fields.get(3).is_some_and(|members| members.split(|byte| *byte == b',').any(|member| member == name))
    };
    let mut groups = vec![gid];
    for number in lines(group).filter(lists).filter_map(|fields| number(fields.get(2)?)) {
        if !groups.contains(&number) {
            groups.push(number);
        }
    }
    groups
}

/// Returns the supplementary groups that `getent initgroups` prints: a line of a name and numbers.
pub(super) fn initgroups(line: &[u8]) -> impl Iterator<Item = u32> {
    line.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty()).skip(1).filter_map(number)
}

/// Tells whether a directory server may be asked for this name: `getent` takes a number for an id, and a line has fields.
pub(super) fn can_be_asked_for(name: &str) -> bool {
    let unfit = |byte: u8| byte.is_ascii_control() || byte == b':';
    !name.bytes().all(|byte| byte.is_ascii_digit()) && !name.starts_with(['+', '-']) && !name.bytes().any(unfit)
}

/// Returns the lines whose first field is `name`. A name that begins with `+` or `-` asks for other sources, and is no
/// account.
fn entries<'f>(file: &'f [u8], name: &'f [u8]) -> impl Iterator<Item = Vec<&'f [u8]>> {
    let is_name = !name.is_empty() && !name.starts_with(b"+") && !name.starts_with(b"-");
    lines(file).filter(move |fields| is_name && fields.first().is_some_and(|first| *first == name))
}

fn lines(file: &[u8]) -> impl Iterator<Item = Vec<&[u8]>> {
    file.split(|byte| *byte == b'\n').map(|line| line.split(|byte| *byte == b':').collect())
}

fn number(field: &[u8]) -> Option<u32> {
    std::str::from_utf8(field).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PASSWD: &[u8] =
        b"root:x:0:0:root:/root:/bin/bash\nroundsman:x:998:997::/:/usr/sbin/nologin\n+nis::::::\nbad:x:-1:1::/:\n";
    const GROUP: &[u8] =
        b"root:x:0:\nadm:x:4:syslog,roundsman\nroundsman:x:997:roundsman\nlike:x:9:roundsman2\nodd:x:y:roundsman\n";

    #[test]
    fn a_user_has_its_numbers_and_the_groups_that_list_it_once() {
        assert_eq!(user(PASSWD, b"roundsman"), Some((998, 997)));
        assert_eq!(groups(GROUP, b"roundsman", 997), [997, 4]);
        assert_eq!(group(GROUP, b"roundsman"), Some(997));
    }

    #[test]
    fn groups_of_a_name_service_are_numbers_after_a_name() {
        assert_eq!(initgroups(b"www-data              4 33\n").collect::<Vec<_>>(), [4, 33]);
        assert_eq!(initgroups(b"7\n").count() + initgroups(b"").count(), 0);
        assert!(can_be_asked_for("EXAMPLE\\alice") && can_be_asked_for("7up"));
        for name in ["", "33", "+nis", "-x", "a:b", "a\nb", "a\0b"] {
            assert!(!can_be_asked_for(name), "{name:?}");
        }
    }

    #[test]
    fn what_is_not_written_there_is_nobody() {
        for name in [&b"round"[..], b"", b"+nis", b"x", b"bad"] {
            assert_eq!(user(PASSWD, name), None, "{name:?}");
        }
        assert_eq!(group(GROUP, b"odd"), None);
        assert_eq!(groups(b"", b"roundsman", 5), [5]);
    }
}
