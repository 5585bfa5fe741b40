//! A disk that is full, at whichever moment: one line says so, nothing half done stays, and with room all goes on.

use crate::fixture::{Archive, HostileRegistry, Image, Running, Stage, skip};

/// Runs as root of a user namespace with a small file system at `$store`. Says `ready`, and then whatever is not as it
/// should be.
const SCRIPT: &str = r#"
box() { command "$binary" --root "$store/root" "$@"; }
mount -t tmpfs -o "$limits,mode=700" tmpfs "$store" 2>/dev/null || { echo refused; exit; }
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

fn steps(limits: &str, rooms: &str, fill: &str, clear: &str) {
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
    command.args(["-Urm", "bash", "-c", SCRIPT]).env("binary", crate::fixture::binary());
    command.env("store", &store).env("image", registry.image()).env("limits", limits);
    command.env("rooms", rooms).env("fill", fill).env("clear", clear);
    let said = Running::start(command, Some(std::process::Stdio::null())).finish();
    match said.out.trim_end() {
        "ready" => assert_eq!(said.code, 0, "{said}"),
        text if text.starts_with("ready") => panic!("{said}"),
        _ => skip!("no file system may be mounted in a user namespace here"),
    }
}

#[test]
fn a_disk_without_room_is_said_and_left_clean() {
    let fill = r#"dd if=/dev/zero of="$store/fill" bs=4k 2>/dev/null
        truncate -s $(($(stat -c %s "$store/fill") - room * 4096)) "$store/fill""#;
    steps(
        "size=6m",
        "0 1 2 4 7 12 20 40 60 75 90 110 140 160 165 170 175 180 185 190 195 200 300",
        fill,
        r#"rm "$store/fill""#,
    );
}

#[test]
fn a_disk_without_inodes_is_said_and_left_clean() {
    let fill = r#"mkdir "$store/fill"; n=0
        while : 2>/dev/null >"$store/fill/$n"; do n=$((n + 1)); done
        for k in $(seq "$room"); do rm "$store/fill/$((n - k))"; done"#;
    steps("size=20m,nr_inodes=250", "0 1 2 3 5 8 12 17 23 30 36 42 48 52 56 60 70", fill, r#"rm -r "$store/fill""#);
}
