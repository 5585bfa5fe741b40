//! Unit files and the services that stand for them, key by key.

use super::*;

/// How box is called, for a user.
const SCENE: Scene = Scene { program: "/usr/bin/box", is_of_user: true, unit_files: &[] };

fn service_of(name: &str, text: &str) -> Result<Service> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(name);
    for (beside, text) in [
        ("nginx.image", "[Image]\nImage=docker.io/library/nginx\n"),
        ("data.volume", "[Volume]\n"),
        ("named.volume", "[Volume]\nVolumeName=v\nServiceName=vs\n"),
        ("net.network", "[Network]\n"),
        ("named.network", "[Network]\nNetworkName=n\n"),
        ("db.container", "[Container]\nImage=x\nContainerName=db\n"),
        (name, text),
    ] {
        std::fs::write(dir.path().join(beside), text).unwrap();
    }
    service(SCENE, &path)
}

fn container(lines: &str) -> Service {
    service_of("web.container", &format!("[Container]\nImage=x\n{lines}")).unwrap()
}

fn lines<'t>(text: &'t str, key: &str) -> Vec<&'t str> {
    text.lines().filter_map(|line| line.strip_prefix(key)?.strip_prefix('=')).collect()
}

#[test]
fn a_container_is_a_service_that_notifies() {
    let service = container(
        "Exec=sleep \"1 h\"\n[Unit]\nDescription=d\n[Service]\nRestart=always\n[Install]\nWantedBy=default.target\n",
    );
    assert_eq!(service.name, "web.service");
    let start =
        "/usr/bin/box run --name systemd-%N --replace --rm --cgroups split --sdnotify conmon --detach x sleep \"1 h\"";
    assert_eq!(lines(&service.text, "ExecStart"), [start]);
    for (key, values) in [
        ("Type", &["notify"][..]),
        ("NotifyAccess", &["all"]),
        ("Delegate", &["yes"]),
        ("KillMode", &["mixed"]),
        ("SyslogIdentifier", &["%N"]),
        ("Environment", &["PODMAN_SYSTEMD_UNIT=%n"]),
        ("ExecStop", &["/usr/bin/box rm -v -f -i systemd-%N"]),
        ("ExecStopPost", &["-/usr/bin/box rm -v -f -i systemd-%N"]),
        ("Description", &["d"]),
        ("Restart", &["always"]),
        ("WantedBy", &["default.target"]),
    ] {
        assert_eq!(lines(&service.text, key), values, "{key}");
    }
    assert_eq!(service.links, [Path::new("default.target.wants/web.service")]);
}

#[test]
fn each_key_becomes_its_option() {
    for (key, expected) in [
        ("ContainerName=n", "run --name n "),
        ("Environment=A=1 \"B=2 3\"", "--env A=1 --env \"B=2 3\" "),
        ("PublishPort=8080:80", "--publish 8080:80 "),
        ("Volume=/a:/b:ro", "--volume /a:/b:ro "),
        ("Volume=/b", "--volume /b "),
        ("Volume=data.volume:/d", "--volume systemd-data:/d "),
        ("Volume=named.volume:/d:ro", "--volume v:/d:ro "),
        ("Mount=type=image,src=nginx.image,dst=/i", "--mount type=image,src=docker.io/library/nginx,dst=/i "),
        ("Network=host", "--network host "),
        ("Network=net.network", "--network systemd-net "),
        (
            "Network=named.network:ip=10.0.0.9,alias=a\nNetwork=other",
            "--network n:ip=10.0.0.9,alias=a --network other ",
        ),
        ("Network=db.container", "--network container:db "),
        (
            "Mount=type=volume,source=data.volume,destination=/d",
            "--mount type=volume,source=systemd-data,destination=/d ",
        ),
        ("Tmpfs=/t", "--tmpfs /t "),
        ("User=5\nGroup=6", "--user 5:6 "),
        ("ReadOnly=yes", "--read-only=true "),
        ("RunInit=true", "--init "),
        ("NoNewPrivileges=1", "--security-opt no-new-privileges "),
        ("SeccompProfile=/p", "--security-opt seccomp=/p "),
        ("AddCapability=CAP_A CAP_B", "--cap-add CAP_A --cap-add CAP_B "),
        ("Notify=yes", "--sdnotify container "),
        ("Notify=healthy", "--sdnotify healthy "),
        ("CgroupsMode=enabled", "--cgroups enabled "),
        ("HealthCmd=test -f /x", "--health-cmd \"test -f /x\" "),
        ("PodmanArgs=--memory 1g --cpus=2", "--memory 1g --cpus=2 x"),
        ("GlobalArgs=--log-level debug", "/usr/bin/box --log-level debug run"),
        ("AutoUpdate=registry", "--label io.containers.autoupdate=registry "),
        ("AddDevice=-/dev/no-such-device", "--detach x"),
        ("Label=a=b\nLabel=", "--detach x"),
    ] {
        let text = container(&format!("{key}\n")).text;
        assert!(lines(&text, "ExecStart")[0].contains(expected), "{key}: {text}");
    }
}

