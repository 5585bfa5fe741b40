//! `box rename`.

use crate::fixture::{Stage, need};

#[test]
fn the_container_answers_to_the_new_name_only() {
    let stage = Stage::shared();
    let (payload, old, new) = (need!(stage.image("payload")), stage.name("old"), stage.name("new"));
    let id = stage.run(&["create", "--name", &old, &payload]).ok();
    assert_eq!(stage.run(&["rename", &old, &new]).ok(), "");
    assert_eq!(stage.run(&["inspect", "-f", "{{.Id}}", &new]).ok(), id);
    stage.run(&["inspect", &old]).fails(1);
    stage.run(&["create", "--name", &old, &payload]).ok();
    stage.run(&["rename", &old, &new]).fails(125);
}

#[test]
fn the_end_of_a_renamed_container_leaves_its_old_name_to_whoever_has_it() {
    let stage = Stage::shared();
    let (payload, old, new) = (need!(stage.image("payload")), stage.name("old-rm"), stage.name("new-rm"));
    let options = ["run", "-d", "--rm", "--network", "none", "--name", &old];
    stage.run(&[&options[..], &[&payload, "/payload", "wait"]].concat()).ok();
    stage.run(&["rename", &old, &new]).ok();
    let second = stage.run(&[&options[..], &[&payload, "/payload", "wait"]].concat()).ok();
    stage.run(&["stop", "-t", "0", &new]).ok();
    stage.run(&["inspect", &new]).fails(1);
    assert_eq!(stage.run(&["inspect", "-f", "{{.Id}}", &old]).ok(), second);
    stage.run(&["rm", "-f", "-t", "0", &old]).ok();
}

#[test]
fn beside_other_changes_none_is_lost() {
    let stage = Stage::new();
    let (payload, old, new) = (need!(stage.image("payload")), stage.name("one"), stage.name("two"));
    let id = stage.run(&["create", "--name", &old, &payload]).ok();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for _ in 0..10 {
                stage.run(&["rename", &id, &new]).ok();
                stage.run(&["rename", &id, &old]).ok();
            }
        });
        for name in ["A", "B"] {
            let (stage, id) = (&stage, &id);
            scope.spawn(move || {
                for value in 0..10 {
                    stage.run(&["update", "--env", &format!("{name}{value}=1"), id]).ok();
                }
            });
        }
    });
    assert_eq!(stage.run(&["inspect", "-f", "{{.Name}}", &old]).ok(), old);
    let env = stage.run(&["inspect", "-f", "{{.Config.Env}}", &old]).ok();
    let missing = ["A", "B"].iter().flat_map(|name| (0..10).map(move |value| format!("{name}{value}=1")));
    assert_eq!(missing.filter(|variable| !env.contains(variable)).collect::<Vec<_>>(), Vec::<String>::new());
    stage.run(&["rm", &old]).ok();
}
