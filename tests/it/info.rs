//! `box info`.

use crate::fixture::Stage;

#[test]
fn it_needs_nothing_and_tells_where_the_store_is() {
    let stage = Stage::new();
    let text = stage.run(&["info"]).ok();
    assert!(text.contains(stage.store().to_str().expect("is UTF-8")), "{text}");
    let said = stage.run(&["info", "--format", "json"]).ok();
    serde_json::from_str::<serde_json::Value>(&said).expect("JSON");
}