#[test]
fn other_units_are_needed_by_their_services() {
    for (key, needed) in [
        ("Volume=data.volume:/d", "data-volume.service"),
        ("Volume=named.volume:/d", "vs.service"),
        ("Network=net.network:ip=10.0.0.9", "net-network.service"),
        ("Network=db.container", "db.service"),
    ] {
        let text = container(&format!("{key}\n")).text;
        assert_eq!(lines(&text, "Requires"), [needed], "{key}");
        assert!(lines(&text, "After").contains(&needed), "{key}: {text}");
    }
    let text = service_of("web.container", "[Container]\nImage=nginx.image\n").unwrap().text;
    assert!(lines(&text, "ExecStart")[0].ends_with(" docker.io/library/nginx"), "{text}");
    assert_eq!(lines(&text, "Requires"), ["nginx-image.service"]);
}

#[test]
fn another_unit_may_lie_in_another_folder_that_is_searched() {
    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str| dir.path().join(name);
    std::fs::create_dir_all(path("deep")).unwrap();
    std::fs::write(path("net.network"), "[Network]\nNetworkName=n\n").unwrap();
    std::fs::write(path("deep/web.container"), "[Container]\nImage=x\nNetwork=net.network\n").unwrap();
    let unit_files = [path("net.network")];
    let scene = Scene { unit_files: &unit_files, ..SCENE };
    assert!(service(scene, &path("deep/web.container")).unwrap().text.contains(" --network n x"));
    assert!(service(SCENE, &path("deep/web.container")).is_err());
}

#[test]
fn names_of_unit_files_in_the_section_unit_become_those_of_services() {
    let text = container("[Unit]\nAfter=db.container other.service\nWants=net.network\nDescription=a.container\n").text;
    assert!(lines(&text, "After").contains(&"db.service other.service"), "{text}");
    assert!(lines(&text, "Wants").contains(&"net-network.service"), "{text}");
    assert_eq!(lines(&text, "Description"), ["a.container"]);
    let error = service_of("a.container", "[Unit]\nAfter=no.volume\n[Container]\nImage=x\n").unwrap_err();
    assert!(error.to_string().contains("a.container:2: After=no.volume"), "{error}");
}

#[test]
fn services_wait_for_the_network_unless_they_shall_not() {
    let waiter = "box-user-wait-network-online.service";
    let text = container("").text;
    assert_eq!((lines(&text, "Wants"), lines(&text, "After")), (vec![waiter], vec![waiter]));
    let text = container("[Quadlet]\nDefaultDependencies=no\n").text;
    assert_eq!((lines(&text, "Wants"), lines(&text, "After")), (vec![], vec![]));
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("a.volume"), "[Volume]\n").unwrap();
    let text = service(Scene { is_of_user: false, ..SCENE }, &dir.path().join("a.volume")).unwrap().text;
    assert_eq!(lines(&text, "After"), ["network-online.target"]);
}

#[test]
fn what_a_service_is_installed_for_is_linked_to_it() {
    for (name, install, links) in [
        (
            "web.container",
            "WantedBy=a.target b.target\nRequiredBy=c.service",
            vec!["a.target.wants/web.service", "b.target.wants/web.service", "c.service.requires/web.service"],
        ),
        ("web.container", "Alias=www.service\nUpheldBy=d.target", vec!["www.service", "d.target.upholds/web.service"]),
        ("web.container", "Alias=../out.service\nWantedBy=/etc/x", vec![]),
        ("web@.container", "WantedBy=default.target", vec![]),
        ("web@.container", "DefaultInstance=1\nWantedBy=default.target", vec!["default.target.wants/web@1.service"]),
        ("web@2.container", "WantedBy=default.target", vec!["default.target.wants/web@2.service"]),
    ] {
        let made = service_of(name, &format!("[Container]\nImage=x\n[Install]\n{install}\n")).unwrap();
        let links: Vec<PathBuf> = links.into_iter().map(PathBuf::from).collect();
        assert_eq!(made.links, links, "{name} {install}");
    }
}

#[test]
fn a_oneshot_service_waits_for_the_end() {
    let text = container("[Service]\nType=oneshot\n").text;
    assert_eq!(lines(&text, "Type"), ["oneshot"]);
    assert!(!text.contains("--sdnotify") && !text.contains("--detach"), "{text}");
}

#[test]
fn a_reload_is_a_command_or_a_signal() {
    let text = container("ReloadCmd=nginx -s reload\n").text;
    assert_eq!(lines(&text, "ExecReload"), ["/usr/bin/box exec systemd-%N nginx -s reload"]);
    let text = container("ReloadSignal=HUP\n").text;
    assert_eq!(lines(&text, "ExecReload"), ["/usr/bin/box kill --signal HUP systemd-%N"]);
}

#[test]
fn volumes_and_images_are_made_once() {
    let volume = service_of("data.volume", "[Volume]\nLabel=a=b\nDevice=/x\nType=none\nOptions=bind\n").unwrap();
    assert_eq!(volume.name, "data-volume.service");
    let start = "volume create --ignore --label a=b --opt o=bind --opt device=/x --opt type=none systemd-data";
    assert_eq!(lines(&volume.text, "ExecStart"), [format!("/usr/bin/box {start}")]);
    let volume = service_of("data.volume", "[Volume]\nCopy=no\n").unwrap();
    assert_eq!(lines(&volume.text, "ExecStart"), ["/usr/bin/box volume create --ignore --opt nocopy systemd-data"]);
    assert!(lines(&volume.text, "Type").contains(&"oneshot"), "{}", volume.text);
    assert_eq!(lines(&volume.text, "RemainAfterExit"), ["yes"]);
    let image = service_of("web.image", "[Image]\nImage=docker.io/library/nginx\nTLSVerify=no\n").unwrap();
    assert_eq!(image.name, "web-image.service");
    assert_eq!(lines(&image.text, "ExecStart"), ["/usr/bin/box pull --tls-verify=false docker.io/library/nginx"]);
}

