//! A disk that is full, at whichever moment: one line says so, nothing half done stays, and with room all goes on.

use crate::fixture::{Archive, HostileRegistry, Image, Running, Stage, need, skip};

/// Runs where one may mount, with a small file system at `$store`. Says `ready`, and then whatever is not as it
/// should be.
const SCRIPT: &str = r#"
box() { command "$binary" --root "$store/root" "$@"; }
case $kind in
    tmpfs) mount -t tmpfs -o "$limits,mode=700" tmpfs "$store" ;;
    *) mkfs.$kind -q $limits "$store.img" 7M && mount -o loop "$store.img" "$store" ;;
esac >/dev/null 2>&1 || { echo refused; exit; }
box images -q 2>/dev/null || { echo refused; exit; }
echo ready
pulled=0 refused=0
for room in $rooms; do
    eval "$fill"
    said=$(box pull -q --tls-verify=false --retry=0 "$image" 2>&1); code=$?
    case $code in
        0) pulled=$((pulled + 1)) ;;
        1)
            refused=$((refused + 1))
            case $said in
                *"no space left on device"*"$store/root"*) ;;
                *) echo "$room: the reason is not told: $said" ;;
            esac
            [ "$(echo "$said" | wc -l)" = 2 ] || echo "$room: more than an error and a hint: $said"
            [ -z "$(box images -q)" ] || echo "$room: half an image is listed"
            left=$(cd "$store/root" && find staging trash downloads -mindepth 1)
            [ -z "$left" ] || echo "$room: left behind: $left"
            ;;
        *) echo "$room: ended with $code: $said" ;;
    esac
    box images >/dev/null && box ps -a >/dev/null || echo "$room: the next command fails"
    eval "$clear"
    box pull -q --tls-verify=false --retry=0 "$image" >/dev/null || echo "$room: does not go on"
    box system check >/dev/null || echo "$room: $(box system check)"
    box rmi -f -a >/dev/null && box image prune -f >/dev/null || echo "$room: cannot be removed"
done
[ $refused -gt 3 ] && [ $pulled -gt 0 ] || echo "$pulled pulls had room, $refused had not"
"#;

/// `limits` are options of the mount for tmpfs, and of mkfs for file systems on a disk, which only root may mount.
fn steps(kind: &str, limits: &str, rooms: &str, fill: &str, clear: &str) {
    let stage = Stage::new();
    // One that unpacks to more than it is, and small ones.
    let mut layers = vec![Archive::new().file("large", &vec![0; 300_000]).bytes()];
    layers.extend(
        (0..3).map(|n| (0..8).fold(Archive::new(), |layer, m| layer.file(&format!("{n}-{m}"), b"content")).bytes()),
    );
    let registry = HostileRegistry::of(Image::of(&layers));
    let store = stage.home().join("small");
    std::fs::create_dir(&store).unwrap();
    let mut command = stage.program("unshare");
    let namespaces = if kind == "tmpfs" { "-Urm" } else { "-m" };
    command.args([namespaces, "bash", "-c", SCRIPT]).env("kind", kind).env("binary", crate::fixture::binary());
    command.env("store", &store).env("image", registry.image()).env("limits", limits);
    command.env("rooms", rooms).env("fill", fill).env("clear", clear);
    let said = Running::start(command, Some(std::process::Stdio::null())).finish();
    match said.out.trim_end() {
        "ready" => assert_eq!(said.code, 0, "{said}"),
        text if text.starts_with("ready") => panic!("{said}"),
        _ => skip!("no such file system may be mounted here"),
    }
}

const FILL_BLOCKS: &str = r#"dd if=/dev/zero of="$store/fill" bs=4k 2>/dev/null
    truncate -s $(($(stat -c %s "$store/fill") - room * 4096)) "$store/fill""#;
const FILL_INODES: &str = r#"mkdir "$store/fill"; n=0
    while : 2>/dev/null >"$store/fill/$n"; do n=$((n + 1)); done
    for k in $(seq "$room"); do rm "$store/fill/$((n - k))"; done"#;

#[test]
fn a_disk_without_room_is_said_and_left_clean() {
    let rooms = "0 1 2 4 7 12 20 40 60 75 90 110 140 160 165 170 175 180 185 190 195 200 300";
    steps("tmpfs", "size=6m", rooms, FILL_BLOCKS, r#"rm "$store/fill""#);
}

#[test]
fn a_disk_without_inodes_is_said_and_left_clean() {
    let rooms = "0 1 2 3 5 8 12 17 23 30 36 42 48 52 56 60 70";
    steps("tmpfs", "size=20m,nr_inodes=250", rooms, FILL_INODES, r#"rm -r "$store/fill""#);
}

#[test]
fn a_small_ext4_is_said_to_be_full_and_left_clean() {
    need!(loop_devices());
    let rooms = "0 2 7 20 60 90 140 165 180 195 200 300";
    steps("ext4", "-b 4096 -m 0 -O ^has_journal", rooms, FILL_BLOCKS, r#"rm "$store/fill""#);
    let rooms = "0 1 3 8 17 30 42 52 60 70";
    steps("ext4", "-b 4096 -m 0 -O ^has_journal -N 250", rooms, FILL_INODES, r#"rm -r "$store/fill""#);
}

fn loop_devices() -> Result<(), String> {
    if !crate::fixture::is_root() {
        return Err("only root may mount a file system on a disk".to_owned());
    }
    crate::fixture::installed("mkfs.ext4").map(drop)
}
