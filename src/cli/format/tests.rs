//! Whole templates against whole data: what scripts write, and what Go's documentation promises.

use serde_json::{Value, json};

use super::Template;
use crate::error::Kind;

fn render(source: &str, data: &Value) -> String {
    Template::parse(source)
        .and_then(|template| template.render(data))
        .unwrap_or_else(|error| panic!("{source}: {error}"))
}

fn check(data: &Value, cases: &[(&str, &str)]) {
    for (source, text) in cases {
        assert_eq!(render(source, data), *text, "{source}");
    }
}

/// A template that fails when it is read or rendered, with the place and the reason.
fn refuse(data: &Value, source: &str) -> String {
    let error = Template::parse(source).and_then(|template| template.render(data)).expect_err(source);
    assert_eq!(error.kind, Kind::Template, "{source}");
    error.chain.last().unwrap().clone()
}

fn container() -> Value {
    json!({
        "Id": "4f1c", "Name": "web", "Image": "sha256:9a", "Created": "2024-01-01T00:00:00Z", "Pid": 42,
        "State": {"Status": "running", "Running": true, "ExitCode": 0, "Pid": 7, "Health": null},
        "Config": {
            "Image": "docker.io/library/nginx:latest", "Env": ["A=1", "B=<&>"], "Cmd": null,
            "Labels": {"team": "web", "com.example.x": "y"},
        },
        "HostConfig": {"RestartPolicy": {"Name": "always", "MaximumRetryCount": 3}, "Memory": 67108864},
        "NetworkSettings": {
            "IPAddress": "10.0.2.100",
            "Networks": {"a": {"IPAddress": "10.1.0.2"}, "b": {"IPAddress": "10.2.0.2"}},
            "Ports": {"80/tcp": [{"HostIp": "0.0.0.0", "HostPort": "8080"}], "443/tcp": null},
        },
        "Mounts": [
            {"Type": "bind", "Source": "/src", "Destination": "/dst", "RW": true},
            {"Type": "volume", "Name": "data", "Source": "/v", "Destination": "/data", "RW": false},
        ],
        "RepoDigests": ["nginx@sha256:aa", "nginx@sha256:bb"],
        "GraphDriver": {"Name": "overlay", "Data": {"MergedDir": "/m"}},
        "LogPath": "/log",
    })
}