#[test]
fn a_network_is_made_once_and_may_go_with_its_service() {
    for (keys, words) in [
        ("", "systemd-net"),
        ("NetworkName=n\nDriver=bridge\nIPAMDriver=host-local", "--driver bridge --ipam-driver host-local n"),
        (
            "Subnet=10.7.0.0/24\nSubnet=fd07::/64\nGateway=10.7.0.9\nIPRange=10.7.0.64/26\nIPv6=yes",
            "--ipv6 --subnet 10.7.0.0/24 --subnet fd07::/64 --gateway 10.7.0.9 --ip-range 10.7.0.64/26 systemd-net",
        ),
        (
            "DNS=1.1.1.1\nDNS=::1\nInternal=true\nLabel=a=b \"c=d e\"\nOptions=mtu=1400",
            "--dns 1.1.1.1 --dns ::1 --internal --label a=b --label \"c=d e\" --opt mtu=1400 systemd-net",
        ),
        ("DisableDNS=1\nPodmanArgs=--dns 9.9.9.9", "--disable-dns --dns 9.9.9.9 systemd-net"),
    ] {
        let made = service_of("net.network", &format!("[Network]\n{keys}\n")).unwrap();
        assert_eq!(lines(&made.text, "ExecStart"), [format!("/usr/bin/box network create --ignore {words}")]);
        assert_eq!(made.name, "net-network.service");
        assert_eq!((lines(&made.text, "Type"), lines(&made.text, "RemainAfterExit")), (vec!["oneshot"], vec!["yes"]));
        assert!(lines(&made.text, "ExecStopPost").is_empty());
    }
    let made = service_of("net.network", "[Network]\nGlobalArgs=--root /r\nNetworkDeleteOnStop=true\n").unwrap();
    assert_eq!(lines(&made.text, "ExecStopPost"), ["/usr/bin/box --root /r network rm systemd-net"]);
}

#[test]
fn a_pod_is_a_service_that_its_containers_are_bound_to() {
    let dir = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(dir.path().join(name), text).unwrap();
    write("web.pod", "[Pod]\nPublishPort=8080:80\nVolume=data.volume:/data\n[Install]\nWantedBy=default.target\n");
    write("data.volume", "[Volume]\n");
    write("app.container", "[Container]\nImage=x\nPod=web.pod\n");
    write("job.container", "[Container]\nImage=x\nPod=web.pod\nStartWithPod=false\n");
    write("other.container", "[Container]\nImage=x\n");
    let pod = service(SCENE, &dir.path().join("web.pod")).unwrap();
    assert_eq!(pod.name, "web-pod.service");
    let create = "pod create --infra-conmon-pidfile %t/%N.pid --exit-policy stop --replace --infra-name \
                  systemd-web-infra --name systemd-web --publish 8080:80 --volume systemd-data:/data";
    for (key, values) in [
        ("ExecStartPre", &[format!("/usr/bin/box {create}").as_str()][..]),
        ("ExecStart", &["/usr/bin/box pod start systemd-web"]),
        ("ExecStop", &["/usr/bin/box pod stop --ignore --time 10 systemd-web"]),
        ("ExecStopPost", &["-/usr/bin/box pod rm --force --ignore systemd-web"]),
        ("Type", &["forking"]),
        ("PIDFile", &["%t/%N.pid"]),
        ("Wants", &["box-user-wait-network-online.service", "app.service"]),
        ("Before", &["app.service"]),
        ("Requires", &["data-volume.service"]),
    ] {
        assert_eq!(lines(&pod.text, key), values, "{key}");
    }
    let member = service(SCENE, &dir.path().join("app.container")).unwrap();
    assert!(member.text.contains(" --pod systemd-web "), "{}", member.text);
    assert_eq!(lines(&member.text, "BindsTo"), ["web-pod.service"]);
    assert!(lines(&member.text, "After").contains(&"web-pod.service"), "{}", member.text);
}

#[test]
fn what_is_empty_or_may_be_missing_is_said_so() {
    for (lines, words) in [
        ("Entrypoint=", "--entrypoint= "),
        ("Entrypoint=/x\nEntrypoint=", "--entrypoint= "),
        ("Entrypoint=/x", "--entrypoint /x "),
        ("EnvironmentFile=-/e", "--env-file -/e "),
        ("HealthCmd=/bin/sh -c \"echo 'x y'\"", "--health-cmd \"/bin/sh -c \\\"echo 'x y'\\\"\" "),
    ] {
        let start = container(lines).text;
        assert!(start.contains(words), "{lines}: {start}");
    }
    let service = container("EnvironmentFile=-e");
    let place = service.source.with_file_name("e");
    assert!(service.text.contains(&format!("--env-file -{} ", place.display())), "{}", service.text);
    assert!(!container("").text.contains("--entrypoint"));
}

