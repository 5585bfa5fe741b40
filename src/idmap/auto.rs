//! Parts of the subordinate ids for containers of which the user is no part. Ids are counted as in a default container:
//! 0 is the user, from 1 on come the subordinate ids.

use super::{IdMap, requested};
use crate::error::{During, Error, Result};
use crate::oci::runtime::IdMapping;
use crate::settings::{AutoIds, IdSlice, MapRequest};

/// As Podman's: what programs and package managers take for granted.
pub const LEAST: u32 = 1024;
/// What the accounts of an image may ask for; more is given by number only.
pub const MOST: u32 = 65_536;

/// Every subordinate id, of users as of groups.
pub fn all_of(base: &IdMap) -> IdSlice {
    let count = |map: &[IdMapping]| map.iter().map(|m| m.size).fold(0, u32::saturating_add);
    IdSlice { start: 1, size: count(&base.uids).min(count(&base.gids)).saturating_sub(1) }
}

/// The first `size` ids that nobody has.
pub fn free_slice(size: u32, base: &IdMap, taken: &[IdSlice]) -> Result<IdSlice> {
    let all = all_of(base);
    let mut taken = taken.to_vec();
    taken.sort_by_key(|slice| slice.start);
    let mut start = all.start;
    for slice in taken {
        if slice.start.saturating_sub(start) >= size {
            break;
        }
        start = start.max(slice.start.saturating_add(slice.size));
    }
    match start.checked_add(size) {
        Some(end) if end <= all.start + all.size => Ok(IdSlice { start, size }),
        _ => {
            Err(Error::new(format!("no {size} subordinate ids in a row are left of the {} of this account", all.size)))
                .hint(|| "remove containers that have some, or ask for less: --userns auto:size=NUMBER")
        }
    }
}

/// The map of a container that has such a part.
pub fn map_of(ids: &AutoIds, base: &IdMap) -> Result<IdMap> {
    let slice = ids.slice.ok_or_else(|| Error::new("it was given no ids when it was made"))?;
    let map = |what, requests: &[MapRequest], base: &[IdMapping]| {
        requested(&with_slice(requests, slice), base).during(|| format!("map {what}"))
    };
    Ok(IdMap {
        rung: base.rung,
        uids: map("user ids", &ids.uids, &base.uids)?,
        gids: map("group ids", &ids.gids, &base.gids)?,
        is_exact: true,
    })
}

/// The slice fills, from 0 on, what was not asked for otherwise.
fn with_slice(requests: &[MapRequest], slice: IdSlice) -> Vec<MapRequest> {
    let mut asked = requests.to_vec();
    asked.sort_by_key(|request| request.inside);
    let mut all = Vec::new();
    let (mut inside, IdSlice { start: mut outside, size: mut left }) = (0, slice);
    for request in asked {
        let room = request.inside.saturating_sub(inside).min(left);
        if room > 0 {
            all.push(MapRequest { inside, outside, size: room, is_host: false, extends: false });
        }
        (outside, left) = (outside + room, left - room);
        inside = request.inside.saturating_add(request.size);
        all.push(MapRequest { extends: false, ..request });
    }
    if left > 0 {
        all.push(MapRequest { inside, outside, size: left, is_host: false, extends: false });
    }
    all
}

/// How many ids the accounts in these files (passwd(5), group(5)) need, as Podman counts it: without those that stand
/// for nobody.
pub fn needed_by(passwd: &str, group: &str) -> u32 {
    const NOBODY: u32 = 65_534;
    let highest = |text: &str, fields: &[usize]| {
        let lines = text.lines().map(|line| line.split(':').collect::<Vec<_>>());
        let ids = lines.filter(|line| !matches!(line[0], "nobody" | "nogroup")).flat_map(|line| {
            fields.iter().filter_map(|field| line.get(*field)?.parse::<u32>().ok()).collect::<Vec<_>>()
        });
        ids.filter(|id| *id < NOBODY).max().unwrap_or(0)
    };
    highest(passwd, &[2, 3]).max(highest(group, &[2])) + 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::idmap::Rung;

    fn base(size: u32) -> IdMap {
        let map = vec![
            IdMapping { container_id: 0, host_id: 1000, size: 1 },
            IdMapping { container_id: 1, host_id: 100_000, size },
        ];
        IdMap { rung: Rung::Subordinate, uids: map.clone(), gids: map, is_exact: false }
    }

    #[test]
    fn slices_do_not_overlap_and_gaps_are_used_again() {
        let slice = |start, size| IdSlice { start, size };
        let find = |size, taken: &[IdSlice]| free_slice(size, &base(100), taken).ok();
        assert_eq!(find(40, &[]), Some(slice(1, 40)));
        assert_eq!(find(40, &[slice(1, 40)]), Some(slice(41, 40)));
        assert_eq!(find(40, &[slice(41, 40), slice(1, 40)]), None);
        assert_eq!(find(20, &[slice(41, 40), slice(1, 40)]), Some(slice(81, 20)));
        assert_eq!(find(40, &[slice(41, 40)]), Some(slice(1, 40)));
        assert_eq!(find(100, &[]), Some(slice(1, 100)));
        assert_eq!(find(101, &[]), None);
        assert_eq!(find(u32::MAX, &[slice(5, u32::MAX)]), None);
    }

    #[test]
    fn a_slice_is_mapped_around_what_was_asked_for() {
        let map = |ids: &AutoIds| {
            let map = map_of(ids, &base(100)).unwrap();
            map.uids.iter().map(|m| (m.container_id, m.host_id, m.size)).collect::<Vec<_>>()
        };
        let mut ids = AutoIds { slice: Some(IdSlice { start: 11, size: 20 }), ..AutoIds::default() };
        assert_eq!(map(&ids), [(0, 100_010, 20)]);
        ids.uids = vec![MapRequest { inside: 5, outside: 0, size: 1, is_host: false, extends: false }];
        assert_eq!(map(&ids), [(0, 100_010, 5), (5, 1000, 1), (6, 100_015, 15)]);
        assert_eq!(all_of(&base(100)), IdSlice { start: 1, size: 100 });
    }

    #[test]
    fn accounts_say_how_many_ids_an_image_needs() {
        let passwd = "root:x:0:0::/:/bin/sh\nweb:x:2000:3000::/:/bin/sh\nnobody:x:65534:65534::/:/bin/sh\nbad\n";
        assert_eq!(needed_by(passwd, ""), 3001);
        assert_eq!(needed_by(passwd, "big:x:5000:\nnogroup:x:65533:\n\n:x:-1:\nhuge:x:4294967295:"), 5001);
        assert_eq!(needed_by("", ""), 1);
    }
}
