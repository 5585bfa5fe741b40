//! `box create`.

use crate::fixture::{Stage, need};

#[test]
fn it_prints_the_id_and_runs_nothing() {
    let stage = Stage::shared();
    let (payload, web) = (need!(stage.image("payload")), stage.name("web"));
    let id = stage.run(&["create", "--name", &web, &payload]).ok();
    assert_eq!(id.len(), 64);
    assert_eq!(
        stage.run(&["inspect", "-f", "{{.Id}} {{.State.Status}} {{.State.Pid}}", &web]).ok(),
        format!("{id} created 0")
    );
    assert_eq!(stage.run(&["rm", &id[..12]]).ok(), id[..12]);
}

#[test]
fn of_sixteen_callers_one_gets_the_name() {
    let stage = Stage::shared();
    let (payload, web) = (need!(stage.image("payload")), stage.name("web"));
    let script =
        format!("for n in $(seq 16); do (box create --name {web} {payload} 2>/dev/null || echo refused) & done; wait");
    let said = stage.shell(&script).ok();
    assert_eq!(said.lines().filter(|line| *line == "refused").count(), 15, "{said}");
}