#[test]
fn containers_of_a_pod_may_lie_in_other_folders() {
    let (here, there) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let member = "[Container]\nImage=x\nPod=web.pod\n";
    let files = [
        (here.path().join("web.pod"), "[Pod]\n"),
        (here.path().join("a.container"), member),
        (there.path().join("a.container"), member),
        (there.path().join("b.container"), "[Container]\nImage=x\nPod=web.pod\nServiceName=bee\n"),
        (there.path().join("c.container"), "[Container]\nImage=x\nPod=other.pod\n"),
    ];
    files.iter().for_each(|(path, text)| std::fs::write(path, text).unwrap());
    let unit_files: Vec<PathBuf> = files.iter().map(|(path, _)| path.clone()).collect();
    let scene = Scene { unit_files: &unit_files, ..SCENE };
    let wanted = |pod: &Path| {
        let service = service(scene, pod).unwrap();
        lines(&service.text, "Before").into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(wanted(&unit_files[0]), ["a.service", "bee.service"]);
    // A pod beside them is theirs.
    std::fs::write(there.path().join("web.pod"), "[Pod]\n").unwrap();
    assert_eq!(wanted(&unit_files[0]), ["a.service"]);
}

#[test]
fn names_of_templates_have_the_instance_in_them() {
    let dir = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(dir.path().join(name), text).unwrap();
    write("web@.container", "[Container]\nImage=x\nPod=p@.pod\nVolume=data@.volume:/d\nNetwork=net@one.network\n");
    write("web@one.container", "[Container]\nImage=x\nVolume=data@.volume:/d\n");
    write("plain.container", "[Container]\nImage=x\nVolume=data@two.volume:/d\nVolume=said@two.volume:/s\n");
    write("wrong.container", "[Container]\nImage=x\nVolume=data@.volume:/d\n");
    write("p@.pod", "[Pod]\n");
    write("data@.volume", "[Volume]\n");
    write("said@.volume", "[Volume]\nVolumeName=%p-of-%i\n");
    write("net@.network", "[Network]\n");
    let of = |name: &str| service(SCENE, &dir.path().join(name));
    for (name, service_name, words, needed) in [
        (
            "web@.container",
            "web@.service",
            &["--name systemd-%p_%i ", "--pod systemd-p_%i ", "systemd-data_%i:/d ", "--network systemd-net_one "][..],
            &["data-volume@%i.service", "net-network@one.service", "p-pod@%i.service"][..],
        ),
        ("web@one.container", "web@one.service", &["--name systemd-%p_%i "], &["data-volume@%i.service"]),
        (
            "plain.container",
            "plain.service",
            &["--name systemd-%N ", "systemd-data_two:/d ", "said-volume-of-two:/s "],
            &["data-volume@two.service", "said-volume@two.service"],
        ),
        ("p@.pod", "p-pod@.service", &["--name systemd-p_%i"], &[]),
        ("data@.volume", "data-volume@.service", &["create --ignore systemd-data_%i"], &[]),
        ("said@.volume", "said-volume@.service", &["create --ignore %p-of-%i"], &[]),
        ("net@.network", "net-network@.service", &["systemd-net_%i"], &[]),
    ] {
        let service = of(name).unwrap();
        assert_eq!(service.name, service_name);
        for word in words {
            assert!(service.text.contains(word), "{name}: {word}: {}", service.text);
        }
        for unit in needed {
            assert!(lines(&service.text, "After").contains(unit), "{name}: {unit}: {}", service.text);
        }
    }
    assert!(lines(&of("p@.pod").unwrap().text, "Wants").contains(&"web@%i.service"));
    assert!(of("wrong.container").unwrap_err().to_string().contains("name an instance of it"));
}

#[test]
fn a_container_whose_network_is_shared_has_the_name_of_its_service() {
    for (other, name) in [
        ("Image=x", "systemd-other"),
        ("Image=x\nServiceName=os", "systemd-os"),
        ("Image=x\nContainerName=o", "o"),
        ("Image=x\nServiceName=os\nContainerName=x-%N", "x-os"),
    ] {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("other.container"), format!("[Container]\n{other}\n")).unwrap();
        std::fs::write(dir.path().join("a.container"), "[Container]\nImage=x\nNetwork=other.container\n").unwrap();
        let service = service(SCENE, &dir.path().join("a.container")).unwrap();
        assert!(service.text.contains(&format!("--network container:{name} ")), "{other}: {}", service.text);
    }
}

#[test]
fn what_is_unknown_or_not_supported_is_refused_with_its_place() {
    for (name, text, words) in [
        ("a.container", "[Container]\nImag=x\n", ["a.container:2: Imag=x", "no such key"]),
        ("a.container", "[Container]\nImage=x\nPod=p\n", ["a.container:3: Pod=p", "expected NAME.pod"]),
        ("a.container", "[Container]\nImage=x\nPod=no.pod\n", ["a.container:3: Pod=no.pod", "no such file"]),
        ("a.pod", "[Pod]\nSubUIDMap=x\n", ["a.pod:2: SubUIDMap=x", "always your own"]),
        ("a.container", "[Container]\nImage=x\nNetwork=n.network\n", ["a.container:3:", "no such file"]),
        ("a.container", "[Container]\nImage=x\nVolume=n.volume:/x\n", ["a.container:3:", "no such file"]),
        ("a.container", "[Container]\nImage=x\nNetwork=db.container:ip=1\n", ["a.container:3:", "no options"]),
        (
            "a.network",
            "[Network]\nSubnet=10.1.0.0/24\nGateway=10.1.0.1\nGateway=10.2.0.1\n",
            ["a.network:4:", "no Subnet"],
        ),
        ("a.network", "[Network]\nInterfaceName=x0\n", ["a.network:2: InterfaceName=x0", "no interface"]),
        ("a.container", "[Container]\nImage=x\nReadOnly=perhaps\n", ["a.container:3:", "yes or no"]),
        ("a.container", "[Container]\nExec=x\n", ["a.container", "needs Image="]),
        ("a.container", "[Container]\nImage=x\n[Volume]\n\nLabel=a\n", ["a.container", "[Volume]"]),
        ("a.container", "[Container]\nImage=b.build\n", ["a.container:2:", "builds no images"]),
        (
            "a.container",
            "[Container]\nImage=x\nMount=type=image,source=b.build,dst=/b\n",
            ["a.container:3:", "builds no images"],
        ),
        ("a.volume", "[Unit]\nAfter=b.kube\n[Volume]\n", ["a.volume:2: After=b.kube", "no Kubernetes"]),
        ("a.container", "[Container]\nImage=x\n[Service]\nType=simple\n", ["a.container:4: Type=simple", "oneshot"]),
        ("a.build", "[Build]\n", ["a.build", "builds no images"]),
        ("a.kube", "[Kube]\n", ["a.kube", "no Kubernetes"]),
        ("a.artifact", "[Artifact]\n", ["a.artifact", "no artifacts"]),
        ("a.txt", "", ["a.txt", "expected"]),
    ] {
        let error = service_of(name, text).unwrap_err();
        for word in words {
            assert!(error.to_string().contains(word), "{text}: {error}");
        }
    }
    let error = service_of("a.container", "[Container]\nImag=x\n").unwrap_err();
    assert_eq!(error.hint.as_deref(), Some("did you mean `Image`?"));
}

