//! Subordinate ids: the ranges that /etc/subuid and /etc/subgid grant to an account (subuid(5)).

use super::account::Account;

/// `count` ids from `start` on, as seen outside the container.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    pub start: u32,
    pub count: u32,
}

pub fn uids(account: &Account) -> Vec<Range> {
    ranges_in_file("/etc/subuid", account)
}

pub fn gids(account: &Account) -> Vec<Range> {
    ranges_in_file("/etc/subgid", account)
}

fn ranges_in_file(path: &str, account: &Account) -> Vec<Range> {
    std::fs::read_to_string(path).map(|text| parse(&text, account)).unwrap_or_default()
}

/// Lines are `owner:start:count`, the owner by name or by uid. Malformed lines are passed over, as newuidmap does.
fn parse(text: &str, account: &Account) -> Vec<Range> {
    let uid = account.uid.to_string();
    let is_owner = |owner: &str| owner == uid || account.name.as_deref() == Some(owner);
    text.lines()
        .filter_map(|line| {
            let mut fields = line.trim().split(':');
            let (owner, start, count) = (fields.next()?, fields.next()?.parse().ok()?, fields.next()?.parse().ok()?);
            (is_owner(owner) && count > 0 && u32::checked_add(start, count).is_some()).then_some(Range { start, count })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_belong_to_the_name_or_the_uid() {
        let ann = Account { uid: 1000, gid: 1000, name: Some("ann".into()), home: None };
        let text = "bob:1:2\nann:100000:65536\n# comment\n1000:300000:10\nann:x:y\nann:4294967295:2\nann:5:0\n";
        let expected = [Range { start: 100_000, count: 65_536 }, Range { start: 300_000, count: 10 }];
        assert_eq!(parse(text, &ann), expected);
    }
}