#[test]
fn inspect_expressions_of_scripts_give_what_docker_gives() {
    check(
        &container(),
        &[
            ("{{.State.Status}}", "running"),
            ("{{.State.Running}}", "true"),
            ("{{.State.ExitCode}}", "0"),
            ("{{.State.Pid}}", "7"),
            ("{{ .NetworkSettings.IPAddress }}", "10.0.2.100"),
            ("{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}", "10.1.0.210.2.0.2"),
            ("{{range $k, $v := .NetworkSettings.Networks}}{{$k}}={{$v.IPAddress}} {{end}}", "a=10.1.0.2 b=10.2.0.2 "),
            (r#"{{(index (index .NetworkSettings.Ports "80/tcp") 0).HostPort}}"#, "8080"),
            (r#"{{(index .NetworkSettings.Ports "80/tcp" 0).HostPort}}"#, "8080"),
            (r#"{{with index .NetworkSettings.Ports "443/tcp"}}{{.}}{{else}}closed{{end}}"#, "closed"),
            (
                "{{range $p, $c := .NetworkSettings.Ports}} {{$p}} -> {{if $c}}{{(index $c 0).HostPort}}{{end}}{{end}}",
                " 443/tcp ->  80/tcp -> 8080",
            ),
            ("{{.Config.Image}}", "docker.io/library/nginx:latest"),
            ("{{.Id}} {{.ID}}", "4f1c 4f1c"),
            ("{{.Name}}", "web"),
            ("{{index .RepoDigests 0}}", "nginx@sha256:aa"),
            ("{{json .Config.Env}}", r#"["A=1","B=<&>"]"#),
            ("{{range .Config.Env}}{{println .}}{{end}}", "A=1\nB=<&>\n"),
            ("{{join .Config.Env \",\"}}", "A=1,B=<&>"),
            ("{{.HostConfig.RestartPolicy.Name}}", "always"),
            ("{{.HostConfig.Memory}}", "67108864"),
            ("{{.Config.Labels}}", "map[com.example.x:y team:web]"),
            (r#"{{index .Config.Labels "com.example.x"}}"#, "y"),
            (r#"{{index .Config.Labels "absent"}}"#, ""),
            ("{{.Config.Labels.team}}", "web"),
            ("{{.Config.Labels.absent}}", "<no value>"),
            ("{{json .Config.Labels}}", r#"{"com.example.x":"y","team":"web"}"#),
            ("{{.Config.Cmd}}", "<no value>"),
            ("{{len .Mounts}}", "2"),
            ("{{range .Mounts}}{{.Source}}:{{.Destination}} {{end}}", "/src:/dst /v:/data "),
            ("{{range .Mounts}}{{if eq .Type \"volume\"}}{{.Name}}{{end}}{{end}}", "data"),
            (r#"{{range .Mounts}}{{if .RW}}rw{{else}}ro{{end}} {{end}}"#, "rw ro "),
            ("{{.LogPath}}", "/log"),
            ("{{.GraphDriver.Data.MergedDir}}", "/m"),
            ("{{if .State.Health}}{{.State.Health.Status}}{{else}}none{{end}}", "none"),
            ("{{.State.Status}} since {{slice .Created 0 10}}", "running since 2024-01-01"),
        ],
    );
}

#[test]
fn listing_expressions_of_scripts_give_what_docker_gives() {
    let row = json!({
        "ID": "4f1c2d3e4f5a", "Names": "web", "Image": "nginx", "Status": "Up 3 minutes", "Ports": "0.0.0.0:80->80/tcp",
        "State": "running", "Labels": {"x": "1"}, "Size": "1.2MB", "Repository": "nginx", "Tag": "latest",
        "ServerVersion": "1", "NCPU": 2,
    });
    check(
        &row,
        &[
            ("{{.ID}}", "4f1c2d3e4f5a"),
            ("{{.Names}}", "web"),
            ("{{.ID}}: {{.Names}} ({{.Image}})", "4f1c2d3e4f5a: web (nginx)"),
            ("{{.Repository}}:{{.Tag}}", "nginx:latest"),
            (r#"{{.Label "x"}}"#, "1"),
            (r#"{{.Label "y"}}"#, ""),
            (r#"{{"x" | .Label}}"#, "1"),
            (r#"{{if eq (.Label "x") "1"}}one{{end}}"#, "one"),
            ("{{.Names}}\t{{.Status}}", "web\tUp 3 minutes"),
            ("{{truncate .ID 4}}", "4f1c"),
            ("{{pad .Names 1 2}}|", " web  |"),
            ("{{upper .Names}}{{.Names | title}}{{lower \"ABC\"}}", "WEBWebabc"),
            (r#"{{printf "%-8s|%5d" .Names .NCPU}}"#, "web     |    2"),
            (r#"{{.Names | printf "%s-%s" .Image}}"#, "nginx-web"),
            (r#"{{index (split .Image "g") 0}}"#, "n"),
            ("'{{.ID}}'", "'4f1c2d3e4f5a'"),
        ],
    );
}

#[test]
fn examples_of_the_documentation_of_text_template_hold() {
    check(
        &json!(null),
        &[
            (r#"{{"\"output\""}}"#, r#""output""#),
            ("{{`\"output\"`}}", r#""output""#),
            (r#"{{printf "%q" "output"}}"#, r#""output""#),
            (r#"{{"output" | printf "%q"}}"#, r#""output""#),
            (r#"{{printf "%q" (print "out" "put")}}"#, r#""output""#),
            (r#"{{"put" | printf "%s%s" "out" | printf "%q"}}"#, r#""output""#),
            (r#"{{"output" | printf "%s" | printf "%q"}}"#, r#""output""#),
            (r#"{{with "output"}}{{printf "%q" .}}{{end}}"#, r#""output""#),
            (r#"{{with $x := "output" | printf "%q"}}{{$x}}{{end}}"#, r#""output""#),
            (r#"{{with $x := "output"}}{{printf "%q" $x}}{{end}}"#, r#""output""#),
            (r#"{{with $x := "output"}}{{$x | printf "%q"}}{{end}}"#, r#""output""#),
            ("{{23 -}} < {{- 45}}", "23<45"),
            ("a {{- /* a comment */ -}} b", "ab"),
            (
                concat!(
                    r#"{{define "T1"}}ONE{{end}}{{define "T2"}}TWO{{end}}"#,
                    r#"{{define "T3"}}{{template "T1"}} {{template "T2"}}{{end}}{{template "T3"}}"#
                ),
                "ONE TWO",
            ),
            (r#"{{block "b" 3}}<{{.}}>{{end}}"#, "<3>"),
        ],
    );
}

#[test]
fn branches_choose_by_gos_idea_of_truth() {
    check(
        &json!({"T": true, "Z": 0, "E": "", "L": [], "O": {}, "N": null, "F": 0.5}),
        &[
            ("{{if .T}}t{{end}}", "t"),
            ("{{if .Z}}t{{else}}f{{end}}", "f"),
            ("{{if .E}}t{{else}}f{{end}}", "f"),
            ("{{if .L}}t{{else}}f{{end}}", "f"),
            ("{{if .N}}t{{else}}f{{end}}", "f"),
            ("{{if .F}}t{{else}}f{{end}}", "t"),
            ("{{if .Z}}1{{else if .E}}2{{else if .T}}3{{else}}4{{end}}", "3"),
            ("{{with .E}}1{{else with .F}}{{.}}{{else}}4{{end}}", "0.5"),
            ("{{if not .Z}}t{{end}}", "t"),
            ("{{and .T .F}} {{and .T .Z .F}} {{or .Z .E \"x\"}} {{or .T .Absent}}", "0.5 0 x true"),
            ("{{if and .T (not .E) (or .Z .F)}}t{{end}}", "t"),
            ("{{.E | or .Z}}|", "|"),
        ],
    );
}

#[test]
fn loops_bind_break_and_go_on() {
    check(
        &json!({"L": ["a", "b", "c"], "E": [], "N": null, "M": {"y": 2, "x": 1}}),
        &[
            ("{{range .L}}{{.}}{{end}}", "abc"),
            ("{{range $v := .L}}{{$v}}{{end}}", "abc"),
            ("{{range $i, $v := .L}}{{if $i}}, {{end}}{{$v}}{{end}}", "a, b, c"),
            ("{{range .E}}x{{else}}none{{end}}", "none"),
            ("{{range .N}}x{{else}}none{{end}}", "none"),
            ("{{range $k, $v := .M}}{{$k}}{{$v}}{{end}}", "x1y2"),
            ("{{range 3}}{{.}}{{end}}", "012"),
            ("{{range .L}}{{if eq . \"b\"}}{{break}}{{end}}{{.}}{{end}}", "a"),
            ("{{range .L}}{{if eq . \"b\"}}{{continue}}{{end}}{{.}}{{end}}", "ac"),
            ("{{range .L}}{{range $.L}}{{break}}{{end}}{{.}}{{end}}", "abc"),
            ("{{$n := 0}}{{range $i, $v := .L}}{{$n = $i}}{{end}}{{$n}}", "2"),
            ("{{$x := 1}}{{if true}}{{$x := 2}}{{end}}{{$x}}", "1"),
            ("{{range .L}}{{$.M.x}}{{end}}", "111"),
            ("{{with .M}}{{.x}}{{$.M.y}}{{end}}", "12"),
        ],
    );
}

#[test]
fn comparisons_know_numbers_from_strings() {
    check(
        &json!({"I": 3, "F": 2.5, "S": "abc", "B": true, "N": null}),
        &[
            ("{{eq .I 3}} {{eq .I 1 2 3}} {{eq .I 1 2}} {{ne .I 3}}", "true true false false"),
            ("{{lt .I 4}} {{le .I 3}} {{gt .I 3}} {{ge .I 3}}", "true true false true"),
            ("{{gt .I .F}} {{eq .S \"abc\"}} {{lt .S \"abd\"}} {{eq .B true}}", "true true true true"),
            ("{{eq .N nil}} {{eq .S nil}}", "true false"),
            ("{{if (gt (len .S) 2)}}long{{end}}", "long"),
        ],
    );
    assert_eq!(
        refuse(&json!({"S": "a"}), "{{eq .S 1}}"),
        "column 3: eq: incompatible types for comparison: string and int"
    );
    assert_eq!(
        refuse(&json!({"B": true}), "{{lt .B true}}"),
        "column 3: lt: invalid type for comparison: bool and bool"
    );
    assert_eq!(refuse(&json!({"S": "a"}), "{{eq .S}}"), "column 3: eq: missing argument for comparison");
}

#[test]
fn escaping_functions_escape_as_in_go() {
    check(
        &json!({"X": "<a href='x'>&\"", "Q": "a b/ü?"}),
        &[
            ("{{html .X}}", "&lt;a href=&#39;x&#39;&gt;&amp;&#34;"),
            ("{{js .X}}", r#"\u003Ca href\u003D\'x\'\u003E\u0026\""#),
            ("{{urlquery .Q}}", "a+b%2F%C3%BC%3F"),
            ("{{json .X}}", r#""<a href='x'>&\"""#),
        ],
    );
}

#[test]
fn a_missing_name_is_a_mistake_in_a_struct_and_an_absence_in_a_map() {
    let data = container();
    assert_eq!(refuse(&data, "{{.Nmae}}"), "column 3: unknown field `Nmae`");
    assert_eq!(refuse(&data, "ab{{.State.Foo}}"), "column 5: unknown field `Foo`");
    assert_eq!(refuse(&data, "{{.State.Health.Status}}"), "column 3: nil has no field `Status`");
    assert_eq!(refuse(&data, "{{.Name.X}}"), "column 3: can't evaluate field `X` in type string");
    assert_eq!(render("{{.NetworkSettings.Networks.podman}}", &data), "<no value>");
    let error = Template::parse("{{.State.Foo}}").unwrap().render(&data).unwrap_err();
    assert_eq!(error.hint.as_deref(), Some("fields here: .ExitCode .Health .Pid .Running .Status"));
    assert_eq!(error.to_string(), "template `{{.State.Foo}}`: column 3: unknown field `Foo`");
}

#[test]
fn errors_name_the_place() {
    let data = container();
    assert_eq!(refuse(&data, "{{index .RepoDigests 5}}"), "column 3: index: index out of range: 5");
    assert_eq!(refuse(&data, "a\nbc{{.Foo}}"), "line 2, column 5: unknown field `Foo`");
    assert_eq!(refuse(&data, "é{{.Foo}}"), "column 4: unknown field `Foo`");
    assert_eq!(refuse(&data, "{{.Name 1}}"), "column 3: .Name takes no argument");
    assert_eq!(refuse(&data, "{{range .Name}}{{end}}"), "column 1: range can't iterate over web");
    assert_eq!(refuse(&data, "{{template \"x\"}}"), "column 1: template \"x\" not defined");
    assert_eq!(refuse(&data, "{{len 3}}"), "column 3: len: len of type int");
    assert_eq!(refuse(&data, "{{not}}"), "column 3: not: wrong number of arguments: want 1, got 0");
    assert_eq!(refuse(&data, "{{ID}}"), "column 3: function `ID` not defined");
}

#[test]
fn a_template_cannot_run_away() {
    let data = json!({"L": [1]});
    assert!(refuse(&data, r#"{{define "a"}}{{template "a" .}}{{end}}{{template "a" .}}"#).contains("too deeply"));
    assert!(refuse(&data, "{{range 999999999999}}{{printf \"%1000000s\" `x`}}{{end}}").contains("output is too long"));
}

#[test]
fn backslashes_are_unescaped_only_on_a_command_line() {
    assert_eq!(render(r"a\tb", &Value::Null), r"a\tb");
    let template = Template::parse_argument(r#"{{print "x\ty"}}\t\n"#).unwrap();
    assert_eq!(template.render(&Value::Null).unwrap(), "x\ty\t\n");
}

#[test]
fn nothing_in_the_data_is_read_as_a_template() {
    assert_eq!(render("{{.A}}", &json!({"A": "{{.B}} %d"})), "{{.B}} %d");
}