#[test]
fn a_command_line_becomes_a_unit_file() {
    let option = |name: &str, value: &str| (name.to_owned(), Some(value.to_owned()));
    let options = [
        ("--detach".to_owned(), None),
        option("--name", "web"),
        option("--publish", "8080:80"),
        option("--env", "A=b c"),
        option("--restart", "unless-stopped"),
        option("--cpus", "2"),
        ("--init".to_owned(), None),
    ];
    let rest = ["nginx", "sh", "-c", "sleep 1"].map(str::to_owned);
    let text = from_run(&options, &rest, "A web server");
    for line in [
        "Description=A web server",
        "Image=nginx",
        "ContainerName=web",
        "PublishPort=8080:80",
        "Environment=\"A=b c\"",
        "RunInit=true",
        "PodmanArgs=--cpus=2",
        "Exec=sh -c \"sleep 1\"",
        "Restart=always",
    ] {
        assert!(text.lines().any(|found| found == line), "{line}: {text}");
    }
    assert!(service_of("web.container", &text).is_ok());
}

#[test]
fn what_systemd_would_replace_means_itself_in_what_was_typed() {
    let option = |name: &str, value: &str| (name.to_owned(), Some(value.to_owned()));
    let options = [
        option("--env", "A=50% of $HOME"),
        option("--volume", "/a%b:/c"),
        option("--hostname", " $h"),
        option("--entrypoint", "a\nb"),
    ];
    let rest = ["nginx", "sh", "-c", "echo $$ ${A} \\"].map(str::to_owned);
    let text = from_run(&options, &rest, "100%\nsure");
    for line in [
        "Description=100%% sure",
        "Environment=\"A=50%% of $$HOME\"",
        "Volume=/a%%b:/c",
        "PodmanArgs=\"--hostname= $$h\" \"--entrypoint=a\\nb\"",
        "Exec=sh -c \"echo $$$$ $${A} \\\\\"",
    ] {
        assert!(text.lines().any(|found| found == line), "{line}: {text}");
    }
    let service = service_of("web.container", &text).unwrap();
    let start = lines(&service.text, "ExecStart")[0];
    let words = [
        " --env \"A=50%% of $$HOME\" ",
        " --volume /a%%b:/c ",
        " \"--entrypoint=a\\nb\" nginx sh -c \"echo $$$$ $${A} \\\\\"",
    ];
    assert!(words.iter().all(|words| start.contains(words)), "{start}");
    assert_eq!(lines(&service.text, "RequiresMountsFor"), ["/a%%b"]);
    let text = from_run(&[("--rootfs".to_owned(), None)], &["/r".to_owned()], "d");
    assert!(text.contains("[Container]\nRootfs=/r\n\n"), "{text}");
}

#[test]
fn what_systemd_replaces_keeps_its_meaning_in_a_unit_file() {
    let text =
        container("Environment=A=%h B=$$ C=${C}\nEnvironmentFile=${D}/e\nVolume=/srv/a b:/b\nExec=a \"$B c\"\n").text;
    let start = lines(&text, "ExecStart")[0];
    for words in [" --env A=%h --env \"B=$$\" --env \"C=${C}\" ", " --env-file \"${D}/e\" ", " x a \"$B c\""] {
        assert!(start.contains(words), "{words}: {start}");
    }
    assert_eq!(lines(&text, "RequiresMountsFor"), ["\"/srv/a b\""]);
    let scene = Scene { program: "/opt/my box%$", ..SCENE };
    let dir = tempfile::tempdir().unwrap();
    std::fs::create_dir(dir.path().join("50%")).unwrap();
    let path = dir.path().join("50%/w.container");
    std::fs::write(&path, "[Container]\nImage=x\nVolume=./y:/y\n").unwrap();
    let text = service(scene, &path).unwrap().text;
    assert!(text.contains("ExecStart=\"/opt/my box%%$\" run ") && text.contains("/50%%/./y:/y x"), "{text}");
    assert!(lines(&text, "SourcePath")[0].ends_with("/50%%/w.container"), "{text}");
}

