//! Names for containers whose maker gave none: an adjective and a pioneer of computing, as Docker's users know them.

use std::io::Read;

const ADJECTIVES: &[&str] = &[
    "able", "agile", "amber", "ample", "apt", "brave", "brief", "bright", "brisk", "calm", "candid", "civil", "clear",
    "clever", "cosmic", "crisp", "daring", "deft", "eager", "early", "easy", "fair", "fleet", "fond", "frank", "fresh",
    "gentle", "glad", "golden", "grand", "happy", "hardy", "honest", "humble", "jolly", "keen", "kind", "lively",
    "loyal", "lucid", "mellow", "merry", "mild", "modest", "neat", "nimble", "noble", "patient", "placid", "plucky",
    "polite", "proud", "quick", "quiet", "rapid", "ready", "robust", "serene", "sharp", "silent", "sincere", "smooth",
    "snappy", "sober", "solid", "spry", "steady", "still", "sturdy", "subtle", "sunny", "swift", "tidy", "tranquil",
    "upbeat", "valiant", "vivid", "warm", "witty", "zesty",
];

const PIONEERS: &[&str] = &[
    "allen",
    "babbage",
    "backus",
    "bartik",
    "berners",
    "boole",
    "brooks",
    "cerf",
    "church",
    "clarke",
    "codd",
    "conway",
    "cray",
    "curry",
    "dijkstra",
    "eckert",
    "engelbart",
    "floyd",
    "goldberg",
    "hamilton",
    "hamming",
    "hoare",
    "holberton",
    "hopper",
    "huffman",
    "iverson",
    "johnson",
    "kahn",
    "karp",
    "kay",
    "kernighan",
    "kilburn",
    "kleene",
    "knuth",
    "lamarr",
    "lamport",
    "landin",
    "liskov",
    "lovelace",
    "mauchly",
    "mccarthy",
    "mccluskey",
    "meltzer",
    "milner",
    "minsky",
    "moore",
    "naur",
    "neumann",
    "noyce",
    "nygaard",
    "perlis",
    "perlman",
    "postel",
    "rabin",
    "ritchie",
    "rivest",
    "sammet",
    "scott",
    "shamir",
    "shannon",
    "shirley",
    "spence",
    "sutherland",
    "tarjan",
    "thompson",
    "turing",
    "wilkes",
    "wilkinson",
    "wing",
    "wirth",
    "yao",
    "zuse",
];

pub fn generate() -> String {
    let [one, other, ..] = random_bytes::<8>().map(usize::from);
    format!("{}_{}", ADJECTIVES[one % ADJECTIVES.len()], PIONEERS[other % PIONEERS.len()])
}

/// A container id: 64 hexadecimal digits that nobody has had before.
pub fn new_id() -> String {
    random_bytes::<32>().iter().map(|byte| format!("{byte:02x}")).collect()
}

fn random_bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    std::fs::File::open("/dev/urandom")
        .and_then(|mut random| random.read_exact(&mut bytes))
        .expect("the kernel gives random bytes to everybody");
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn generated_names_are_names() {
        for _ in 0..100 {
            assert!(crate::container::create::is_name(&generate()));
        }
        assert_eq!(new_id().len(), 64);
        assert_ne!(new_id(), new_id());
    }
}