/// podman-systemd.unit(5): none of its keys is unknown, though one may be refused with a reason.
/// What podman-systemd.unit(5) makes of them, where a line of its own has no test above.
#[test]
fn keys_mean_what_they_mean_to_podman() {
    for (name, keys, expected) in [
        ("a.container", "AddHost=a:10.0.0.1\nAddHost=b:10.0.0.2", "--add-host a:10.0.0.1 --add-host b:10.0.0.2 "),
        ("a.container", "Annotation=a=1 \"b=2 3\"", "--annotation a=1 --annotation \"b=2 3\" "),
        ("a.container", "AppArmor=p", "--security-opt apparmor=p "),
        ("a.container", "DNS=1.1.1.1\nDNSOption=ndots:1\nDNSSearch=a.b", "--dns 1.1.1.1 --dns-option ndots:1 "),
        ("a.container", "DNSSearch=a.b", "--dns-search a.b "),
        ("a.container", "DropCapability=all\nDropCapability=CAP_B", "--cap-drop all --cap-drop CAP_B "),
        ("a.container", "Environment=A=1 'B=2 ' \\\n  C=3", "--env A=1 --env \"B=2 \" --env C=3 "),
        ("a.container", "EnvironmentHost=no", "--env-host=false "),
        ("a.container", "ExposeHostPort=80-82/udp", "--expose 80-82/udp "),
        ("a.container", "GroupAdd=keep-groups", "--group-add keep-groups "),
        ("a.container", "HostName=h\nIP=10.0.0.9\nIP6=fd00::9", "--hostname h --ip 10.0.0.9 --ip6 fd00::9 "),
        ("a.container", "HttpProxy=off", "--http-proxy=false "),
        ("a.container", "LogDriver=journald\nLogOpt=tag=a\nLogOpt=x=b", "--log-opt tag=a --log-opt x=b "),
        ("a.container", "Mask=/a:/b", "--security-opt mask=/a:/b "),
        ("a.container", "Unmask=ALL", "--security-opt unmask=ALL "),
        ("a.container", "Mount=type=tmpfs,tmpfs-size=5M,dst=/t", "--mount type=tmpfs,tmpfs-size=5M,dst=/t "),
        ("a.container", "Mount=type=bind,src=/a.volume,dst=/t", "--mount type=bind,src=/a.volume,dst=/t "),
        ("a.container", "Volume=/srv/a.volume:/t:ro", "--volume /srv/a.volume:/t:ro "),
        ("a.container", "NetworkAlias=a\nNetworkAlias=b", "--network-alias a --network-alias b "),
        ("a.container", "Notify=no", "--sdnotify conmon "),
        ("a.container", "PidsLimit=9\nMemory=1g", "--memory 1g --pids-limit 9 "),
        ("a.container", "Pull=never\nRetry=2\nRetryDelay=3s", "--pull never --retry 2 --retry-delay 3s "),
        ("a.container", "ReadOnly=no\nReadOnlyTmpfs=no", "--read-only=false --read-only-tmpfs=false "),
        ("a.container", "Secret=s,type=env,target=S\nSecret=t", "--secret s,type=env,target=S --secret t "),
        ("a.container", "SecurityLabelDisable=yes", "--security-opt label=disable "),
        ("a.container", "ShmSize=5g\nStopSignal=HUP\nStopTimeout=7", "--stop-signal HUP --stop-timeout 7 "),
        ("a.container", "Sysctl=a.b=1 c.d=2\nSysctl=e.f=3", "--sysctl a.b=1 --sysctl c.d=2 --sysctl e.f=3 "),
        ("a.container", "Timezone=local\nUlimit=nofile=1:2\nWorkingDir=/w", "--tz local --ulimit nofile=1:2 "),
        ("a.container", "UserNS=keep-id:uid=5", "--userns keep-id:uid=5 "),
        ("a.container", "UIDMap=0:1:5\nGIDMap=0:1:5", "--gidmap 0:1:5 "),
        ("a.container", "Exec=a;b\\nc 'a\"b' '\\110i'", " x \"a;b\\nc\" \"a\\\"b\" Hi"),
        ("a.pod", "HostName=h\nIP=10.0.0.9\nNetworkAlias=a", "--hostname h --ip 10.0.0.9 --network-alias a"),
        ("a.pod", "ExitPolicy=continue\nAddHost=a:10.0.0.1", "--exit-policy continue "),
        ("a.volume", "Type=bind\nDevice=/srv\nCopy=no", "--opt device=/srv --opt type=bind --opt nocopy systemd-a"),
        ("a.volume", "User=5\nGroup=6", "--gid 6 --uid 5 systemd-a"),
        (
            "a.image",
            "AllTags=yes\nArch=arm64\nOS=linux\nVariant=v8",
            "--all-tags --arch arm64 --os linux --variant v8 x",
        ),
        ("a.image", "AuthFile=/a\nCertDir=/c\nCreds=u:p", "--authfile /a --cert-dir /c --creds u:p x"),
    ] {
        let (_, kind) = name.split_once('.').unwrap();
        let section = kind[..1].to_uppercase() + &kind[1..];
        let image = if matches!(kind, "container" | "image") { "Image=x\n" } else { "" };
        let text = service_of(name, &format!("[{section}]\n{image}{keys}\n")).unwrap().text;
        let key = if kind == "pod" { "ExecStartPre" } else { "ExecStart" };
        assert!(lines(&text, key)[0].contains(expected), "{keys}: {text}");
    }
}

#[test]
fn services_wait_for_what_is_mounted_at_paths_that_they_bind() {
    for (name, text, paths) in [
        ("a.container", "[Container]\nImage=x\nVolume=/a:/b\nMount=type=bind,src=/c,dst=/d\n", &["/a", "/c"][..]),
        ("a.container", "[Container]\nImage=x\nVolume=${A}:/b\nVolume=v:/c\nVolume=/d\n", &[]),
        ("a.volume", "[Volume]\nType=bind\nDevice=/a\n", &["/a"]),
        ("a.volume", "[Volume]\nType=none\nOptions=ro,rbind\nDevice=%h/a\n", &[]),
        ("a.volume", "[Volume]\nType=none\nOptions=ro,rbind\nDevice=\"/a\"\n", &[]),
        ("a.volume", "[Volume]\nType=none\nOptions=ro,rbind\nDevice=/a b\n", &["\"/a b\""]),
        ("a.volume", "[Volume]\nType=tmpfs\nDevice=tmpfs\n", &[]),
        ("a.volume", "[Volume]\nType=ext4\nDevice=/dev/x\n", &[]),
    ] {
        assert_eq!(lines(&service_of(name, text).unwrap().text, "RequiresMountsFor"), paths, "{text}");
    }
}

#[test]
fn lines_of_systemd_pass_through_in_their_order() {
    let unit = "StartLimitBurst=3\nConditionPathExists=!/x y\nDocumentation=man:a(1) https://b/%p?c=$d\n";
    let service = "RestartForceExitStatus=3 SIGHUP\nExecStartPre=-/bin/sh -c \"a $$b; 'c %i'\"\nExecStartPre=/bin/d\n\
                   Environment=\"A=b c\" D=%h\nLimitNOFILE=5:6\n";
    let install = "WantedBy=a.target \\\n  b.target\nAlso=c.service\nDefaultInstance=d\n";
    for (name, section) in [("a.container", "Container"), ("a.image", "Image"), ("a.volume", "Volume")] {
        let image = if section == "Volume" { "" } else { "Image=x\n" };
        let file = format!("[Unit]\n{unit}[{section}]\n{image}[Service]\n{service}[Install]\n{install}");
        let text = service_of(name, &file).unwrap().text;
        for kept in [unit, service, &install.replace("\\\n  ", "")] {
            assert!(text.contains(kept), "{name}: {kept}\n{text}");
        }
    }
}

#[test]
fn a_link_to_a_template_is_an_instance_with_the_drop_ins_of_both() {
    let dir = tempfile::tempdir().unwrap();
    for (file, text) in [
        ("a-b@.container", "[Container]\nImage=x\n[Install]\nWantedBy=t.target\nDefaultInstance=d\n"),
        ("a-b@1.container.d/10.conf", "[Container]\nLabel=own=%i\n"),
        ("a-b@.container.d/20.conf", "[Container]\nLabel=template=1\n"),
        ("a-.container.d/30.conf", "[Container]\nLabel=like=1\n"),
        ("container.d/40.conf", "[Service]\nRestart=always\n"),
    ] {
        let path = dir.path().join(file);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    std::os::unix::fs::symlink("a-b@.container", dir.path().join("a-b@1.container")).unwrap();
    let instance = service(SCENE, &dir.path().join("a-b@1.container")).unwrap();
    assert_eq!(instance.name, "a-b@1.service");
    assert_eq!(instance.links, [Path::new("t.target.wants/a-b@1.service")]);
    let labels = "--label own=%i --label template=1 --label like=1 ";
    assert!(instance.text.contains(labels) && instance.text.contains("\nRestart=always\n"), "{}", instance.text);
    let template = service(SCENE, &dir.path().join("a-b@.container")).unwrap();
    assert_eq!(template.links, [Path::new("t.target.wants/a-b@d.service")]);
    assert!(!template.text.contains("own=%i") && template.text.contains("template=1"), "{}", template.text);
}

#[test]
fn every_documented_key_is_known() {
    for (kind, keys) in [
        (
            Kind::Container,
            "AddCapability AddDevice AddHost Annotation AppArmor AutoUpdate CgroupsMode ContainerName \
         ContainersConfModule DNS DNSOption DNSSearch DropCapability Entrypoint Environment EnvironmentFile \
         EnvironmentHost Exec ExposeHostPort GIDMap GlobalArgs Group GroupAdd HealthCmd HealthInterval \
         HealthLogDestination HealthMaxLogCount HealthMaxLogSize HealthOnFailure HealthRetries \
         HealthStartPeriod HealthStartupCmd HealthStartupInterval HealthStartupRetries HealthStartupSuccess \
         HealthStartupTimeout HealthTimeout HostName HttpProxy IP IP6 Image Label LogDriver LogOpt Mask \
         Memory Mount Network NetworkAlias NoNewPrivileges Notify PidsLimit Pod PodmanArgs PublishPort Pull \
         ReadOnly ReadOnlyTmpfs ReloadCmd ReloadSignal RemapGid RemapUid RemapUidSize RemapUsers Retry \
         RetryDelay Rootfs RunInit SeccompProfile Secret SecurityLabelDisable SecurityLabelFileType \
         SecurityLabelLevel SecurityLabelNested SecurityLabelType ServiceName ShmSize StartWithPod StopSignal \
         StopTimeout SubGIDMap SubUIDMap Sysctl Timezone Tmpfs UIDMap Ulimit Unmask User UserNS VolatileTmp \
         Volume WorkingDir",
        ),
        (
            Kind::Pod,
            "AddHost ContainersConfModule DNS DNSOption DNSSearch ExitPolicy GIDMap GlobalArgs HostName IP IP6 \
         Label Network NetworkAlias PodName PodmanArgs PublishPort ServiceName ShmSize StopTimeout SubGIDMap \
         SubUIDMap UIDMap UserNS Volume",
        ),
        (
            Kind::Volume,
            "ContainersConfModule Copy Device Driver GID GlobalArgs Group Image Label Options PodmanArgs \
         ServiceName Type UID User VolumeName",
        ),
        (
            Kind::Network,
            "ContainersConfModule DNS DisableDNS Driver Gateway GlobalArgs IPAMDriver IPRange IPv6 InterfaceName \
         Internal Label NetworkDeleteOnStop NetworkName Options PodmanArgs ServiceName Subnet",
        ),
        (
            Kind::Image,
            "AllTags Arch AuthFile CertDir ContainersConfModule Creds DecryptionKey GlobalArgs Image ImageTag OS \
         PodmanArgs Policy Retry RetryDelay ServiceName TLSVerify Variant",
        ),
    ] {
        for key in keys.split_whitespace() {
            assert!(kind.keys().iter().any(|(known, _)| *known == key), "[{}] {key}=", kind.section());
        }
    }
}

/// Line by line, as podman-systemd.unit(5) describes them.
#[test]
fn whole_services_are_as_they_are_documented() {
    const WAIT: &str = "Wants=box-user-wait-network-online.service\nAfter=box-user-wait-network-online.service\n";
    for (name, text, unit, service) in [
        (
            "web.container",
            "[Unit]\nDescription=d\n[Container]\nImage=nginx.image\nContainerName=w\nVolume=/srv:/srv\nReloadCmd=true\n\
             [Service]\nKillMode=control-group\nEnvironment=A=b\n[Install]\nWantedBy=default.target\n",
            "RequiresMountsFor=/srv\nRequires=nginx-image.service\nAfter=nginx-image.service\nDescription=d\n",
            "Type=notify\nNotifyAccess=all\nExecStop=/usr/bin/box rm -v -f -i w\n\
             ExecStopPost=-/usr/bin/box rm -v -f -i w\nExecReload=/usr/bin/box exec w true\nDelegate=yes\n\
             SuccessExitStatus=143\nEnvironment=PODMAN_SYSTEMD_UNIT=%n\nSyslogIdentifier=%N\n\
             ExecStart=/usr/bin/box run --name w --replace --rm --cgroups split --sdnotify conmon --detach \
             --volume /srv:/srv docker.io/library/nginx\nKillMode=control-group\nEnvironment=A=b\n",
        ),
        (
            "job.container",
            "[Container]\nRootfs=/r\nExec=a \"b c\"\n[Service]\nType=oneshot\n",
            "",
            "ExecStop=/usr/bin/box rm -v -f -i systemd-%N\nExecStopPost=-/usr/bin/box rm -v -f -i systemd-%N\n\
             Delegate=yes\nKillMode=mixed\nSuccessExitStatus=143\nEnvironment=PODMAN_SYSTEMD_UNIT=%n\n\
             SyslogIdentifier=%N\nExecStart=/usr/bin/box run --name systemd-%N --replace --rm --cgroups split \
             --rootfs /r a \"b c\"\nType=oneshot\n",
        ),
        (
            "p.pod",
            "[Pod]\nNetwork=net.network\n[Service]\nRestart=no\n",
            "Requires=net-network.service\nAfter=net-network.service\n",
            "ExecStart=/usr/bin/box pod start systemd-p\n\
             ExecStop=/usr/bin/box pod stop --ignore --time 10 systemd-p\n\
             ExecStopPost=-/usr/bin/box pod rm --force --ignore systemd-p\nType=forking\nPIDFile=%t/%N.pid\n\
             Environment=PODMAN_SYSTEMD_UNIT=%n\nSyslogIdentifier=%N\n\
             ExecStartPre=/usr/bin/box pod create --infra-conmon-pidfile %t/%N.pid --exit-policy stop --replace \
             --infra-name systemd-p-infra --name systemd-p --network systemd-net\nRestart=no\n",
        ),
        (
            "data.volume",
            "[Volume]\n",
            "",
            "Type=oneshot\nRemainAfterExit=yes\nSyslogIdentifier=%N\n\
             ExecStart=/usr/bin/box volume create --ignore systemd-data\n",
        ),
        (
            "net.network",
            "[Network]\nNetworkDeleteOnStop=yes\n",
            "",
            "ExecStopPost=/usr/bin/box network rm systemd-net\nType=oneshot\nRemainAfterExit=yes\n\
             SyslogIdentifier=%N\nExecStart=/usr/bin/box network create --ignore systemd-net\n",
        ),
        (
            "web.image",
            "[Image]\nImage=quay.io/a/b:1\nPolicy=newer\n",
            "",
            "Type=oneshot\nRemainAfterExit=yes\nSyslogIdentifier=%N\n\
             ExecStart=/usr/bin/box pull --policy newer quay.io/a/b:1\n",
        ),
    ] {
        let made = service_of(name, text).unwrap();
        let part = |from: &str| {
            let after = made.text.split_once(from).expect("there is such a section").1;
            after.split("\n[").next().unwrap_or_default().trim().to_owned()
        };
        let source = made.source.display();
        assert_eq!(part("\n[Unit]\n"), format!("SourcePath={source}\n{WAIT}{unit}").trim(), "{name}");
        assert_eq!(part("\n[Service]\n"), service.trim(), "{name}");
    }
}
