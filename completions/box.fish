# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_box_global_optspecs
    string join \n root= runroot= storage-driver= imagestore= storage-opt= runtime= runtime-flag= cgroup-manager= cdi-spec-dir= config= log-level= D/debug v/version conmon= network-cmd-path= tmpdir= H/host= c/context= r/remote identity= ssh= tls tlscacert= tlscert= tlskey= h/help
end

function __fish_box_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_box_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_box_using_subcommand
    set -l cmd (__fish_box_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c box -n "__fish_box_needs_command" -l root -d 'Keep images, containers and volumes in this directory' -r -F
complete -c box -n "__fish_box_needs_command" -l runroot -d 'Keep what a reboot may take in this directory' -r -F
complete -c box -n "__fish_box_needs_command" -l storage-driver -d 'Mount root filesystems this way instead of the best one that works here' -r -f -a "overlay\t'The kernel\'s overlay filesystem'
fuse\t'The program fuse-overlayfs'
copy\t'A full copy of the image for each container'"
complete -c box -n "__fish_box_needs_command" -l imagestore -d 'Also find images of the store in this directory, which is only read' -r -F
complete -c box -n "__fish_box_needs_command" -l storage-opt -d 'Set an option of the storage: additionalimagestore=DIR, mount_program=PROGRAM, ignore_chown_errors=BOOL' -r
complete -c box -n "__fish_box_needs_command" -l runtime -d 'Have this OCI runtime run the program' -r
complete -c box -n "__fish_box_needs_command" -l runtime-flag -d 'Pass an option to it, without the leading `--`' -r
complete -c box -n "__fish_box_needs_command" -l cgroup-manager -d 'Where control groups come from that box cannot make itself: from systemd, or cgroupfs, which is nowhere' -r -f -a "cgroupfs\t''
systemd\t''"
complete -c box -n "__fish_box_needs_command" -l cdi-spec-dir -d 'Find devices by name as the files in this directory describe them, not those in /etc/cdi and so on' -r -F
complete -c box -n "__fish_box_needs_command" -l config -d 'Docker\'s configuration is in this directory: credentials for registries, and proxies' -r -F
complete -c box -n "__fish_box_needs_command" -l log-level -d 'Say more or less on standard error' -r -f -a "error\t''
warn\t''
debug\t''"
complete -c box -n "__fish_box_needs_command" -l conmon -r
complete -c box -n "__fish_box_needs_command" -l network-cmd-path -r
complete -c box -n "__fish_box_needs_command" -l tmpdir -r
complete -c box -n "__fish_box_needs_command" -s H -l host -r
complete -c box -n "__fish_box_needs_command" -s c -l context -r
complete -c box -n "__fish_box_needs_command" -l identity -r
complete -c box -n "__fish_box_needs_command" -l ssh -r
complete -c box -n "__fish_box_needs_command" -l tlscacert -r
complete -c box -n "__fish_box_needs_command" -l tlscert -r
complete -c box -n "__fish_box_needs_command" -l tlskey -r
complete -c box -n "__fish_box_needs_command" -s D -l debug -d 'Say all there is to say on standard error'
complete -c box -n "__fish_box_needs_command" -s v -l version -d 'Print the version'
complete -c box -n "__fish_box_needs_command" -s r -l remote
complete -c box -n "__fish_box_needs_command" -l tls
complete -c box -n "__fish_box_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c box -n "__fish_box_needs_command" -f -a "run" -d 'Run a program in a new container'
complete -c box -n "__fish_box_needs_command" -f -a "create" -d 'Create a container without starting it'
complete -c box -n "__fish_box_needs_command" -f -a "start" -d 'Start containers'
complete -c box -n "__fish_box_needs_command" -f -a "stop" -d 'Stop containers'
complete -c box -n "__fish_box_needs_command" -f -a "restart" -d 'Restart containers'
complete -c box -n "__fish_box_needs_command" -f -a "kill" -d 'Send a signal to running containers'
complete -c box -n "__fish_box_needs_command" -f -a "rm" -d 'Remove containers'
complete -c box -n "__fish_box_needs_command" -f -a "exec" -d 'Run a program in a running container'
complete -c box -n "__fish_box_needs_command" -f -a "top" -d 'Show the processes of a container'
complete -c box -n "__fish_box_needs_command" -f -a "stats" -d 'Show what containers use'
complete -c box -n "__fish_box_needs_command" -f -a "update" -d 'Change the limits and ports of a container, at once where it runs'
complete -c box -n "__fish_box_needs_command" -f -a "pause" -d 'Make the processes of containers stand still'
complete -c box -n "__fish_box_needs_command" -f -a "unpause" -d 'Let paused containers go on'
complete -c box -n "__fish_box_needs_command" -f -a "attach" -d 'Attach to a running container'
complete -c box -n "__fish_box_needs_command" -f -a "logs" -d 'Show the output of containers'
complete -c box -n "__fish_box_needs_command" -f -a "wait" -d 'Wait for containers to end and print their exit codes'
complete -c box -n "__fish_box_needs_command" -f -a "port" -d 'Show where ports of a container are published'
complete -c box -n "__fish_box_needs_command" -f -a "rename" -d 'Rename a container'
complete -c box -n "__fish_box_needs_command" -f -a "cp" -d 'Copy files between a container and the machine, or between containers'
complete -c box -n "__fish_box_needs_command" -f -a "commit" -d 'Make an image of what a container has changed'
complete -c box -n "__fish_box_needs_command" -f -a "export" -d 'Write the files of a container to a tar archive'
complete -c box -n "__fish_box_needs_command" -f -a "pull" -d 'Pull images from a registry'
complete -c box -n "__fish_box_needs_command" -f -a "push" -d 'Push an image to a registry'
complete -c box -n "__fish_box_needs_command" -f -a "save" -d 'Save images to an archive or a directory'
complete -c box -n "__fish_box_needs_command" -f -a "load" -d 'Load images from an archive or a directory'
complete -c box -n "__fish_box_needs_command" -f -a "search" -d 'Search registries for images'
complete -c box -n "__fish_box_needs_command" -f -a "tag" -d 'Give an image further names'
complete -c box -n "__fish_box_needs_command" -f -a "untag" -d 'Take names from an image'
complete -c box -n "__fish_box_needs_command" -f -a "history" -d 'Show the steps in which an image was made'
complete -c box -n "__fish_box_needs_command" -f -a "import" -d 'Make an image of the files in a tar archive'
complete -c box -n "__fish_box_needs_command" -f -a "ps" -d 'List containers'
complete -c box -n "__fish_box_needs_command" -f -a "images" -d 'List images in local storage'
complete -c box -n "__fish_box_needs_command" -f -a "rmi" -d 'Remove images'
complete -c box -n "__fish_box_needs_command" -f -a "inspect" -d 'Show everything about containers, images, volumes, networks and pods'
complete -c box -n "__fish_box_needs_command" -f -a "diff" -d 'Show what a container or the topmost layer of an image changed'
complete -c box -n "__fish_box_needs_command" -f -a "login" -d 'Log in to a registry'
complete -c box -n "__fish_box_needs_command" -f -a "logout" -d 'Log out of a registry'
complete -c box -n "__fish_box_needs_command" -f -a "info" -d 'Show what this machine offers to containers'
complete -c box -n "__fish_box_needs_command" -f -a "events" -d 'Show what happens to containers, images and volumes'
complete -c box -n "__fish_box_needs_command" -f -a "auto-update" -d 'Give containers in services of systemd newer images, where their label io.containers.autoupdate says so'
complete -c box -n "__fish_box_needs_command" -f -a "doctor" -d 'Try what this machine offers to containers, and say what mends it'
complete -c box -n "__fish_box_needs_command" -f -a "container" -d 'Work with containers'
complete -c box -n "__fish_box_needs_command" -f -a "image" -d 'Work with images'
complete -c box -n "__fish_box_needs_command" -f -a "manifest" -d 'Work with lists of images for several platforms'
complete -c box -n "__fish_box_needs_command" -f -a "healthcheck" -d 'Look after the health of containers'
complete -c box -n "__fish_box_needs_command" -f -a "pod" -d 'Work with pods: containers that share a network'
complete -c box -n "__fish_box_needs_command" -f -a "volume" -d 'Work with volumes'
complete -c box -n "__fish_box_needs_command" -f -a "network" -d 'Work with networks'
complete -c box -n "__fish_box_needs_command" -f -a "secret" -d 'Work with secrets'
complete -c box -n "__fish_box_needs_command" -f -a "system" -d 'Look after the store'
complete -c box -n "__fish_box_needs_command" -f -a "oci" -d 'Be the OCI runtime of another engine'
complete -c box -n "__fish_box_needs_command" -f -a "unit" -d 'Run containers as services of systemd'
complete -c box -n "__fish_box_needs_command" -f -a "generate" -d 'Make services of what is there, for scripts'
complete -c box -n "__fish_box_needs_command" -f -a "unshare" -d 'Run a program as root among the ids that containers have, with mounts of its own'
complete -c box -n "__fish_box_needs_command" -f -a "completion" -d 'Print what a shell needs to complete the command lines of box'
complete -c box -n "__fish_box_needs_command" -f -a "version" -d 'Show the version of box'
complete -c box -n "__fish_box_needs_command" -f -a "docs" -d 'Write man pages and completions into a directory'
complete -c box -n "__fish_box_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c box -n "__fish_box_using_subcommand run" -s a -l attach -d 'Show only these streams: stdin, stdout, stderr' -r
complete -c box -n "__fish_box_using_subcommand run" -l detach-keys -d 'Leave the container running with these keys; empty for none' -r
complete -c box -n "__fish_box_using_subcommand run" -l sig-proxy -d 'Pass signals on to the program' -r
complete -c box -n "__fish_box_using_subcommand run" -l preserve-fds -d 'Pass on so many descriptors beyond standard error: 3, 4 and so on' -r
complete -c box -n "__fish_box_using_subcommand run" -l preserve-fd -d 'Pass on these descriptors, such as 3,7' -r
complete -c box -n "__fish_box_using_subcommand run" -l sdnotify -d 'Tell systemd when it runs (conmon), when it is healthy (healthy), have the program do so (container), or nothing (ignore)' -r
complete -c box -n "__fish_box_using_subcommand run" -l wait-for -d 'Return only when this is so: port:NUMBER[/udp], log:REGEX, healthy, or exit' -r
complete -c box -n "__fish_box_using_subcommand run" -l wait-timeout -d 'Give up waiting after this time; the container goes on' -r
complete -c box -n "__fish_box_using_subcommand run" -l status-fd -d 'At the end, write a line of JSON to this descriptor: in "origin", whether "exitCode" is that of the program, or it goes on running, or that of box, the engine; and in "error", why' -r
complete -c box -n "__fish_box_using_subcommand run" -l status-file -d 'The same to a file' -r -F
complete -c box -n "__fish_box_using_subcommand run" -l name -d 'Give the container this name' -r
complete -c box -n "__fish_box_using_subcommand run" -l cidfile -d 'Write the container\'s ID to a file that does not exist yet' -r -F
complete -c box -n "__fish_box_using_subcommand run" -l pidfile -d 'At each start, write the process ID of the program to a file' -r -F
complete -c box -n "__fish_box_using_subcommand run" -l conmon-pidfile -d 'At each start, write the process ID of the container\'s monitor to a file' -r -F
complete -c box -n "__fish_box_using_subcommand run" -s l -l label -d 'Attach metadata' -r
complete -c box -n "__fish_box_using_subcommand run" -l label-file -d 'Read metadata from a file of NAME=VALUE lines' -r
complete -c box -n "__fish_box_using_subcommand run" -l annotation -d 'Attach an OCI annotation' -r
complete -c box -n "__fish_box_using_subcommand run" -l stop-signal -d 'Stop the container with this signal' -r
complete -c box -n "__fish_box_using_subcommand run" -l stop-timeout -d 'Wait so many seconds after the stop signal, then kill' -r
complete -c box -n "__fish_box_using_subcommand run" -l timeout -d 'Kill the container after so many seconds; 0 for never' -r
complete -c box -n "__fish_box_using_subcommand run" -l restart -d 'Start it again when it ends: no, on-failure[:NUMBER], always, unless-stopped' -r
complete -c box -n "__fish_box_using_subcommand run" -l requires -d 'Start these containers before it' -r
complete -c box -n "__fish_box_using_subcommand run" -l pod -d 'Make it a container of this pod; `new:NAME` makes the pod too, of what is asked for of network and ports' -r
complete -c box -n "__fish_box_using_subcommand run" -l pod-id-file -d 'Make it a container of the pod whose ID this file holds' -r -F
complete -c box -n "__fish_box_using_subcommand run" -l log-driver -d 'Keep the output here: k8s-file, json-file, journald, none, or passthrough' -r
complete -c box -n "__fish_box_using_subcommand run" -l log-opt -d 'Configure the log: max-size=SIZE, max-file=NUMBER, path=FILE, tag=TEXT, labels=NAMES, env=NAMES, mode=blocking|non-blocking, max-buffer-size=SIZE' -r
complete -c box -n "__fish_box_using_subcommand run" -l entrypoint -d 'Replace the image\'s entrypoint by a word or a JSON array; an empty one clears it' -r
complete -c box -n "__fish_box_using_subcommand run" -s w -l workdir -d 'Start in this directory' -r
complete -c box -n "__fish_box_using_subcommand run" -s e -l env -d 'Set a variable; without a value, or with a trailing `*`, take it from here' -r
complete -c box -n "__fish_box_using_subcommand run" -l env-file -d 'Read variables from a file of NAME=VALUE lines; with a `-` before its name, it may be missing' -r
complete -c box -n "__fish_box_using_subcommand run" -l env-merge -d 'Set a variable to what others are before: NAME=\'${NAME}:/more\'' -r
complete -c box -n "__fish_box_using_subcommand run" -l unsetenv -d 'Set no variable of this name unless --env does' -r
complete -c box -n "__fish_box_using_subcommand run" -l http-proxy -d 'Pass on the proxy variables of this environment' -r
complete -c box -n "__fish_box_using_subcommand run" -s u -l user -d 'Run as this user' -r
complete -c box -n "__fish_box_using_subcommand run" -l group-add -d 'Add the user to this group; keep-groups for the groups that you are in here' -r
complete -c box -n "__fish_box_using_subcommand run" -l hostuser -d 'Add a user of this machine to the container\'s /etc/passwd' -r
complete -c box -n "__fish_box_using_subcommand run" -l passwd -d 'Give a user whom the image does not know a line in /etc/passwd and /etc/group' -r
complete -c box -n "__fish_box_using_subcommand run" -l passwd-entry -d 'That line in /etc/passwd; $USERNAME, $UID, $GID, $NAME and $HOME are replaced' -r
complete -c box -n "__fish_box_using_subcommand run" -l group-entry -d 'That line in /etc/group; $GROUPNAME, $USERNAME and $GID are replaced' -r
complete -c box -n "__fish_box_using_subcommand run" -l tz -d 'Use this time zone, such as Europe/Berlin; `local` for that of this machine' -r
complete -c box -n "__fish_box_using_subcommand run" -l personality -d 'What the kernel says it is: LINUX or LINUX32' -r
complete -c box -n "__fish_box_using_subcommand run" -l umask -d 'Take these rights from new files' -r
complete -c box -n "__fish_box_using_subcommand run" -l systemd -d 'Prepare the container for systemd: true, where the program is called like it; always; or false' -r
complete -c box -n "__fish_box_using_subcommand run" -l health-cmd -d 'Check the health with this line for the shell, or a JSON list of a program and its arguments; none for no check' -r
complete -c box -n "__fish_box_using_subcommand run" -l health-interval -d 'Time between checks; disable to check only when asked to  [default: the image\'s, or 30s]' -r
complete -c box -n "__fish_box_using_subcommand run" -l health-timeout -d 'Time that a check may take  [default: the image\'s, or 30s]' -r
complete -c box -n "__fish_box_using_subcommand run" -l health-retries -d 'Failures in a row that make it unhealthy  [default: the image\'s, or 3]' -r
complete -c box -n "__fish_box_using_subcommand run" -l health-start-period -d 'Time after the start in which failures do not count  [default: the image\'s, or 0s]' -r
complete -c box -n "__fish_box_using_subcommand run" -l health-start-interval -d 'Time between checks in that time  [default: the image\'s, or 5s]' -r
complete -c box -n "__fish_box_using_subcommand run" -l health-on-failure -d 'What becomes of an unhealthy container: none, kill, restart or stop' -r
complete -c box -n "__fish_box_using_subcommand run" -l health-startup-cmd -d 'Check with this first, until it succeeds' -r
complete -c box -n "__fish_box_using_subcommand run" -l health-startup-interval -d 'Time between such checks' -r
complete -c box -n "__fish_box_using_subcommand run" -l health-startup-timeout -d 'Time that such a check may take' -r
complete -c box -n "__fish_box_using_subcommand run" -l health-startup-retries -d 'Failures of it after which the container is restarted; 0 for never' -r
complete -c box -n "__fish_box_using_subcommand run" -l health-startup-success -d 'Successes in a row that are needed' -r
complete -c box -n "__fish_box_using_subcommand run" -l health-max-log-count -d 'Outcomes that are kept; 0 for all  [default: 5]' -r
complete -c box -n "__fish_box_using_subcommand run" -l health-max-log-size -d 'Bytes that are kept of what a check says; 0 for all  [default: 500]' -r
complete -c box -n "__fish_box_using_subcommand run" -l health-log-destination -d 'Where outcomes are kept; only `local` is supported' -r
complete -c box -n "__fish_box_using_subcommand run" -s v -l volume -d 'Mount a directory or file of the host, or a named volume' -r
complete -c box -n "__fish_box_using_subcommand run" -l mount -d 'Mount a bind, volume, tmpfs, devpts or mqueue' -r
complete -c box -n "__fish_box_using_subcommand run" -l volumes-from -d 'Mount what is mounted in another container' -r
complete -c box -n "__fish_box_using_subcommand run" -l image-volume -d 'Make the directories that the image declares as volumes these: anonymous (alias bind), tmpfs, or ignore them' -r
complete -c box -n "__fish_box_using_subcommand run" -l secret -d 'Give a secret as a file in memory or a variable: type=mount|env, target=TARGET, uid=UID, gid=GID, mode=MODE' -r
complete -c box -n "__fish_box_using_subcommand run" -l tmpfs -d 'Mount a temporary filesystem in memory' -r
complete -c box -n "__fish_box_using_subcommand run" -l device -d 'Add a device of the host, by path or by a name of the Container Device Interface: VENDOR/CLASS=NAME' -r
complete -c box -n "__fish_box_using_subcommand run" -l gpus -d 'Add GPUs of NVIDIA: all, a number, or device=LIST' -r
complete -c box -n "__fish_box_using_subcommand run" -l read-only-tmpfs -d 'With --read-only, mount a tmpfs on /run, /tmp and /var/tmp' -r
complete -c box -n "__fish_box_using_subcommand run" -l shm-size -d 'Size of /dev/shm' -r
complete -c box -n "__fish_box_using_subcommand run" -l network -d 'private, none, host, builtin[:OPTIONS], pasta[:OPTIONS], slirp4netns[:OPTIONS], container:NAME, ns:PATH, or named networks: NAME[:ip=ADDRESS,ip6=ADDRESS,mac=ADDRESS,alias=NAME], several if given several times' -r
complete -c box -n "__fish_box_using_subcommand run" -l network-alias -d 'A further name by which members of its named networks find it' -r
complete -c box -n "__fish_box_using_subcommand run" -l ip -d 'The IPv4 address in its named network' -r
complete -c box -n "__fish_box_using_subcommand run" -l ip6 -d 'The IPv6 address in its named network' -r
complete -c box -n "__fish_box_using_subcommand run" -l mac-address -d 'The MAC address of its interface' -r
complete -c box -n "__fish_box_using_subcommand run" -l egress -d 'What of the world it may reach: `deny`, or allow=HOST[:PORT][,HOST...], HOST being a name, *.DOMAIN, an address or ADDRESS/BITS; other names do not resolve' -r
complete -c box -n "__fish_box_using_subcommand run" -l network-log -d 'Keep a log of connections for `box network log`; without, it is kept where --egress is given' -r
complete -c box -n "__fish_box_using_subcommand run" -s p -l publish -d 'Publish a port, or a range of ports' -r
complete -c box -n "__fish_box_using_subcommand run" -l expose -d 'Say that the container listens on a port' -r
complete -c box -n "__fish_box_using_subcommand run" -s h -l hostname -d 'Name inside; the first 12 digits of the ID without' -r
complete -c box -n "__fish_box_using_subcommand run" -l add-host -d 'Add a line to /etc/hosts; the address may be host-gateway' -r
complete -c box -n "__fish_box_using_subcommand run" -l dns -d 'Ask this DNS server; `none` leaves resolv.conf alone' -r
complete -c box -n "__fish_box_using_subcommand run" -l dns-option -d 'Set an option of the resolver' -r
complete -c box -n "__fish_box_using_subcommand run" -l hosts-file -d 'Begin /etc/hosts with the lines of this file; `none` for no file' -r
complete -c box -n "__fish_box_using_subcommand run" -l domainname -d 'Set the domain name of NIS' -r
complete -c box -n "__fish_box_using_subcommand run" -l dns-search -d 'Complete names with this domain; `.` for none' -r
complete -c box -n "__fish_box_using_subcommand run" -l runtime -d 'Have this OCI runtime run the program' -r
complete -c box -n "__fish_box_using_subcommand run" -l runtime-flag -d 'Pass an option to it, without the leading `--`' -r
complete -c box -n "__fish_box_using_subcommand run" -l root-emulation -d 'Without subordinate ids, let programs change owners and users all the same' -r -f -a "on\t''
off\t''"
complete -c box -n "__fish_box_using_subcommand run" -l cap-add -d 'Add a capability' -r
complete -c box -n "__fish_box_using_subcommand run" -l cap-drop -d 'Drop a capability' -r
complete -c box -n "__fish_box_using_subcommand run" -l security-opt -d 'no-new-privileges, seccomp=unconfined, seccomp=FILE, mask=PATHS, unmask=PATHS, proc-opts=OPTIONS, label=..., apparmor=...' -r
complete -c box -n "__fish_box_using_subcommand run" -l userns -d 'User namespace: host (you are root inside), keep-id[:uid=UID,gid=GID,size=NUMBER], container:NAME, ns:PATH; without you: auto[:size=NUMBER] (some of your subordinate ids, of no other such container) or nomap (all)' -r
complete -c box -n "__fish_box_using_subcommand run" -l uidmap -d 'Map user ids; outside, 0 is you, then come your subordinate ids, and `@` is before a number of the host' -r
complete -c box -n "__fish_box_using_subcommand run" -l gidmap -d 'Map group ids; without, they are mapped as user ids' -r
complete -c box -n "__fish_box_using_subcommand run" -l subuidname -d 'Use the subordinate user ids of this account, which must be your own' -r
complete -c box -n "__fish_box_using_subcommand run" -l subgidname -r
complete -c box -n "__fish_box_using_subcommand run" -l pid -d 'Process namespace: private, host, container:NAME or ns:PATH' -r
complete -c box -n "__fish_box_using_subcommand run" -l ipc -d 'IPC namespace: private, shareable, none, host, container:NAME or ns:PATH' -r
complete -c box -n "__fish_box_using_subcommand run" -l uts -d 'Host name namespace: private, host, container:NAME or ns:PATH' -r
complete -c box -n "__fish_box_using_subcommand run" -l cgroupns -d 'Cgroup namespace: private, host, container:NAME or ns:PATH' -r
complete -c box -n "__fish_box_using_subcommand run" -s m -l memory -d 'Limit memory' -r
complete -c box -n "__fish_box_using_subcommand run" -l memory-swap -d 'Limit memory and swap together; -1 for no limit' -r
complete -c box -n "__fish_box_using_subcommand run" -l memory-reservation -d 'Keep so much memory for the container when it is short' -r
complete -c box -n "__fish_box_using_subcommand run" -l cpus -d 'Limit CPU time, in CPUs' -r
complete -c box -n "__fish_box_using_subcommand run" -l cpu-quota -d 'Limit CPU time, in microseconds per period' -r
complete -c box -n "__fish_box_using_subcommand run" -l cpu-period -d 'The period of --cpu-quota' -r
complete -c box -n "__fish_box_using_subcommand run" -s c -l cpu-shares -d 'Relative weight against other containers' -r
complete -c box -n "__fish_box_using_subcommand run" -l cpuset-cpus -d 'Run on these CPUs, such as 0-3,5' -r
complete -c box -n "__fish_box_using_subcommand run" -l cpuset-mems -d 'Use memory of these nodes, such as 0,1' -r
complete -c box -n "__fish_box_using_subcommand run" -l pids-limit -d 'Limit the number of processes; -1 for no limit' -r
complete -c box -n "__fish_box_using_subcommand run" -l blkio-weight -d 'Relative weight of reading and writing, from 10 to 1000' -r
complete -c box -n "__fish_box_using_subcommand run" -l blkio-weight-device -d 'Relative weight of reading and writing one device' -r
complete -c box -n "__fish_box_using_subcommand run" -l device-read-bps -d 'Limit reading from a device, in bytes per second' -r
complete -c box -n "__fish_box_using_subcommand run" -l device-read-iops -d 'Limit reading from a device, in operations per second' -r
complete -c box -n "__fish_box_using_subcommand run" -l device-write-bps -d 'Limit writing to a device, in bytes per second' -r
complete -c box -n "__fish_box_using_subcommand run" -l device-write-iops -d 'Limit writing to a device, in operations per second' -r
complete -c box -n "__fish_box_using_subcommand run" -l memory-swappiness -r
complete -c box -n "__fish_box_using_subcommand run" -l cpu-rt-period -r
complete -c box -n "__fish_box_using_subcommand run" -l cpu-rt-runtime -r
complete -c box -n "__fish_box_using_subcommand run" -l rdt-class -r
complete -c box -n "__fish_box_using_subcommand run" -l ulimit -d 'Set a resource limit, or `host` for this shell\'s limits' -r
complete -c box -n "__fish_box_using_subcommand run" -l sysctl -d 'Set a kernel parameter of the container\'s own' -r
complete -c box -n "__fish_box_using_subcommand run" -l oom-score-adj -d 'Make the kernel choose this program rather than others when memory is short' -r
complete -c box -n "__fish_box_using_subcommand run" -l cgroup-parent -d 'Make the container\'s control group below this one' -r
complete -c box -n "__fish_box_using_subcommand run" -l cgroup-conf -d 'Write a value to a file of the container\'s control group, of version 2' -r
complete -c box -n "__fish_box_using_subcommand run" -l cgroups -d 'enabled, disabled, no-conmon or split' -r
complete -c box -n "__fish_box_using_subcommand run" -l pull -d 'Ask the registry: missing, always, never or newer' -r
complete -c box -n "__fish_box_using_subcommand run" -l platform -d 'Take the image for this platform' -r
complete -c box -n "__fish_box_using_subcommand run" -l arch -d 'Take the image for this architecture' -r
complete -c box -n "__fish_box_using_subcommand run" -l os -d 'Take the image for this operating system' -r
complete -c box -n "__fish_box_using_subcommand run" -l variant -d 'Take the image for this variant of the architecture' -r
complete -c box -n "__fish_box_using_subcommand run" -l authfile -d 'Read credentials from this file' -r -F
complete -c box -n "__fish_box_using_subcommand run" -l cert-dir -d 'Find certificates of the registry in this directory' -r -F
complete -c box -n "__fish_box_using_subcommand run" -l tls-verify -d 'Require HTTPS and a valid certificate' -r
complete -c box -n "__fish_box_using_subcommand run" -l creds -d 'Use these credentials' -r
complete -c box -n "__fish_box_using_subcommand run" -l retry -d 'Try so many times more when the network fails' -r
complete -c box -n "__fish_box_using_subcommand run" -l retry-delay -d 'Wait so long before the second try, and twice as long before each further one' -r
complete -c box -n "__fish_box_using_subcommand run" -l kernel-memory -r
complete -c box -n "__fish_box_using_subcommand run" -l link-local-ip -r
complete -c box -n "__fish_box_using_subcommand run" -l isolation -r
complete -c box -n "__fish_box_using_subcommand run" -l cpu-count -r
complete -c box -n "__fish_box_using_subcommand run" -l cpu-percent -r
complete -c box -n "__fish_box_using_subcommand run" -l io-maxbandwidth -r
complete -c box -n "__fish_box_using_subcommand run" -l io-maxiops -r
complete -c box -n "__fish_box_using_subcommand run" -l signature-policy -r
complete -c box -n "__fish_box_using_subcommand run" -l init-path -r
complete -c box -n "__fish_box_using_subcommand run" -l device-cgroup-rule -r
complete -c box -n "__fish_box_using_subcommand run" -l storage-opt -r
complete -c box -n "__fish_box_using_subcommand run" -l decryption-key -r
complete -c box -n "__fish_box_using_subcommand run" -l volume-driver -r
complete -c box -n "__fish_box_using_subcommand run" -l seccomp-policy -r
complete -c box -n "__fish_box_using_subcommand run" -l chrootdirs -r
complete -c box -n "__fish_box_using_subcommand run" -l link -r
complete -c box -n "__fish_box_using_subcommand run" -s d -l detach -d 'Leave it running in the background and print its ID'
complete -c box -n "__fish_box_using_subcommand run" -l rmi -d 'Remove the container and its image when it ends, unless another container uses the image'
complete -c box -n "__fish_box_using_subcommand run" -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand run" -l replace -d 'Remove a container that already has the name'
complete -c box -n "__fish_box_using_subcommand run" -l rm -d 'Remove the container and its anonymous volumes when it ends'
complete -c box -n "__fish_box_using_subcommand run" -l strict -d 'Refuse to start where something that was asked for, such as a limit, cannot be kept; else that is a warning'
complete -c box -n "__fish_box_using_subcommand run" -s i -l interactive -d 'Keep standard input open'
complete -c box -n "__fish_box_using_subcommand run" -s t -l tty -d 'Give the program a terminal'
complete -c box -n "__fish_box_using_subcommand run" -l env-host -d 'Pass on all variables of this environment'
complete -c box -n "__fish_box_using_subcommand run" -l unsetenv-all -d 'Set no variables but those of --env'
complete -c box -n "__fish_box_using_subcommand run" -l init -d 'Run a small init as process 1, which forwards signals and reaps'
complete -c box -n "__fish_box_using_subcommand run" -l no-healthcheck -d 'Check no health, whatever the image says'
complete -c box -n "__fish_box_using_subcommand run" -l read-only -d 'Make the root filesystem read-only'
complete -c box -n "__fish_box_using_subcommand run" -l rootfs -d 'The first argument is a directory to use as root filesystem, not an image'
complete -c box -n "__fish_box_using_subcommand run" -s P -l publish-all -d 'Publish all exposed ports on free ports of the host'
complete -c box -n "__fish_box_using_subcommand run" -l no-hosts -d 'Leave the image\'s /etc/hosts alone'
complete -c box -n "__fish_box_using_subcommand run" -l no-hostname -d 'Leave the image\'s /etc/hostname alone'
complete -c box -n "__fish_box_using_subcommand run" -l privileged -d 'Give more rights: all capabilities, no seccomp filter, nothing masked'
complete -c box -n "__fish_box_using_subcommand run" -l oom-kill-disable
complete -c box -n "__fish_box_using_subcommand run" -s q -l quiet -d 'Show no progress'
complete -c box -n "__fish_box_using_subcommand run" -l disable-content-trust
complete -c box -n "__fish_box_using_subcommand run" -l use-api-socket
complete -c box -n "__fish_box_using_subcommand create" -s a -l attach -d 'Have `start --attach` show only these streams: stdin, stdout, stderr' -r
complete -c box -n "__fish_box_using_subcommand create" -l sdnotify -d 'Tell systemd when it runs (conmon), when it is healthy (healthy), have the program do so (container), or nothing (ignore)' -r
complete -c box -n "__fish_box_using_subcommand create" -l name -d 'Give the container this name' -r
complete -c box -n "__fish_box_using_subcommand create" -l cidfile -d 'Write the container\'s ID to a file that does not exist yet' -r -F
complete -c box -n "__fish_box_using_subcommand create" -l pidfile -d 'At each start, write the process ID of the program to a file' -r -F
complete -c box -n "__fish_box_using_subcommand create" -l conmon-pidfile -d 'At each start, write the process ID of the container\'s monitor to a file' -r -F
complete -c box -n "__fish_box_using_subcommand create" -s l -l label -d 'Attach metadata' -r
complete -c box -n "__fish_box_using_subcommand create" -l label-file -d 'Read metadata from a file of NAME=VALUE lines' -r
complete -c box -n "__fish_box_using_subcommand create" -l annotation -d 'Attach an OCI annotation' -r
complete -c box -n "__fish_box_using_subcommand create" -l stop-signal -d 'Stop the container with this signal' -r
complete -c box -n "__fish_box_using_subcommand create" -l stop-timeout -d 'Wait so many seconds after the stop signal, then kill' -r
complete -c box -n "__fish_box_using_subcommand create" -l timeout -d 'Kill the container after so many seconds; 0 for never' -r
complete -c box -n "__fish_box_using_subcommand create" -l restart -d 'Start it again when it ends: no, on-failure[:NUMBER], always, unless-stopped' -r
complete -c box -n "__fish_box_using_subcommand create" -l requires -d 'Start these containers before it' -r
complete -c box -n "__fish_box_using_subcommand create" -l pod -d 'Make it a container of this pod; `new:NAME` makes the pod too, of what is asked for of network and ports' -r
complete -c box -n "__fish_box_using_subcommand create" -l pod-id-file -d 'Make it a container of the pod whose ID this file holds' -r -F
complete -c box -n "__fish_box_using_subcommand create" -l log-driver -d 'Keep the output here: k8s-file, json-file, journald, none, or passthrough' -r
complete -c box -n "__fish_box_using_subcommand create" -l log-opt -d 'Configure the log: max-size=SIZE, max-file=NUMBER, path=FILE, tag=TEXT, labels=NAMES, env=NAMES, mode=blocking|non-blocking, max-buffer-size=SIZE' -r
complete -c box -n "__fish_box_using_subcommand create" -l entrypoint -d 'Replace the image\'s entrypoint by a word or a JSON array; an empty one clears it' -r
complete -c box -n "__fish_box_using_subcommand create" -s w -l workdir -d 'Start in this directory' -r
complete -c box -n "__fish_box_using_subcommand create" -s e -l env -d 'Set a variable; without a value, or with a trailing `*`, take it from here' -r
complete -c box -n "__fish_box_using_subcommand create" -l env-file -d 'Read variables from a file of NAME=VALUE lines; with a `-` before its name, it may be missing' -r
complete -c box -n "__fish_box_using_subcommand create" -l env-merge -d 'Set a variable to what others are before: NAME=\'${NAME}:/more\'' -r
complete -c box -n "__fish_box_using_subcommand create" -l unsetenv -d 'Set no variable of this name unless --env does' -r
complete -c box -n "__fish_box_using_subcommand create" -l http-proxy -d 'Pass on the proxy variables of this environment' -r
complete -c box -n "__fish_box_using_subcommand create" -s u -l user -d 'Run as this user' -r
complete -c box -n "__fish_box_using_subcommand create" -l group-add -d 'Add the user to this group; keep-groups for the groups that you are in here' -r
complete -c box -n "__fish_box_using_subcommand create" -l hostuser -d 'Add a user of this machine to the container\'s /etc/passwd' -r
complete -c box -n "__fish_box_using_subcommand create" -l passwd -d 'Give a user whom the image does not know a line in /etc/passwd and /etc/group' -r
complete -c box -n "__fish_box_using_subcommand create" -l passwd-entry -d 'That line in /etc/passwd; $USERNAME, $UID, $GID, $NAME and $HOME are replaced' -r
complete -c box -n "__fish_box_using_subcommand create" -l group-entry -d 'That line in /etc/group; $GROUPNAME, $USERNAME and $GID are replaced' -r
complete -c box -n "__fish_box_using_subcommand create" -l tz -d 'Use this time zone, such as Europe/Berlin; `local` for that of this machine' -r
complete -c box -n "__fish_box_using_subcommand create" -l personality -d 'What the kernel says it is: LINUX or LINUX32' -r
complete -c box -n "__fish_box_using_subcommand create" -l umask -d 'Take these rights from new files' -r
complete -c box -n "__fish_box_using_subcommand create" -l systemd -d 'Prepare the container for systemd: true, where the program is called like it; always; or false' -r
complete -c box -n "__fish_box_using_subcommand create" -l health-cmd -d 'Check the health with this line for the shell, or a JSON list of a program and its arguments; none for no check' -r
complete -c box -n "__fish_box_using_subcommand create" -l health-interval -d 'Time between checks; disable to check only when asked to  [default: the image\'s, or 30s]' -r
complete -c box -n "__fish_box_using_subcommand create" -l health-timeout -d 'Time that a check may take  [default: the image\'s, or 30s]' -r
complete -c box -n "__fish_box_using_subcommand create" -l health-retries -d 'Failures in a row that make it unhealthy  [default: the image\'s, or 3]' -r
complete -c box -n "__fish_box_using_subcommand create" -l health-start-period -d 'Time after the start in which failures do not count  [default: the image\'s, or 0s]' -r
complete -c box -n "__fish_box_using_subcommand create" -l health-start-interval -d 'Time between checks in that time  [default: the image\'s, or 5s]' -r
complete -c box -n "__fish_box_using_subcommand create" -l health-on-failure -d 'What becomes of an unhealthy container: none, kill, restart or stop' -r
complete -c box -n "__fish_box_using_subcommand create" -l health-startup-cmd -d 'Check with this first, until it succeeds' -r
complete -c box -n "__fish_box_using_subcommand create" -l health-startup-interval -d 'Time between such checks' -r
complete -c box -n "__fish_box_using_subcommand create" -l health-startup-timeout -d 'Time that such a check may take' -r
complete -c box -n "__fish_box_using_subcommand create" -l health-startup-retries -d 'Failures of it after which the container is restarted; 0 for never' -r
complete -c box -n "__fish_box_using_subcommand create" -l health-startup-success -d 'Successes in a row that are needed' -r
complete -c box -n "__fish_box_using_subcommand create" -l health-max-log-count -d 'Outcomes that are kept; 0 for all  [default: 5]' -r
complete -c box -n "__fish_box_using_subcommand create" -l health-max-log-size -d 'Bytes that are kept of what a check says; 0 for all  [default: 500]' -r
complete -c box -n "__fish_box_using_subcommand create" -l health-log-destination -d 'Where outcomes are kept; only `local` is supported' -r
complete -c box -n "__fish_box_using_subcommand create" -s v -l volume -d 'Mount a directory or file of the host, or a named volume' -r
complete -c box -n "__fish_box_using_subcommand create" -l mount -d 'Mount a bind, volume, tmpfs, devpts or mqueue' -r
complete -c box -n "__fish_box_using_subcommand create" -l volumes-from -d 'Mount what is mounted in another container' -r
complete -c box -n "__fish_box_using_subcommand create" -l image-volume -d 'Make the directories that the image declares as volumes these: anonymous (alias bind), tmpfs, or ignore them' -r
complete -c box -n "__fish_box_using_subcommand create" -l secret -d 'Give a secret as a file in memory or a variable: type=mount|env, target=TARGET, uid=UID, gid=GID, mode=MODE' -r
complete -c box -n "__fish_box_using_subcommand create" -l tmpfs -d 'Mount a temporary filesystem in memory' -r
complete -c box -n "__fish_box_using_subcommand create" -l device -d 'Add a device of the host, by path or by a name of the Container Device Interface: VENDOR/CLASS=NAME' -r
complete -c box -n "__fish_box_using_subcommand create" -l gpus -d 'Add GPUs of NVIDIA: all, a number, or device=LIST' -r
complete -c box -n "__fish_box_using_subcommand create" -l read-only-tmpfs -d 'With --read-only, mount a tmpfs on /run, /tmp and /var/tmp' -r
complete -c box -n "__fish_box_using_subcommand create" -l shm-size -d 'Size of /dev/shm' -r
complete -c box -n "__fish_box_using_subcommand create" -l network -d 'private, none, host, builtin[:OPTIONS], pasta[:OPTIONS], slirp4netns[:OPTIONS], container:NAME, ns:PATH, or named networks: NAME[:ip=ADDRESS,ip6=ADDRESS,mac=ADDRESS,alias=NAME], several if given several times' -r
complete -c box -n "__fish_box_using_subcommand create" -l network-alias -d 'A further name by which members of its named networks find it' -r
complete -c box -n "__fish_box_using_subcommand create" -l ip -d 'The IPv4 address in its named network' -r
complete -c box -n "__fish_box_using_subcommand create" -l ip6 -d 'The IPv6 address in its named network' -r
complete -c box -n "__fish_box_using_subcommand create" -l mac-address -d 'The MAC address of its interface' -r
complete -c box -n "__fish_box_using_subcommand create" -l egress -d 'What of the world it may reach: `deny`, or allow=HOST[:PORT][,HOST...], HOST being a name, *.DOMAIN, an address or ADDRESS/BITS; other names do not resolve' -r
complete -c box -n "__fish_box_using_subcommand create" -l network-log -d 'Keep a log of connections for `box network log`; without, it is kept where --egress is given' -r
complete -c box -n "__fish_box_using_subcommand create" -s p -l publish -d 'Publish a port, or a range of ports' -r
complete -c box -n "__fish_box_using_subcommand create" -l expose -d 'Say that the container listens on a port' -r
complete -c box -n "__fish_box_using_subcommand create" -s h -l hostname -d 'Name inside; the first 12 digits of the ID without' -r
complete -c box -n "__fish_box_using_subcommand create" -l add-host -d 'Add a line to /etc/hosts; the address may be host-gateway' -r
complete -c box -n "__fish_box_using_subcommand create" -l dns -d 'Ask this DNS server; `none` leaves resolv.conf alone' -r
complete -c box -n "__fish_box_using_subcommand create" -l dns-option -d 'Set an option of the resolver' -r
complete -c box -n "__fish_box_using_subcommand create" -l hosts-file -d 'Begin /etc/hosts with the lines of this file; `none` for no file' -r
complete -c box -n "__fish_box_using_subcommand create" -l domainname -d 'Set the domain name of NIS' -r
complete -c box -n "__fish_box_using_subcommand create" -l dns-search -d 'Complete names with this domain; `.` for none' -r
complete -c box -n "__fish_box_using_subcommand create" -l runtime -d 'Have this OCI runtime run the program' -r
complete -c box -n "__fish_box_using_subcommand create" -l runtime-flag -d 'Pass an option to it, without the leading `--`' -r
complete -c box -n "__fish_box_using_subcommand create" -l root-emulation -d 'Without subordinate ids, let programs change owners and users all the same' -r -f -a "on\t''
off\t''"
complete -c box -n "__fish_box_using_subcommand create" -l cap-add -d 'Add a capability' -r
complete -c box -n "__fish_box_using_subcommand create" -l cap-drop -d 'Drop a capability' -r
complete -c box -n "__fish_box_using_subcommand create" -l security-opt -d 'no-new-privileges, seccomp=unconfined, seccomp=FILE, mask=PATHS, unmask=PATHS, proc-opts=OPTIONS, label=..., apparmor=...' -r
complete -c box -n "__fish_box_using_subcommand create" -l userns -d 'User namespace: host (you are root inside), keep-id[:uid=UID,gid=GID,size=NUMBER], container:NAME, ns:PATH; without you: auto[:size=NUMBER] (some of your subordinate ids, of no other such container) or nomap (all)' -r
complete -c box -n "__fish_box_using_subcommand create" -l uidmap -d 'Map user ids; outside, 0 is you, then come your subordinate ids, and `@` is before a number of the host' -r
complete -c box -n "__fish_box_using_subcommand create" -l gidmap -d 'Map group ids; without, they are mapped as user ids' -r
complete -c box -n "__fish_box_using_subcommand create" -l subuidname -d 'Use the subordinate user ids of this account, which must be your own' -r
complete -c box -n "__fish_box_using_subcommand create" -l subgidname -r
complete -c box -n "__fish_box_using_subcommand create" -l pid -d 'Process namespace: private, host, container:NAME or ns:PATH' -r
complete -c box -n "__fish_box_using_subcommand create" -l ipc -d 'IPC namespace: private, shareable, none, host, container:NAME or ns:PATH' -r
complete -c box -n "__fish_box_using_subcommand create" -l uts -d 'Host name namespace: private, host, container:NAME or ns:PATH' -r
complete -c box -n "__fish_box_using_subcommand create" -l cgroupns -d 'Cgroup namespace: private, host, container:NAME or ns:PATH' -r
complete -c box -n "__fish_box_using_subcommand create" -s m -l memory -d 'Limit memory' -r
complete -c box -n "__fish_box_using_subcommand create" -l memory-swap -d 'Limit memory and swap together; -1 for no limit' -r
complete -c box -n "__fish_box_using_subcommand create" -l memory-reservation -d 'Keep so much memory for the container when it is short' -r
complete -c box -n "__fish_box_using_subcommand create" -l cpus -d 'Limit CPU time, in CPUs' -r
complete -c box -n "__fish_box_using_subcommand create" -l cpu-quota -d 'Limit CPU time, in microseconds per period' -r
complete -c box -n "__fish_box_using_subcommand create" -l cpu-period -d 'The period of --cpu-quota' -r
complete -c box -n "__fish_box_using_subcommand create" -s c -l cpu-shares -d 'Relative weight against other containers' -r
complete -c box -n "__fish_box_using_subcommand create" -l cpuset-cpus -d 'Run on these CPUs, such as 0-3,5' -r
complete -c box -n "__fish_box_using_subcommand create" -l cpuset-mems -d 'Use memory of these nodes, such as 0,1' -r
complete -c box -n "__fish_box_using_subcommand create" -l pids-limit -d 'Limit the number of processes; -1 for no limit' -r
complete -c box -n "__fish_box_using_subcommand create" -l blkio-weight -d 'Relative weight of reading and writing, from 10 to 1000' -r
complete -c box -n "__fish_box_using_subcommand create" -l blkio-weight-device -d 'Relative weight of reading and writing one device' -r
complete -c box -n "__fish_box_using_subcommand create" -l device-read-bps -d 'Limit reading from a device, in bytes per second' -r
complete -c box -n "__fish_box_using_subcommand create" -l device-read-iops -d 'Limit reading from a device, in operations per second' -r
complete -c box -n "__fish_box_using_subcommand create" -l device-write-bps -d 'Limit writing to a device, in bytes per second' -r
complete -c box -n "__fish_box_using_subcommand create" -l device-write-iops -d 'Limit writing to a device, in operations per second' -r
complete -c box -n "__fish_box_using_subcommand create" -l memory-swappiness -r
complete -c box -n "__fish_box_using_subcommand create" -l cpu-rt-period -r
complete -c box -n "__fish_box_using_subcommand create" -l cpu-rt-runtime -r
complete -c box -n "__fish_box_using_subcommand create" -l rdt-class -r
complete -c box -n "__fish_box_using_subcommand create" -l ulimit -d 'Set a resource limit, or `host` for this shell\'s limits' -r
complete -c box -n "__fish_box_using_subcommand create" -l sysctl -d 'Set a kernel parameter of the container\'s own' -r
complete -c box -n "__fish_box_using_subcommand create" -l oom-score-adj -d 'Make the kernel choose this program rather than others when memory is short' -r
complete -c box -n "__fish_box_using_subcommand create" -l cgroup-parent -d 'Make the container\'s control group below this one' -r
complete -c box -n "__fish_box_using_subcommand create" -l cgroup-conf -d 'Write a value to a file of the container\'s control group, of version 2' -r
complete -c box -n "__fish_box_using_subcommand create" -l cgroups -d 'enabled, disabled, no-conmon or split' -r
complete -c box -n "__fish_box_using_subcommand create" -l pull -d 'Ask the registry: missing, always, never or newer' -r
complete -c box -n "__fish_box_using_subcommand create" -l platform -d 'Take the image for this platform' -r
complete -c box -n "__fish_box_using_subcommand create" -l arch -d 'Take the image for this architecture' -r
complete -c box -n "__fish_box_using_subcommand create" -l os -d 'Take the image for this operating system' -r
complete -c box -n "__fish_box_using_subcommand create" -l variant -d 'Take the image for this variant of the architecture' -r
complete -c box -n "__fish_box_using_subcommand create" -l authfile -d 'Read credentials from this file' -r -F
complete -c box -n "__fish_box_using_subcommand create" -l cert-dir -d 'Find certificates of the registry in this directory' -r -F
complete -c box -n "__fish_box_using_subcommand create" -l tls-verify -d 'Require HTTPS and a valid certificate' -r
complete -c box -n "__fish_box_using_subcommand create" -l creds -d 'Use these credentials' -r
complete -c box -n "__fish_box_using_subcommand create" -l retry -d 'Try so many times more when the network fails' -r
complete -c box -n "__fish_box_using_subcommand create" -l retry-delay -d 'Wait so long before the second try, and twice as long before each further one' -r
complete -c box -n "__fish_box_using_subcommand create" -l kernel-memory -r
complete -c box -n "__fish_box_using_subcommand create" -l link-local-ip -r
complete -c box -n "__fish_box_using_subcommand create" -l isolation -r
complete -c box -n "__fish_box_using_subcommand create" -l cpu-count -r
complete -c box -n "__fish_box_using_subcommand create" -l cpu-percent -r
complete -c box -n "__fish_box_using_subcommand create" -l io-maxbandwidth -r
complete -c box -n "__fish_box_using_subcommand create" -l io-maxiops -r
complete -c box -n "__fish_box_using_subcommand create" -l signature-policy -r
complete -c box -n "__fish_box_using_subcommand create" -l init-path -r
complete -c box -n "__fish_box_using_subcommand create" -l device-cgroup-rule -r
complete -c box -n "__fish_box_using_subcommand create" -l storage-opt -r
complete -c box -n "__fish_box_using_subcommand create" -l decryption-key -r
complete -c box -n "__fish_box_using_subcommand create" -l volume-driver -r
complete -c box -n "__fish_box_using_subcommand create" -l seccomp-policy -r
complete -c box -n "__fish_box_using_subcommand create" -l chrootdirs -r
complete -c box -n "__fish_box_using_subcommand create" -l link -r
complete -c box -n "__fish_box_using_subcommand create" -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand create" -l replace -d 'Remove a container that already has the name'
complete -c box -n "__fish_box_using_subcommand create" -l rm -d 'Remove the container and its anonymous volumes when it ends'
complete -c box -n "__fish_box_using_subcommand create" -l strict -d 'Refuse to start where something that was asked for, such as a limit, cannot be kept; else that is a warning'
complete -c box -n "__fish_box_using_subcommand create" -s i -l interactive -d 'Keep standard input open'
complete -c box -n "__fish_box_using_subcommand create" -s t -l tty -d 'Give the program a terminal'
complete -c box -n "__fish_box_using_subcommand create" -l env-host -d 'Pass on all variables of this environment'
complete -c box -n "__fish_box_using_subcommand create" -l unsetenv-all -d 'Set no variables but those of --env'
complete -c box -n "__fish_box_using_subcommand create" -l init -d 'Run a small init as process 1, which forwards signals and reaps'
complete -c box -n "__fish_box_using_subcommand create" -l no-healthcheck -d 'Check no health, whatever the image says'
complete -c box -n "__fish_box_using_subcommand create" -l read-only -d 'Make the root filesystem read-only'
complete -c box -n "__fish_box_using_subcommand create" -l rootfs -d 'The first argument is a directory to use as root filesystem, not an image'
complete -c box -n "__fish_box_using_subcommand create" -s P -l publish-all -d 'Publish all exposed ports on free ports of the host'
complete -c box -n "__fish_box_using_subcommand create" -l no-hosts -d 'Leave the image\'s /etc/hosts alone'
complete -c box -n "__fish_box_using_subcommand create" -l no-hostname -d 'Leave the image\'s /etc/hostname alone'
complete -c box -n "__fish_box_using_subcommand create" -l privileged -d 'Give more rights: all capabilities, no seccomp filter, nothing masked'
complete -c box -n "__fish_box_using_subcommand create" -l oom-kill-disable
complete -c box -n "__fish_box_using_subcommand create" -s q -l quiet -d 'Show no progress'
complete -c box -n "__fish_box_using_subcommand create" -l disable-content-trust
complete -c box -n "__fish_box_using_subcommand create" -l use-api-socket
complete -c box -n "__fish_box_using_subcommand start" -l sdnotify -d 'Tell systemd when it runs (conmon), when it is healthy (healthy), have the program do so (container), or nothing (ignore)' -r
complete -c box -n "__fish_box_using_subcommand start" -l wait-for -d 'Return only when this is so: port:NUMBER[/udp], log:REGEX, healthy, or exit' -r
complete -c box -n "__fish_box_using_subcommand start" -l wait-timeout -d 'Give up waiting after this time; the container goes on' -r
complete -c box -n "__fish_box_using_subcommand start" -l status-fd -d 'At the end, write a line of JSON to this descriptor: in "origin", whether "exitCode" is that of the program, or it goes on running, or that of box, the engine; and in "error", why' -r
complete -c box -n "__fish_box_using_subcommand start" -l status-file -d 'The same to a file' -r -F
complete -c box -n "__fish_box_using_subcommand start" -l detach-keys -d 'Leave the container running with these keys; empty for none' -r
complete -c box -n "__fish_box_using_subcommand start" -l sig-proxy -d 'Pass signals on to the program' -r
complete -c box -n "__fish_box_using_subcommand start" -s f -l filter -d 'Start the containers that match `key=value`; the keys are those of `box ps`' -r
complete -c box -n "__fish_box_using_subcommand start" -s a -l attach -d 'Stay with the container: show its output, pass signals on, exit as it does'
complete -c box -n "__fish_box_using_subcommand start" -s i -l interactive -d 'Pass standard input on to the program'
complete -c box -n "__fish_box_using_subcommand start" -l all -d 'Start all containers'
complete -c box -n "__fish_box_using_subcommand start" -s l -l latest -d 'Start the container that was created last'
complete -c box -n "__fish_box_using_subcommand start" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand stop" -s t -l time -d 'Kill a container that has not ended after so many seconds; -1 waits for ever' -r
complete -c box -n "__fish_box_using_subcommand stop" -s s -l signal -d 'Send this signal instead of the container\'s own stop signal' -r
complete -c box -n "__fish_box_using_subcommand stop" -l cidfile -d 'The container whose ID this file holds' -r -F
complete -c box -n "__fish_box_using_subcommand stop" -s f -l filter -d 'The containers that match `key=value`; the keys are those of `box ps`' -r
complete -c box -n "__fish_box_using_subcommand stop" -s i -l ignore -d 'Pass over containers that do not exist'
complete -c box -n "__fish_box_using_subcommand stop" -s a -l all -d 'All containers'
complete -c box -n "__fish_box_using_subcommand stop" -s l -l latest -d 'The container that was created last'
complete -c box -n "__fish_box_using_subcommand stop" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand restart" -s t -l time -d 'Kill a container that has not ended after so many seconds; -1 waits for ever' -r
complete -c box -n "__fish_box_using_subcommand restart" -l cidfile -d 'The container whose ID this file holds' -r -F
complete -c box -n "__fish_box_using_subcommand restart" -s f -l filter -d 'The containers that match `key=value`; the keys are those of `box ps`' -r
complete -c box -n "__fish_box_using_subcommand restart" -l running -d 'With --all, only containers that run'
complete -c box -n "__fish_box_using_subcommand restart" -s a -l all -d 'All containers'
complete -c box -n "__fish_box_using_subcommand restart" -s l -l latest -d 'The container that was created last'
complete -c box -n "__fish_box_using_subcommand restart" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand kill" -s s -l signal -d 'Send this signal' -r
complete -c box -n "__fish_box_using_subcommand kill" -l cidfile -d 'The container whose ID this file holds' -r -F
complete -c box -n "__fish_box_using_subcommand kill" -s f -l filter -d 'The containers that match `key=value`; the keys are those of `box ps`' -r
complete -c box -n "__fish_box_using_subcommand kill" -s a -l all -d 'All containers'
complete -c box -n "__fish_box_using_subcommand kill" -s l -l latest -d 'The container that was created last'
complete -c box -n "__fish_box_using_subcommand kill" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand rm" -s t -l time -d 'With --force, kill a container that has not ended after so many seconds' -r
complete -c box -n "__fish_box_using_subcommand rm" -l cidfile -d 'Remove the container whose ID this file holds' -r -F
complete -c box -n "__fish_box_using_subcommand rm" -l filter -d 'Remove the containers that match `key=value`; the keys are those of `box ps`' -r
complete -c box -n "__fish_box_using_subcommand rm" -s f -l force -d 'Stop containers that run, and pass over those that do not exist'
complete -c box -n "__fish_box_using_subcommand rm" -s i -l ignore -d 'Pass over containers that do not exist'
complete -c box -n "__fish_box_using_subcommand rm" -s v -l volumes -d 'Remove the volumes that nobody has named too, unless another container mounts them'
complete -c box -n "__fish_box_using_subcommand rm" -s a -l all -d 'Remove all containers'
complete -c box -n "__fish_box_using_subcommand rm" -s l -l latest -d 'Remove the container that was created last'
complete -c box -n "__fish_box_using_subcommand rm" -l depend
complete -c box -n "__fish_box_using_subcommand rm" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand exec" -s e -l env -d 'Set a variable; without a value, or with a trailing `*`, take it from here' -r
complete -c box -n "__fish_box_using_subcommand exec" -l env-file -d 'Read variables from a file of NAME=VALUE lines; with a `-` before its name, it may be missing' -r
complete -c box -n "__fish_box_using_subcommand exec" -s u -l user -d 'Run as this user' -r
complete -c box -n "__fish_box_using_subcommand exec" -s w -l workdir -d 'Start in this directory' -r
complete -c box -n "__fish_box_using_subcommand exec" -l preserve-fds -d 'Pass on so many descriptors beyond standard error: 3, 4 and so on' -r
complete -c box -n "__fish_box_using_subcommand exec" -l preserve-fd -d 'Pass on these descriptors, such as 3,7' -r
complete -c box -n "__fish_box_using_subcommand exec" -l status-fd -d 'At the end, write a line of JSON to this descriptor: in "origin", whether "exitCode" is that of the program, or it goes on running, or that of box, the engine; and in "error", why' -r
complete -c box -n "__fish_box_using_subcommand exec" -l status-file -d 'The same to a file' -r -F
complete -c box -n "__fish_box_using_subcommand exec" -l detach-keys -d 'Leave the container running with these keys; empty for none' -r
complete -c box -n "__fish_box_using_subcommand exec" -l sig-proxy -d 'Pass signals on to the program' -r
complete -c box -n "__fish_box_using_subcommand exec" -l cidfile -d 'The container whose ID this file holds' -r -F
complete -c box -n "__fish_box_using_subcommand exec" -s d -l detach -d 'Leave the program running in the background'
complete -c box -n "__fish_box_using_subcommand exec" -s i -l interactive -d 'Keep standard input open'
complete -c box -n "__fish_box_using_subcommand exec" -s t -l tty -d 'Give the program a terminal'
complete -c box -n "__fish_box_using_subcommand exec" -l privileged -d 'Give the program all capabilities and no seccomp filter'
complete -c box -n "__fish_box_using_subcommand exec" -l no-session
complete -c box -n "__fish_box_using_subcommand exec" -s l -l latest -d 'The container that was created last'
complete -c box -n "__fish_box_using_subcommand exec" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand top" -s l -l latest -d 'The container that was created last'
complete -c box -n "__fish_box_using_subcommand top" -l json -d 'Show it for programs: a versioned document of JSON on one line, as box-json(7) describes'
complete -c box -n "__fish_box_using_subcommand top" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand stats" -l format -d 'Show the list as `json`, `table [TEMPLATE]`, or by a Go template' -r
complete -c box -n "__fish_box_using_subcommand stats" -s i -l interval -d 'Wait so many seconds between two lists' -r
complete -c box -n "__fish_box_using_subcommand stats" -s a -l all -d 'Also show containers that do not run'
complete -c box -n "__fish_box_using_subcommand stats" -s l -l latest -d 'The container that was created last'
complete -c box -n "__fish_box_using_subcommand stats" -l json -d 'Show it for programs: a versioned document of JSON on one line, as box-json(7) describes'
complete -c box -n "__fish_box_using_subcommand stats" -l no-stream -d 'Show one list and end'
complete -c box -n "__fish_box_using_subcommand stats" -l no-reset -d 'Write each list below the one before instead of in its place'
complete -c box -n "__fish_box_using_subcommand stats" -l no-trunc -l no-truncate -d 'Do not shorten IDs'
complete -c box -n "__fish_box_using_subcommand stats" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand update" -s m -l memory -d 'Limit memory' -r
complete -c box -n "__fish_box_using_subcommand update" -l memory-swap -d 'Limit memory and swap together; -1 for no limit' -r
complete -c box -n "__fish_box_using_subcommand update" -l memory-reservation -d 'Keep so much memory for the container when it is short' -r
complete -c box -n "__fish_box_using_subcommand update" -l cpus -d 'Limit CPU time, in CPUs' -r
complete -c box -n "__fish_box_using_subcommand update" -l cpu-quota -d 'Limit CPU time, in microseconds per period' -r
complete -c box -n "__fish_box_using_subcommand update" -l cpu-period -d 'The period of --cpu-quota' -r
complete -c box -n "__fish_box_using_subcommand update" -s c -l cpu-shares -d 'Relative weight against other containers' -r
complete -c box -n "__fish_box_using_subcommand update" -l cpuset-cpus -d 'Run on these CPUs, such as 0-3,5' -r
complete -c box -n "__fish_box_using_subcommand update" -l cpuset-mems -d 'Use memory of these nodes, such as 0,1' -r
complete -c box -n "__fish_box_using_subcommand update" -l pids-limit -d 'Limit the number of processes; -1 for no limit' -r
complete -c box -n "__fish_box_using_subcommand update" -l blkio-weight -d 'Relative weight of reading and writing, from 10 to 1000' -r
complete -c box -n "__fish_box_using_subcommand update" -l blkio-weight-device -d 'Relative weight of reading and writing one device' -r
complete -c box -n "__fish_box_using_subcommand update" -l device-read-bps -d 'Limit reading from a device, in bytes per second' -r
complete -c box -n "__fish_box_using_subcommand update" -l device-read-iops -d 'Limit reading from a device, in operations per second' -r
complete -c box -n "__fish_box_using_subcommand update" -l device-write-bps -d 'Limit writing to a device, in bytes per second' -r
complete -c box -n "__fish_box_using_subcommand update" -l device-write-iops -d 'Limit writing to a device, in operations per second' -r
complete -c box -n "__fish_box_using_subcommand update" -l memory-swappiness -r
complete -c box -n "__fish_box_using_subcommand update" -l cpu-rt-period -r
complete -c box -n "__fish_box_using_subcommand update" -l cpu-rt-runtime -r
complete -c box -n "__fish_box_using_subcommand update" -l rdt-class -r
complete -c box -n "__fish_box_using_subcommand update" -l ulimit -d 'Set a resource limit, from the next start on' -r
complete -c box -n "__fish_box_using_subcommand update" -s e -l env -d 'Set a variable, from the next start on' -r
complete -c box -n "__fish_box_using_subcommand update" -l unsetenv -d 'Take a variable away, from the next start on' -r
complete -c box -n "__fish_box_using_subcommand update" -l publish-add -d 'Publish one more port, or a range of ports' -r
complete -c box -n "__fish_box_using_subcommand update" -l publish-rm -d 'Publish a port no longer; connections that came by it end when they end' -r
complete -c box -n "__fish_box_using_subcommand update" -l restart -d 'Start it again when it ends: no, on-failure[:NUMBER], always, unless-stopped' -r
complete -c box -n "__fish_box_using_subcommand update" -l oom-kill-disable
complete -c box -n "__fish_box_using_subcommand update" -s l -l latest -d 'The container that was created last'
complete -c box -n "__fish_box_using_subcommand update" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand pause" -l cidfile -d 'The container whose ID this file holds' -r -F
complete -c box -n "__fish_box_using_subcommand pause" -s f -l filter -d 'The containers that match `key=value`; the keys are those of `box ps`' -r
complete -c box -n "__fish_box_using_subcommand pause" -s a -l all -d 'All containers'
complete -c box -n "__fish_box_using_subcommand pause" -s l -l latest -d 'The container that was created last'
complete -c box -n "__fish_box_using_subcommand pause" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand unpause" -l cidfile -d 'The container whose ID this file holds' -r -F
complete -c box -n "__fish_box_using_subcommand unpause" -s f -l filter -d 'The containers that match `key=value`; the keys are those of `box ps`' -r
complete -c box -n "__fish_box_using_subcommand unpause" -s a -l all -d 'All containers'
complete -c box -n "__fish_box_using_subcommand unpause" -s l -l latest -d 'The container that was created last'
complete -c box -n "__fish_box_using_subcommand unpause" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand attach" -l detach-keys -d 'Leave the container running with these keys; empty for none' -r
complete -c box -n "__fish_box_using_subcommand attach" -l sig-proxy -d 'Pass signals on to the program' -r
complete -c box -n "__fish_box_using_subcommand attach" -l no-stdin -d 'Pass nothing on that is typed here'
complete -c box -n "__fish_box_using_subcommand attach" -s l -l latest -d 'The container that was created last'
complete -c box -n "__fish_box_using_subcommand attach" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand logs" -l tail -d 'Show only the last lines' -r
complete -c box -n "__fish_box_using_subcommand logs" -l since -d 'Show only what was said after this moment: a time, or so long ago (10m)' -r
complete -c box -n "__fish_box_using_subcommand logs" -l until -d 'Show only what was said before this moment' -r
complete -c box -n "__fish_box_using_subcommand logs" -s f -l follow -d 'Go on until the containers end'
complete -c box -n "__fish_box_using_subcommand logs" -s t -l timestamps -d 'Show when each line was said'
complete -c box -n "__fish_box_using_subcommand logs" -s n -l names -d 'Show the names of several containers, not their IDs, before each line'
complete -c box -n "__fish_box_using_subcommand logs" -l color -l colour -d 'Show the lines of each of several containers in a colour of its own'
complete -c box -n "__fish_box_using_subcommand logs" -l details
complete -c box -n "__fish_box_using_subcommand logs" -s l -l latest -d 'The container that was created last'
complete -c box -n "__fish_box_using_subcommand logs" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand wait" -l condition -d 'Wait for this instead, with -1 for the exit code unless it is an end: created, running, paused, exited or stopped, removing, healthy, unhealthy; the first of several to come true' -r
complete -c box -n "__fish_box_using_subcommand wait" -s i -l interval -r
complete -c box -n "__fish_box_using_subcommand wait" -l return-on-first -d 'Print the exit code of the first container that is so far, and wait for no other'
complete -c box -n "__fish_box_using_subcommand wait" -l ignore -d 'Pass over containers that do not exist, with -1 for the exit code'
complete -c box -n "__fish_box_using_subcommand wait" -s l -l latest -d 'The container that was created last'
complete -c box -n "__fish_box_using_subcommand wait" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand port" -s a -l all -d 'Show the ports of all containers'
complete -c box -n "__fish_box_using_subcommand port" -s l -l latest -d 'The container that was created last'
complete -c box -n "__fish_box_using_subcommand port" -l json -d 'Show it for programs: a versioned document of JSON on one line, as box-json(7) describes'
complete -c box -n "__fish_box_using_subcommand port" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand rename" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand cp" -s a -l archive -d 'Give what is copied into a container to the container\'s user; with `false`, keep its owners' -r -f -a "true\t''
false\t''"
complete -c box -n "__fish_box_using_subcommand cp" -l overwrite -d 'Put directories in place of files, and files in place of directories'
complete -c box -n "__fish_box_using_subcommand cp" -s L -l follow-link -d 'Copy what a link leads to, as is done in any case'
complete -c box -n "__fish_box_using_subcommand cp" -s q -l quiet -d 'Say nothing, as is done in any case'
complete -c box -n "__fish_box_using_subcommand cp" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand commit" -s a -l author -d 'Name an author' -r
complete -c box -n "__fish_box_using_subcommand commit" -s c -l change -d 'Change the image\'s config: CMD, ENTRYPOINT, ENV, EXPOSE, LABEL, ONBUILD, STOPSIGNAL, USER, VOLUME or WORKDIR' -r
complete -c box -n "__fish_box_using_subcommand commit" -l config -d 'Take fields of the image\'s config from this JSON file' -r -F
complete -c box -n "__fish_box_using_subcommand commit" -s f -l format -d 'Write the manifest in this format: oci, or docker' -r
complete -c box -n "__fish_box_using_subcommand commit" -l iidfile -d 'Write the image ID to this file' -r -F
complete -c box -n "__fish_box_using_subcommand commit" -s m -l message -d 'Leave a message in the image\'s history' -r
complete -c box -n "__fish_box_using_subcommand commit" -s p -l pause -d 'Hold the container\'s processes meanwhile' -r
complete -c box -n "__fish_box_using_subcommand commit" -l include-volumes -d 'Say of the container\'s volumes that they are volumes of the image'
complete -c box -n "__fish_box_using_subcommand commit" -s q -l quiet -d 'Say nothing but the image ID'
complete -c box -n "__fish_box_using_subcommand commit" -s s -l squash -d 'Make one layer of all files instead of one more'
complete -c box -n "__fish_box_using_subcommand commit" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand export" -s o -l output -d 'Write to this file instead of standard output' -r -F
complete -c box -n "__fish_box_using_subcommand export" -s l -l latest -d 'The container that was created last'
complete -c box -n "__fish_box_using_subcommand export" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand pull" -l policy -d 'Ask the registry: always, missing, never or newer' -r
complete -c box -n "__fish_box_using_subcommand pull" -l platform -d 'Take the image for this platform' -r
complete -c box -n "__fish_box_using_subcommand pull" -l arch -d 'Take the image for this architecture' -r
complete -c box -n "__fish_box_using_subcommand pull" -l os -d 'Take the image for this operating system' -r
complete -c box -n "__fish_box_using_subcommand pull" -l variant -d 'Take the image for this variant of the architecture' -r
complete -c box -n "__fish_box_using_subcommand pull" -l authfile -d 'Read credentials from this file' -r -F
complete -c box -n "__fish_box_using_subcommand pull" -l cert-dir -d 'Find certificates of the registry in this directory' -r -F
complete -c box -n "__fish_box_using_subcommand pull" -l tls-verify -d 'Require HTTPS and a valid certificate' -r
complete -c box -n "__fish_box_using_subcommand pull" -l creds -d 'Use these credentials' -r
complete -c box -n "__fish_box_using_subcommand pull" -l retry -d 'Try so many times more when the network fails' -r
complete -c box -n "__fish_box_using_subcommand pull" -l retry-delay -d 'Wait so long before the second try, and twice as long before each further one' -r
complete -c box -n "__fish_box_using_subcommand pull" -l decryption-key -r
complete -c box -n "__fish_box_using_subcommand pull" -s a -l all-tags -d 'Pull every tag of the repositories'
complete -c box -n "__fish_box_using_subcommand pull" -s q -l quiet -d 'Show no progress'
complete -c box -n "__fish_box_using_subcommand pull" -l disable-content-trust
complete -c box -n "__fish_box_using_subcommand pull" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand push" -l format -d 'Write the manifest in this format: oci, or v2s2 (docker)' -r
complete -c box -n "__fish_box_using_subcommand push" -l compression-format -d 'Compress layers with gzip, zstd or zstd:chunked (zstd with a table of contents)' -r
complete -c box -n "__fish_box_using_subcommand push" -l compression-level -d 'How much to compress: 1 to 9 for gzip, 1 to 22 for zstd' -r
complete -c box -n "__fish_box_using_subcommand push" -l force-compression -d 'Send a layer even if the registry has it with another compression' -r
complete -c box -n "__fish_box_using_subcommand push" -l digestfile -d 'Write the digest of what was pushed to this file' -r -F
complete -c box -n "__fish_box_using_subcommand push" -l creds -d 'Use these credentials' -r
complete -c box -n "__fish_box_using_subcommand push" -l all -d 'Of a manifest list, push the images as well' -r
complete -c box -n "__fish_box_using_subcommand push" -l sign-by -r
complete -c box -n "__fish_box_using_subcommand push" -l sign-by-sigstore -r
complete -c box -n "__fish_box_using_subcommand push" -l sign-by-sigstore-private-key -r
complete -c box -n "__fish_box_using_subcommand push" -l sign-by-sq-fingerprint -r
complete -c box -n "__fish_box_using_subcommand push" -l sign-passphrase-file -r
complete -c box -n "__fish_box_using_subcommand push" -l encryption-key -r
complete -c box -n "__fish_box_using_subcommand push" -l encrypt-layer -r
complete -c box -n "__fish_box_using_subcommand push" -l authfile -d 'Read credentials from this file' -r -F
complete -c box -n "__fish_box_using_subcommand push" -l cert-dir -d 'Find certificates of the registry in this directory' -r -F
complete -c box -n "__fish_box_using_subcommand push" -l tls-verify -d 'Require HTTPS and a valid certificate' -r
complete -c box -n "__fish_box_using_subcommand push" -l retry -d 'Try so many times more when the network fails' -r
complete -c box -n "__fish_box_using_subcommand push" -l retry-delay -d 'Wait so long before the second try, and twice as long before each further one' -r
complete -c box -n "__fish_box_using_subcommand push" -s q -l quiet -d 'Show no progress'
complete -c box -n "__fish_box_using_subcommand push" -l remove-signatures -d 'Leave signatures behind; box sends none'
complete -c box -n "__fish_box_using_subcommand push" -l disable-content-trust
complete -c box -n "__fish_box_using_subcommand push" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand save" -s o -l output -d 'Write to this file or directory; else to standard output' -r -F
complete -c box -n "__fish_box_using_subcommand save" -l format -d 'How: docker-archive, oci-archive, oci-dir or docker-dir' -r
complete -c box -n "__fish_box_using_subcommand save" -s m -l multi-image-archive -d 'Several images in one archive, which box writes anyway'
complete -c box -n "__fish_box_using_subcommand save" -s q -l quiet -d 'Show no progress'
complete -c box -n "__fish_box_using_subcommand save" -l compress
complete -c box -n "__fish_box_using_subcommand save" -l uncompressed
complete -c box -n "__fish_box_using_subcommand save" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand load" -s i -l input -d 'Read this file or directory; else standard input' -r -F
complete -c box -n "__fish_box_using_subcommand load" -s q -l quiet -d 'Show no progress'
complete -c box -n "__fish_box_using_subcommand load" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand search" -l limit -d 'Show so many images of each registry, 1 to 100; or so many tags' -r
complete -c box -n "__fish_box_using_subcommand search" -s f -l filter -d 'Only images for which this is so: is-automated, is-official, stars' -r
complete -c box -n "__fish_box_using_subcommand search" -l format -d 'Show each by a Go template, or all as `json`' -r
complete -c box -n "__fish_box_using_subcommand search" -l creds -d 'Use these credentials' -r
complete -c box -n "__fish_box_using_subcommand search" -l authfile -d 'Read credentials from this file' -r -F
complete -c box -n "__fish_box_using_subcommand search" -l cert-dir -d 'Find certificates of the registry in this directory' -r -F
complete -c box -n "__fish_box_using_subcommand search" -l tls-verify -d 'Require HTTPS and a valid certificate' -r
complete -c box -n "__fish_box_using_subcommand search" -l list-tags -d 'List the tags of a repository'
complete -c box -n "__fish_box_using_subcommand search" -l json -d 'Show it for programs: a versioned document of JSON on one line, as box-json(7) describes'
complete -c box -n "__fish_box_using_subcommand search" -l no-trunc -d 'Show whole descriptions'
complete -c box -n "__fish_box_using_subcommand search" -l compatible -d 'Show stars and marks too, as Docker does'
complete -c box -n "__fish_box_using_subcommand search" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand tag" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand untag" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand history" -l format -d 'Show the list as `json`, `table [TEMPLATE]`, or by a Go template' -r
complete -c box -n "__fish_box_using_subcommand history" -s H -l human -d 'Show times and sizes as people say them, or (false) to the second and the byte' -r
complete -c box -n "__fish_box_using_subcommand history" -l no-trunc -l notruncate -d 'Do not shorten IDs and commands'
complete -c box -n "__fish_box_using_subcommand history" -s q -l quiet -d 'Show image IDs only'
complete -c box -n "__fish_box_using_subcommand history" -l json -d 'Show it for programs: a versioned document of JSON on one line, as box-json(7) describes'
complete -c box -n "__fish_box_using_subcommand history" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand import" -s c -l change -d 'Change the image\'s config: CMD, ENTRYPOINT, ENV, EXPOSE, LABEL, ONBUILD, STOPSIGNAL, USER, VOLUME or WORKDIR' -r
complete -c box -n "__fish_box_using_subcommand import" -s m -l message -d 'Leave a message in the image\'s history' -r
complete -c box -n "__fish_box_using_subcommand import" -l arch -d 'The archive\'s programs are for this architecture' -r
complete -c box -n "__fish_box_using_subcommand import" -l os -d 'The archive\'s programs are for this operating system' -r
complete -c box -n "__fish_box_using_subcommand import" -l variant -d 'The archive\'s programs are for this variant of the architecture' -r
complete -c box -n "__fish_box_using_subcommand import" -s q -l quiet -d 'Say nothing but the image ID'
complete -c box -n "__fish_box_using_subcommand import" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand ps" -s f -l filter -d 'Only containers for which this is so: ancestor, before, command, exited, expose, health, id, is-task, isolation, label, label!, name, network, pod, publish, restart-policy, should-start-on-boot, since, status, until, volume' -r
complete -c box -n "__fish_box_using_subcommand ps" -l format -d 'Show the list as `json`, `table [TEMPLATE]`, or by a Go template' -r
complete -c box -n "__fish_box_using_subcommand ps" -s n -l last -d 'Only so many containers, those made last' -r
complete -c box -n "__fish_box_using_subcommand ps" -l sort -d 'Sort by this column' -r -f -a "created\t''
command\t''
id\t''
image\t''
names\t''
runningfor\t''
size\t''
status\t''"
complete -c box -n "__fish_box_using_subcommand ps" -s w -l watch -d 'Show it anew every so many seconds, until it is interrupted' -r
complete -c box -n "__fish_box_using_subcommand ps" -s a -l all -d 'Also list containers that do not run'
complete -c box -n "__fish_box_using_subcommand ps" -s q -l quiet -d 'Show container IDs only'
complete -c box -n "__fish_box_using_subcommand ps" -l json -d 'Show it for programs: a versioned document of JSON on one line, as box-json(7) describes'
complete -c box -n "__fish_box_using_subcommand ps" -s l -l latest -d 'Only the container made last'
complete -c box -n "__fish_box_using_subcommand ps" -l no-trunc -d 'Do not shorten IDs and commands'
complete -c box -n "__fish_box_using_subcommand ps" -l noheading -l no-heading -d 'Leave out the table\'s heading'
complete -c box -n "__fish_box_using_subcommand ps" -s s -l size -d 'Show what each container has written'
complete -c box -n "__fish_box_using_subcommand ps" -l sync
complete -c box -n "__fish_box_using_subcommand ps" -l external
complete -c box -n "__fish_box_using_subcommand ps" -s p -l pod -d 'Show the pod of each container'
complete -c box -n "__fish_box_using_subcommand ps" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand images" -s f -l filter -d 'Only images for which this is so: after, before, containers, dangling, digest, id, intermediate, label, label!, manifest, readonly, reference, since, until' -r
complete -c box -n "__fish_box_using_subcommand images" -l format -d 'Show the list as `json`, `table [TEMPLATE]`, or by a Go template' -r
complete -c box -n "__fish_box_using_subcommand images" -l sort -d 'Sort by this column' -r -f -a "created\t''
id\t''
repository\t''
size\t''
tag\t''"
complete -c box -n "__fish_box_using_subcommand images" -s a -l all -d 'Also list images that have no name and that another image is built on'
complete -c box -n "__fish_box_using_subcommand images" -s q -l quiet -d 'Show image IDs only'
complete -c box -n "__fish_box_using_subcommand images" -l json -d 'Show it for programs: a versioned document of JSON on one line, as box-json(7) describes'
complete -c box -n "__fish_box_using_subcommand images" -l no-trunc -d 'Do not shorten IDs'
complete -c box -n "__fish_box_using_subcommand images" -l digests -d 'Show digests'
complete -c box -n "__fish_box_using_subcommand images" -s n -l noheading -l no-heading -d 'Leave out the table\'s heading'
complete -c box -n "__fish_box_using_subcommand images" -l history -d 'Also show what each image has been called, the last name first'
complete -c box -n "__fish_box_using_subcommand images" -l tree -d 'Show the platform of each image below its names, and what it takes on disk and in a registry'
complete -c box -n "__fish_box_using_subcommand images" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand rmi" -s f -l force -d 'Remove an image although containers use it or it has several names'
complete -c box -n "__fish_box_using_subcommand rmi" -s a -l all -d 'Remove all images'
complete -c box -n "__fish_box_using_subcommand rmi" -s i -l ignore -d 'Pass over images that do not exist'
complete -c box -n "__fish_box_using_subcommand rmi" -l no-prune
complete -c box -n "__fish_box_using_subcommand rmi" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand inspect" -s f -l format -d 'Show it by a Go template, or as `json` on one line' -r
complete -c box -n "__fish_box_using_subcommand inspect" -s k -l type -d 'Only objects of this type' -r -f -a "all\t''
container\t''
image\t''
network\t''
pod\t''
volume\t''"
complete -c box -n "__fish_box_using_subcommand inspect" -s s -l size -d 'Add how much a container has written'
complete -c box -n "__fish_box_using_subcommand inspect" -s l -l latest -d 'The container made last'
complete -c box -n "__fish_box_using_subcommand inspect" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand diff" -l format -d 'Show the changes as `json`, `table [TEMPLATE]`, or by a Go template' -r
complete -c box -n "__fish_box_using_subcommand diff" -l json -d 'Show it for programs: a versioned document of JSON on one line, as box-json(7) describes'
complete -c box -n "__fish_box_using_subcommand diff" -s l -l latest -d 'The container that was created last'
complete -c box -n "__fish_box_using_subcommand diff" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand login" -s u -l username -d 'The name of the account' -r
complete -c box -n "__fish_box_using_subcommand login" -s p -l password -d 'Its password; others can see it in the list of processes' -r
complete -c box -n "__fish_box_using_subcommand login" -l compat-auth-file -d 'Keep it in this file, in Docker\'s form' -r -F
complete -c box -n "__fish_box_using_subcommand login" -l secret -d 'Take the password from this secret; without --username, the name of the account is the secret\'s' -r
complete -c box -n "__fish_box_using_subcommand login" -l authfile -d 'Read credentials from this file' -r -F
complete -c box -n "__fish_box_using_subcommand login" -l cert-dir -d 'Find certificates of the registry in this directory' -r -F
complete -c box -n "__fish_box_using_subcommand login" -l tls-verify -d 'Require HTTPS and a valid certificate' -r
complete -c box -n "__fish_box_using_subcommand login" -l password-stdin -d 'Read the password from standard input'
complete -c box -n "__fish_box_using_subcommand login" -l get-login -d 'Print the name that is logged in, and do nothing else'
complete -c box -n "__fish_box_using_subcommand login" -s v -l verbose -d 'Say where it is kept'
complete -c box -n "__fish_box_using_subcommand login" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand logout" -l authfile -d 'Forget what this file holds' -r -F
complete -c box -n "__fish_box_using_subcommand logout" -l compat-auth-file -d 'Forget what this file of Docker\'s holds' -r -F
complete -c box -n "__fish_box_using_subcommand logout" -s a -l all -d 'Forget the credentials of every registry'
complete -c box -n "__fish_box_using_subcommand logout" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand info" -s f -l format -d 'Show it as `json` or by a Go template' -r
complete -c box -n "__fish_box_using_subcommand info" -s D -l debug
complete -c box -n "__fish_box_using_subcommand info" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand events" -s f -l filter -d 'Only events for which this is so: container, event, id, image, label, label!, network, pod, secret, type, volume' -r
complete -c box -n "__fish_box_using_subcommand events" -l format -d 'Show events as `json`, one object a line, or by a Go template' -r
complete -c box -n "__fish_box_using_subcommand events" -l since -d 'Begin with what happened at this moment: a time, or so long ago (10m)' -r
complete -c box -n "__fish_box_using_subcommand events" -l until -d 'End at this moment; `-10m` is one to come' -r
complete -c box -n "__fish_box_using_subcommand events" -l stream -d 'Wait for further events; with `false`, show those that there are' -r
complete -c box -n "__fish_box_using_subcommand events" -l no-trunc -d 'Show whole IDs; with `false`, their beginnings' -r
complete -c box -n "__fish_box_using_subcommand events" -l json -d 'Show it for programs: a versioned document of JSON on one line, as box-json(7) describes'
complete -c box -n "__fish_box_using_subcommand events" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c box -n "__fish_box_using_subcommand auto-update" -l authfile -d 'Read credentials from this file' -r -F
complete -c box -n "__fish_box_using_subcommand auto-update" -l format -d 'Show each container by a Go template, or all as `json`' -r
complete -c box -n "__fish_box_using_subcommand auto-update" -l rollback -d 'Return to the image before where a service does not start with a newer one' -r
complete -c box -n "__fish_box_using_subcommand auto-update" -l tls-verify -d 'Require HTTPS and a valid certificate' -r
complete -c box -n "__fish_box_using_subcommand auto-update" -l dry-run -d 'Only look for newer images'
complete -c box -n "__fish_box_using_subcommand auto-update" -l json -d 'Show it for programs: a versioned document of JSON on one line, as box-json(7) describes'
complete -c box -n "__fish_box_using_subcommand auto-update" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand doctor" -l json -d 'Show it for programs: a versioned document of JSON on one line, as box-json(7) describes'
complete -c box -n "__fish_box_using_subcommand doctor" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c box -n "__fish_box_using_subcommand container; and not __fish_seen_subcommand_from run create start stop restart kill rm exec top stats update pause unpause attach logs wait port rename cp commit export ls inspect exists prune cleanup clone diff help" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand container; and not __fish_seen_subcommand_from run create start stop restart kill rm exec top stats update pause unpause attach logs wait port rename cp commit export ls inspect exists prune cleanup clone diff help" -f -a "run" -d 'Run a program in a new container'
complete -c box -n "__fish_box_using_subcommand container; and not __fish_seen_subcommand_from run create start stop restart kill rm exec top stats update pause unpause attach logs wait port rename cp commit export ls inspect exists prune cleanup clone diff help" -f -a "create" -d 'Create a container without starting it'
complete -c box -n "__fish_box_using_subcommand container; and not __fish_seen_subcommand_from run create start stop restart kill rm exec top stats update pause unpause attach logs wait port rename cp commit export ls inspect exists prune cleanup clone diff help" -f -a "start" -d 'Start containers'
complete -c box -n "__fish_box_using_subcommand container; and not __fish_seen_subcommand_from run create start stop restart kill rm exec top stats update pause unpause attach logs wait port rename cp commit export ls inspect exists prune cleanup clone diff help" -f -a "stop" -d 'Stop containers'
complete -c box -n "__fish_box_using_subcommand container; and not __fish_seen_subcommand_from run create start stop restart kill rm exec top stats update pause unpause attach logs wait port rename cp commit export ls inspect exists prune cleanup clone diff help" -f -a "restart" -d 'Restart containers'
complete -c box -n "__fish_box_using_subcommand container; and not __fish_seen_subcommand_from run create start stop restart kill rm exec top stats update pause unpause attach logs wait port rename cp commit export ls inspect exists prune cleanup clone diff help" -f -a "kill" -d 'Send a signal to running containers'
complete -c box -n "__fish_box_using_subcommand container; and not __fish_seen_subcommand_from run create start stop restart kill rm exec top stats update pause unpause attach logs wait port rename cp commit export ls inspect exists prune cleanup clone diff help" -f -a "rm" -d 'Remove containers'
complete -c box -n "__fish_box_using_subcommand container; and not __fish_seen_subcommand_from run create start stop restart kill rm exec top stats update pause unpause attach logs wait port rename cp commit export ls inspect exists prune cleanup clone diff help" -f -a "exec" -d 'Run a program in a running container'
complete -c box -n "__fish_box_using_subcommand container; and not __fish_seen_subcommand_from run create start stop restart kill rm exec top stats update pause unpause attach logs wait port rename cp commit export ls inspect exists prune cleanup clone diff help" -f -a "top" -d 'Show the processes of a container'
complete -c box -n "__fish_box_using_subcommand container; and not __fish_seen_subcommand_from run create start stop restart kill rm exec top stats update pause unpause attach logs wait port rename cp commit export ls inspect exists prune cleanup clone diff help" -f -a "stats" -d 'Show what containers use'
complete -c box -n "__fish_box_using_subcommand container; and not __fish_seen_subcommand_from run create start stop restart kill rm exec top stats update pause unpause attach logs wait port rename cp commit export ls inspect exists prune cleanup clone diff help" -f -a "update" -d 'Change the limits and ports of a container, at once where it runs'
complete -c box -n "__fish_box_using_subcommand container; and not __fish_seen_subcommand_from run create start stop restart kill rm exec top stats update pause unpause attach logs wait port rename cp commit export ls inspect exists prune cleanup clone diff help" -f -a "pause" -d 'Make the processes of containers stand still'
complete -c box -n "__fish_box_using_subcommand container; and not __fish_seen_subcommand_from run create start stop restart kill rm exec top stats update pause unpause attach logs wait port rename cp commit export ls inspect exists prune cleanup clone diff help" -f -a "unpause" -d 'Let paused containers go on'
complete -c box -n "__fish_box_using_subcommand container; and not __fish_seen_subcommand_from run create start stop restart kill rm exec top stats update pause unpause attach logs wait port rename cp commit export ls inspect exists prune cleanup clone diff help" -f -a "attach" -d 'Attach to a running container'
complete -c box -n "__fish_box_using_subcommand container; and not __fish_seen_subcommand_from run create start stop restart kill rm exec top stats update pause unpause attach logs wait port rename cp commit export ls inspect exists prune cleanup clone diff help" -f -a "logs" -d 'Show the output of containers'
complete -c box -n "__fish_box_using_subcommand container; and not __fish_seen_subcommand_from run create start stop restart kill rm exec top stats update pause unpause attach logs wait port rename cp commit export ls inspect exists prune cleanup clone diff help" -f -a "wait" -d 'Wait for containers to end and print their exit codes'
complete -c box -n "__fish_box_using_subcommand container; and not __fish_seen_subcommand_from run create start stop restart kill rm exec top stats update pause unpause attach logs wait port rename cp commit export ls inspect exists prune cleanup clone diff help" -f -a "port" -d 'Show where ports of a container are published'
complete -c box -n "__fish_box_using_subcommand container; and not __fish_seen_subcommand_from run create start stop restart kill rm exec top stats update pause unpause attach logs wait port rename cp commit export ls inspect exists prune cleanup clone diff help" -f -a "rename" -d 'Rename a container'
complete -c box -n "__fish_box_using_subcommand container; and not __fish_seen_subcommand_from run create start stop restart kill rm exec top stats update pause unpause attach logs wait port rename cp commit export ls inspect exists prune cleanup clone diff help" -f -a "cp" -d 'Copy files between a container and the machine, or between containers'
complete -c box -n "__fish_box_using_subcommand container; and not __fish_seen_subcommand_from run create start stop restart kill rm exec top stats update pause unpause attach logs wait port rename cp commit export ls inspect exists prune cleanup clone diff help" -f -a "commit" -d 'Make an image of what a container has changed'
complete -c box -n "__fish_box_using_subcommand container; and not __fish_seen_subcommand_from run create start stop restart kill rm exec top stats update pause unpause attach logs wait port rename cp commit export ls inspect exists prune cleanup clone diff help" -f -a "export" -d 'Write the files of a container to a tar archive'
complete -c box -n "__fish_box_using_subcommand container; and not __fish_seen_subcommand_from run create start stop restart kill rm exec top stats update pause unpause attach logs wait port rename cp commit export ls inspect exists prune cleanup clone diff help" -f -a "ls" -d 'List containers'
complete -c box -n "__fish_box_using_subcommand container; and not __fish_seen_subcommand_from run create start stop restart kill rm exec top stats update pause unpause attach logs wait port rename cp commit export ls inspect exists prune cleanup clone diff help" -f -a "inspect" -d 'Show everything about containers, images, volumes, networks and pods'
complete -c box -n "__fish_box_using_subcommand container; and not __fish_seen_subcommand_from run create start stop restart kill rm exec top stats update pause unpause attach logs wait port rename cp commit export ls inspect exists prune cleanup clone diff help" -f -a "exists" -d 'Tell by the exit code whether it exists: 0 or 1'
complete -c box -n "__fish_box_using_subcommand container; and not __fish_seen_subcommand_from run create start stop restart kill rm exec top stats update pause unpause attach logs wait port rename cp commit export ls inspect exists prune cleanup clone diff help" -f -a "prune" -d 'Remove containers that do not run'
complete -c box -n "__fish_box_using_subcommand container; and not __fish_seen_subcommand_from run create start stop restart kill rm exec top stats update pause unpause attach logs wait port rename cp commit export ls inspect exists prune cleanup clone diff help" -f -a "cleanup" -d 'Clean up after containers that have ended; each does so itself, unless its monitor was killed'
complete -c box -n "__fish_box_using_subcommand container; and not __fish_seen_subcommand_from run create start stop restart kill rm exec top stats update pause unpause attach logs wait port rename cp commit export ls inspect exists prune cleanup clone diff help" -f -a "clone" -d 'Make another container of the same settings'
complete -c box -n "__fish_box_using_subcommand container; and not __fish_seen_subcommand_from run create start stop restart kill rm exec top stats update pause unpause attach logs wait port rename cp commit export ls inspect exists prune cleanup clone diff help" -f -a "diff" -d 'Show what a container or the topmost layer of an image changed'
complete -c box -n "__fish_box_using_subcommand container; and not __fish_seen_subcommand_from run create start stop restart kill rm exec top stats update pause unpause attach logs wait port rename cp commit export ls inspect exists prune cleanup clone diff help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -s a -l attach -d 'Show only these streams: stdin, stdout, stderr' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -l detach-keys -d 'Leave the container running with these keys; empty for none' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -l sig-proxy -d 'Pass signals on to the program' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -l preserve-fds -d 'Pass on so many descriptors beyond standard error: 3, 4 and so on' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -l preserve-fd -d 'Pass on these descriptors, such as 3,7' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -l sdnotify -d 'Tell systemd when it runs (conmon), when it is healthy (healthy), have the program do so (container), or nothing (ignore)' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -l wait-for -d 'Return only when this is so: port:NUMBER[/udp], log:REGEX, healthy, or exit' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -l wait-timeout -d 'Give up waiting after this time; the container goes on' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -l status-fd -d 'At the end, write a line of JSON to this descriptor: in "origin", whether "exitCode" is that of the program, or it goes on running, or that of box, the engine; and in "error", why' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -l status-file -d 'The same to a file' -r -F
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -l name -d 'Give the container this name' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -l cidfile -d 'Write the container\'s ID to a file that does not exist yet' -r -F
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -l pidfile -d 'At each start, write the process ID of the program to a file' -r -F
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -l conmon-pidfile -d 'At each start, write the process ID of the container\'s monitor to a file' -r -F
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -s l -l label -d 'Attach metadata' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -l label-file -d 'Read metadata from a file of NAME=VALUE lines' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -l annotation -d 'Attach an OCI annotation' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -l stop-signal -d 'Stop the container with this signal' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -l stop-timeout -d 'Wait so many seconds after the stop signal, then kill' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -l timeout -d 'Kill the container after so many seconds; 0 for never' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -l restart -d 'Start it again when it ends: no, on-failure[:NUMBER], always, unless-stopped' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -l requires -d 'Start these containers before it' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -l pod -d 'Make it a container of this pod; `new:NAME` makes the pod too, of what is asked for of network and ports' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -l pod-id-file -d 'Make it a container of the pod whose ID this file holds' -r -F
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -l log-driver -d 'Keep the output here: k8s-file, json-file, journald, none, or passthrough' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -l log-opt -d 'Configure the log: max-size=SIZE, max-file=NUMBER, path=FILE, tag=TEXT, labels=NAMES, env=NAMES, mode=blocking|non-blocking, max-buffer-size=SIZE' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -l entrypoint -d 'Replace the image\'s entrypoint by a word or a JSON array; an empty one clears it' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -s w -l workdir -d 'Start in this directory' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -s e -l env -d 'Set a variable; without a value, or with a trailing `*`, take it from here' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -l env-file -d 'Read variables from a file of NAME=VALUE lines; with a `-` before its name, it may be missing' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -l env-merge -d 'Set a variable to what others are before: NAME=\'${NAME}:/more\'' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -l unsetenv -d 'Set no variable of this name unless --env does' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -l http-proxy -d 'Pass on the proxy variables of this environment' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -s u -l user -d 'Run as this user' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -l group-add -d 'Add the user to this group; keep-groups for the groups that you are in here' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -l hostuser -d 'Add a user of this machine to the container\'s /etc/passwd' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -l passwd -d 'Give a user whom the image does not know a line in /etc/passwd and /etc/group' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -l passwd-entry -d 'That line in /etc/passwd; $USERNAME, $UID, $GID, $NAME and $HOME are replaced' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -l group-entry -d 'That line in /etc/group; $GROUPNAME, $USERNAME and $GID are replaced' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -l tz -d 'Use this time zone, such as Europe/Berlin; `local` for that of this machine' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -l personality -d 'What the kernel says it is: LINUX or LINUX32' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -l umask -d 'Take these rights from new files' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -l systemd -d 'Prepare the container for systemd: true, where the program is called like it; always; or false' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -l health-cmd -d 'Check the health with this line for the shell, or a JSON list of a program and its arguments; none for no check' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -l health-interval -d 'Time between checks; disable to check only when asked to  [default: the image\'s, or 30s]' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -l health-timeout -d 'Time that a check may take  [default: the image\'s, or 30s]' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -l health-retries -d 'Failures in a row that make it unhealthy  [default: the image\'s, or 3]' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -l health-start-period -d 'Time after the start in which failures do not count  [default: the image\'s, or 0s]' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -l health-start-interval -d 'Time between checks in that time  [default: the image\'s, or 5s]' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -l health-on-failure -d 'What becomes of an unhealthy container: none, kill, restart or stop' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -l health-startup-cmd -d 'Check with this first, until it succeeds' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -l health-startup-interval -d 'Time between such checks' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -l health-startup-timeout -d 'Time that such a check may take' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -l health-startup-retries -d 'Failures of it after which the container is restarted; 0 for never' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -l health-startup-success -d 'Successes in a row that are needed' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -l health-max-log-count -d 'Outcomes that are kept; 0 for all  [default: 5]' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -l health-max-log-size -d 'Bytes that are kept of what a check says; 0 for all  [default: 500]' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -l health-log-destination -d 'Where outcomes are kept; only `local` is supported' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -s v -l volume -d 'Mount a directory or file of the host, or a named volume' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -l mount -d 'Mount a bind, volume, tmpfs, devpts or mqueue' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -l volumes-from -d 'Mount what is mounted in another container' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -l image-volume -d 'Make the directories that the image declares as volumes these: anonymous (alias bind), tmpfs, or ignore them' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -l secret -d 'Give a secret as a file in memory or a variable: type=mount|env, target=TARGET, uid=UID, gid=GID, mode=MODE' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -l tmpfs -d 'Mount a temporary filesystem in memory' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -l device -d 'Add a device of the host, by path or by a name of the Container Device Interface: VENDOR/CLASS=NAME' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -l gpus -d 'Add GPUs of NVIDIA: all, a number, or device=LIST' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -l read-only-tmpfs -d 'With --read-only, mount a tmpfs on /run, /tmp and /var/tmp' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -l shm-size -d 'Size of /dev/shm' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -l network -d 'private, none, host, builtin[:OPTIONS], pasta[:OPTIONS], slirp4netns[:OPTIONS], container:NAME, ns:PATH, or named networks: NAME[:ip=ADDRESS,ip6=ADDRESS,mac=ADDRESS,alias=NAME], several if given several times' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -l network-alias -d 'A further name by which members of its named networks find it' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -l ip -d 'The IPv4 address in its named network' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -l ip6 -d 'The IPv6 address in its named network' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -l mac-address -d 'The MAC address of its interface' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -l egress -d 'What of the world it may reach: `deny`, or allow=HOST[:PORT][,HOST...], HOST being a name, *.DOMAIN, an address or ADDRESS/BITS; other names do not resolve' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -l network-log -d 'Keep a log of connections for `box network log`; without, it is kept where --egress is given' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -s p -l publish -d 'Publish a port, or a range of ports' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -l expose -d 'Say that the container listens on a port' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -s h -l hostname -d 'Name inside; the first 12 digits of the ID without' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -l add-host -d 'Add a line to /etc/hosts; the address may be host-gateway' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -l dns -d 'Ask this DNS server; `none` leaves resolv.conf alone' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -l dns-option -d 'Set an option of the resolver' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -l hosts-file -d 'Begin /etc/hosts with the lines of this file; `none` for no file' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -l domainname -d 'Set the domain name of NIS' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -l dns-search -d 'Complete names with this domain; `.` for none' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -l runtime -d 'Have this OCI runtime run the program' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -l runtime-flag -d 'Pass an option to it, without the leading `--`' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -l root-emulation -d 'Without subordinate ids, let programs change owners and users all the same' -r -f -a "on\t''
off\t''"
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -l cap-add -d 'Add a capability' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -l cap-drop -d 'Drop a capability' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -l security-opt -d 'no-new-privileges, seccomp=unconfined, seccomp=FILE, mask=PATHS, unmask=PATHS, proc-opts=OPTIONS, label=..., apparmor=...' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -l userns -d 'User namespace: host (you are root inside), keep-id[:uid=UID,gid=GID,size=NUMBER], container:NAME, ns:PATH; without you: auto[:size=NUMBER] (some of your subordinate ids, of no other such container) or nomap (all)' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -l uidmap -d 'Map user ids; outside, 0 is you, then come your subordinate ids, and `@` is before a number of the host' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -l gidmap -d 'Map group ids; without, they are mapped as user ids' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -l subuidname -d 'Use the subordinate user ids of this account, which must be your own' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -l subgidname -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -l pid -d 'Process namespace: private, host, container:NAME or ns:PATH' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -l ipc -d 'IPC namespace: private, shareable, none, host, container:NAME or ns:PATH' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -l uts -d 'Host name namespace: private, host, container:NAME or ns:PATH' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -l cgroupns -d 'Cgroup namespace: private, host, container:NAME or ns:PATH' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -s m -l memory -d 'Limit memory' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -l memory-swap -d 'Limit memory and swap together; -1 for no limit' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -l memory-reservation -d 'Keep so much memory for the container when it is short' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -l cpus -d 'Limit CPU time, in CPUs' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -l cpu-quota -d 'Limit CPU time, in microseconds per period' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -l cpu-period -d 'The period of --cpu-quota' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -s c -l cpu-shares -d 'Relative weight against other containers' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -l cpuset-cpus -d 'Run on these CPUs, such as 0-3,5' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -l cpuset-mems -d 'Use memory of these nodes, such as 0,1' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -l pids-limit -d 'Limit the number of processes; -1 for no limit' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -l blkio-weight -d 'Relative weight of reading and writing, from 10 to 1000' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -l blkio-weight-device -d 'Relative weight of reading and writing one device' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -l device-read-bps -d 'Limit reading from a device, in bytes per second' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -l device-read-iops -d 'Limit reading from a device, in operations per second' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -l device-write-bps -d 'Limit writing to a device, in bytes per second' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -l device-write-iops -d 'Limit writing to a device, in operations per second' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -l memory-swappiness -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -l cpu-rt-period -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -l cpu-rt-runtime -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -l rdt-class -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -l ulimit -d 'Set a resource limit, or `host` for this shell\'s limits' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -l sysctl -d 'Set a kernel parameter of the container\'s own' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -l oom-score-adj -d 'Make the kernel choose this program rather than others when memory is short' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -l cgroup-parent -d 'Make the container\'s control group below this one' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -l cgroup-conf -d 'Write a value to a file of the container\'s control group, of version 2' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -l cgroups -d 'enabled, disabled, no-conmon or split' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -l pull -d 'Ask the registry: missing, always, never or newer' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -l platform -d 'Take the image for this platform' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -l arch -d 'Take the image for this architecture' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -l os -d 'Take the image for this operating system' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -l variant -d 'Take the image for this variant of the architecture' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -l authfile -d 'Read credentials from this file' -r -F
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -l cert-dir -d 'Find certificates of the registry in this directory' -r -F
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -l tls-verify -d 'Require HTTPS and a valid certificate' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -l creds -d 'Use these credentials' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -l retry -d 'Try so many times more when the network fails' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -l retry-delay -d 'Wait so long before the second try, and twice as long before each further one' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -l kernel-memory -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -l link-local-ip -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -l isolation -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -l cpu-count -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -l cpu-percent -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -l io-maxbandwidth -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -l io-maxiops -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -l signature-policy -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -l init-path -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -l device-cgroup-rule -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -l storage-opt -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -l decryption-key -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -l volume-driver -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -l seccomp-policy -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -l chrootdirs -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -l link -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -s d -l detach -d 'Leave it running in the background and print its ID'
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -l rmi -d 'Remove the container and its image when it ends, unless another container uses the image'
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -l replace -d 'Remove a container that already has the name'
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -l rm -d 'Remove the container and its anonymous volumes when it ends'
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -l strict -d 'Refuse to start where something that was asked for, such as a limit, cannot be kept; else that is a warning'
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -s i -l interactive -d 'Keep standard input open'
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -s t -l tty -d 'Give the program a terminal'
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -l env-host -d 'Pass on all variables of this environment'
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -l unsetenv-all -d 'Set no variables but those of --env'
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -l init -d 'Run a small init as process 1, which forwards signals and reaps'
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -l no-healthcheck -d 'Check no health, whatever the image says'
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -l read-only -d 'Make the root filesystem read-only'
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -l rootfs -d 'The first argument is a directory to use as root filesystem, not an image'
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -s P -l publish-all -d 'Publish all exposed ports on free ports of the host'
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -l no-hosts -d 'Leave the image\'s /etc/hosts alone'
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -l no-hostname -d 'Leave the image\'s /etc/hostname alone'
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -l privileged -d 'Give more rights: all capabilities, no seccomp filter, nothing masked'
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -l oom-kill-disable
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -s q -l quiet -d 'Show no progress'
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -l disable-content-trust
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from run" -l use-api-socket
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from create" -s a -l attach -d 'Have `start --attach` show only these streams: stdin, stdout, stderr' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from create" -l sdnotify -d 'Tell systemd when it runs (conmon), when it is healthy (healthy), have the program do so (container), or nothing (ignore)' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from create" -l name -d 'Give the container this name' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from create" -l cidfile -d 'Write the container\'s ID to a file that does not exist yet' -r -F
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from create" -l pidfile -d 'At each start, write the process ID of the program to a file' -r -F
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from create" -l conmon-pidfile -d 'At each start, write the process ID of the container\'s monitor to a file' -r -F
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from create" -s l -l label -d 'Attach metadata' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from create" -l label-file -d 'Read metadata from a file of NAME=VALUE lines' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from create" -l annotation -d 'Attach an OCI annotation' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from create" -l stop-signal -d 'Stop the container with this signal' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from create" -l stop-timeout -d 'Wait so many seconds after the stop signal, then kill' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from create" -l timeout -d 'Kill the container after so many seconds; 0 for never' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from create" -l restart -d 'Start it again when it ends: no, on-failure[:NUMBER], always, unless-stopped' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from create" -l requires -d 'Start these containers before it' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from create" -l pod -d 'Make it a container of this pod; `new:NAME` makes the pod too, of what is asked for of network and ports' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from create" -l pod-id-file -d 'Make it a container of the pod whose ID this file holds' -r -F
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from create" -l log-driver -d 'Keep the output here: k8s-file, json-file, journald, none, or passthrough' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from create" -l log-opt -d 'Configure the log: max-size=SIZE, max-file=NUMBER, path=FILE, tag=TEXT, labels=NAMES, env=NAMES, mode=blocking|non-blocking, max-buffer-size=SIZE' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from create" -l entrypoint -d 'Replace the image\'s entrypoint by a word or a JSON array; an empty one clears it' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from create" -s w -l workdir -d 'Start in this directory' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from create" -s e -l env -d 'Set a variable; without a value, or with a trailing `*`, take it from here' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from create" -l env-file -d 'Read variables from a file of NAME=VALUE lines; with a `-` before its name, it may be missing' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from create" -l env-merge -d 'Set a variable to what others are before: NAME=\'${NAME}:/more\'' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from create" -l unsetenv -d 'Set no variable of this name unless --env does' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from create" -l http-proxy -d 'Pass on the proxy variables of this environment' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from create" -s u -l user -d 'Run as this user' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from create" -l group-add -d 'Add the user to this group; keep-groups for the groups that you are in here' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from create" -l hostuser -d 'Add a user of this machine to the container\'s /etc/passwd' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from create" -l passwd -d 'Give a user whom the image does not know a line in /etc/passwd and /etc/group' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from create" -l passwd-entry -d 'That line in /etc/passwd; $USERNAME, $UID, $GID, $NAME and $HOME are replaced' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from create" -l group-entry -d 'That line in /etc/group; $GROUPNAME, $USERNAME and $GID are replaced' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from create" -l tz -d 'Use this time zone, such as Europe/Berlin; `local` for that of this machine' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from create" -l personality -d 'What the kernel says it is: LINUX or LINUX32' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from create" -l umask -d 'Take these rights from new files' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from create" -l systemd -d 'Prepare the container for systemd: true, where the program is called like it; always; or false' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from create" -l health-cmd -d 'Check the health with this line for the shell, or a JSON list of a program and its arguments; none for no check' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from create" -l health-interval -d 'Time between checks; disable to check only when asked to  [default: the image\'s, or 30s]' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from create" -l health-timeout -d 'Time that a check may take  [default: the image\'s, or 30s]' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from create" -l health-retries -d 'Failures in a row that make it unhealthy  [default: the image\'s, or 3]' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from create" -l health-start-period -d 'Time after the start in which failures do not count  [default: the image\'s, or 0s]' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from create" -l health-start-interval -d 'Time between checks in that time  [default: the image\'s, or 5s]' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from create" -l health-on-failure -d 'What becomes of an unhealthy container: none, kill, restart or stop' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from create" -l health-startup-cmd -d 'Check with this first, until it succeeds' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from create" -l health-startup-interval -d 'Time between such checks' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from create" -l health-startup-timeout -d 'Time that such a check may take' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from create" -l health-startup-retries -d 'Failures of it after which the container is restarted; 0 for never' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from create" -l health-startup-success -d 'Successes in a row that are needed' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from create" -l health-max-log-count -d 'Outcomes that are kept; 0 for all  [default: 5]' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from create" -l health-max-log-size -d 'Bytes that are kept of what a check says; 0 for all  [default: 500]' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from create" -l health-log-destination -d 'Where outcomes are kept; only `local` is supported' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from create" -s v -l volume -d 'Mount a directory or file of the host, or a named volume' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from create" -l mount -d 'Mount a bind, volume, tmpfs, devpts or mqueue' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from create" -l volumes-from -d 'Mount what is mounted in another container' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from create" -l image-volume -d 'Make the directories that the image declares as volumes these: anonymous (alias bind), tmpfs, or ignore them' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from create" -l secret -d 'Give a secret as a file in memory or a variable: type=mount|env, target=TARGET, uid=UID, gid=GID, mode=MODE' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from create" -l tmpfs -d 'Mount a temporary filesystem in memory' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from create" -l device -d 'Add a device of the host, by path or by a name of the Container Device Interface: VENDOR/CLASS=NAME' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from create" -l gpus -d 'Add GPUs of NVIDIA: all, a number, or device=LIST' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from create" -l read-only-tmpfs -d 'With --read-only, mount a tmpfs on /run, /tmp and /var/tmp' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from create" -l shm-size -d 'Size of /dev/shm' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from create" -l network -d 'private, none, host, builtin[:OPTIONS], pasta[:OPTIONS], slirp4netns[:OPTIONS], container:NAME, ns:PATH, or named networks: NAME[:ip=ADDRESS,ip6=ADDRESS,mac=ADDRESS,alias=NAME], several if given several times' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from create" -l network-alias -d 'A further name by which members of its named networks find it' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from create" -l ip -d 'The IPv4 address in its named network' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from create" -l ip6 -d 'The IPv6 address in its named network' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from create" -l mac-address -d 'The MAC address of its interface' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from create" -l egress -d 'What of the world it may reach: `deny`, or allow=HOST[:PORT][,HOST...], HOST being a name, *.DOMAIN, an address or ADDRESS/BITS; other names do not resolve' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from create" -l network-log -d 'Keep a log of connections for `box network log`; without, it is kept where --egress is given' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from create" -s p -l publish -d 'Publish a port, or a range of ports' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from create" -l expose -d 'Say that the container listens on a port' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from create" -s h -l hostname -d 'Name inside; the first 12 digits of the ID without' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from create" -l add-host -d 'Add a line to /etc/hosts; the address may be host-gateway' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from create" -l dns -d 'Ask this DNS server; `none` leaves resolv.conf alone' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from create" -l dns-option -d 'Set an option of the resolver' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from create" -l hosts-file -d 'Begin /etc/hosts with the lines of this file; `none` for no file' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from create" -l domainname -d 'Set the domain name of NIS' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from create" -l dns-search -d 'Complete names with this domain; `.` for none' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from create" -l runtime -d 'Have this OCI runtime run the program' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from create" -l runtime-flag -d 'Pass an option to it, without the leading `--`' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from create" -l root-emulation -d 'Without subordinate ids, let programs change owners and users all the same' -r -f -a "on\t''
off\t''"
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from create" -l cap-add -d 'Add a capability' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from create" -l cap-drop -d 'Drop a capability' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from create" -l security-opt -d 'no-new-privileges, seccomp=unconfined, seccomp=FILE, mask=PATHS, unmask=PATHS, proc-opts=OPTIONS, label=..., apparmor=...' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from create" -l userns -d 'User namespace: host (you are root inside), keep-id[:uid=UID,gid=GID,size=NUMBER], container:NAME, ns:PATH; without you: auto[:size=NUMBER] (some of your subordinate ids, of no other such container) or nomap (all)' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from create" -l uidmap -d 'Map user ids; outside, 0 is you, then come your subordinate ids, and `@` is before a number of the host' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from create" -l gidmap -d 'Map group ids; without, they are mapped as user ids' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from create" -l subuidname -d 'Use the subordinate user ids of this account, which must be your own' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from create" -l subgidname -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from create" -l pid -d 'Process namespace: private, host, container:NAME or ns:PATH' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from create" -l ipc -d 'IPC namespace: private, shareable, none, host, container:NAME or ns:PATH' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from create" -l uts -d 'Host name namespace: private, host, container:NAME or ns:PATH' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from create" -l cgroupns -d 'Cgroup namespace: private, host, container:NAME or ns:PATH' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from create" -s m -l memory -d 'Limit memory' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from create" -l memory-swap -d 'Limit memory and swap together; -1 for no limit' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from create" -l memory-reservation -d 'Keep so much memory for the container when it is short' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from create" -l cpus -d 'Limit CPU time, in CPUs' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from create" -l cpu-quota -d 'Limit CPU time, in microseconds per period' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from create" -l cpu-period -d 'The period of --cpu-quota' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from create" -s c -l cpu-shares -d 'Relative weight against other containers' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from create" -l cpuset-cpus -d 'Run on these CPUs, such as 0-3,5' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from create" -l cpuset-mems -d 'Use memory of these nodes, such as 0,1' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from create" -l pids-limit -d 'Limit the number of processes; -1 for no limit' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from create" -l blkio-weight -d 'Relative weight of reading and writing, from 10 to 1000' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from create" -l blkio-weight-device -d 'Relative weight of reading and writing one device' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from create" -l device-read-bps -d 'Limit reading from a device, in bytes per second' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from create" -l device-read-iops -d 'Limit reading from a device, in operations per second' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from create" -l device-write-bps -d 'Limit writing to a device, in bytes per second' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from create" -l device-write-iops -d 'Limit writing to a device, in operations per second' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from create" -l memory-swappiness -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from create" -l cpu-rt-period -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from create" -l cpu-rt-runtime -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from create" -l rdt-class -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from create" -l ulimit -d 'Set a resource limit, or `host` for this shell\'s limits' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from create" -l sysctl -d 'Set a kernel parameter of the container\'s own' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from create" -l oom-score-adj -d 'Make the kernel choose this program rather than others when memory is short' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from create" -l cgroup-parent -d 'Make the container\'s control group below this one' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from create" -l cgroup-conf -d 'Write a value to a file of the container\'s control group, of version 2' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from create" -l cgroups -d 'enabled, disabled, no-conmon or split' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from create" -l pull -d 'Ask the registry: missing, always, never or newer' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from create" -l platform -d 'Take the image for this platform' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from create" -l arch -d 'Take the image for this architecture' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from create" -l os -d 'Take the image for this operating system' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from create" -l variant -d 'Take the image for this variant of the architecture' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from create" -l authfile -d 'Read credentials from this file' -r -F
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from create" -l cert-dir -d 'Find certificates of the registry in this directory' -r -F
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from create" -l tls-verify -d 'Require HTTPS and a valid certificate' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from create" -l creds -d 'Use these credentials' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from create" -l retry -d 'Try so many times more when the network fails' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from create" -l retry-delay -d 'Wait so long before the second try, and twice as long before each further one' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from create" -l kernel-memory -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from create" -l link-local-ip -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from create" -l isolation -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from create" -l cpu-count -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from create" -l cpu-percent -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from create" -l io-maxbandwidth -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from create" -l io-maxiops -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from create" -l signature-policy -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from create" -l init-path -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from create" -l device-cgroup-rule -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from create" -l storage-opt -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from create" -l decryption-key -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from create" -l volume-driver -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from create" -l seccomp-policy -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from create" -l chrootdirs -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from create" -l link -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from create" -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from create" -l replace -d 'Remove a container that already has the name'
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from create" -l rm -d 'Remove the container and its anonymous volumes when it ends'
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from create" -l strict -d 'Refuse to start where something that was asked for, such as a limit, cannot be kept; else that is a warning'
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from create" -s i -l interactive -d 'Keep standard input open'
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from create" -s t -l tty -d 'Give the program a terminal'
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from create" -l env-host -d 'Pass on all variables of this environment'
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from create" -l unsetenv-all -d 'Set no variables but those of --env'
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from create" -l init -d 'Run a small init as process 1, which forwards signals and reaps'
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from create" -l no-healthcheck -d 'Check no health, whatever the image says'
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from create" -l read-only -d 'Make the root filesystem read-only'
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from create" -l rootfs -d 'The first argument is a directory to use as root filesystem, not an image'
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from create" -s P -l publish-all -d 'Publish all exposed ports on free ports of the host'
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from create" -l no-hosts -d 'Leave the image\'s /etc/hosts alone'
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from create" -l no-hostname -d 'Leave the image\'s /etc/hostname alone'
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from create" -l privileged -d 'Give more rights: all capabilities, no seccomp filter, nothing masked'
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from create" -l oom-kill-disable
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from create" -s q -l quiet -d 'Show no progress'
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from create" -l disable-content-trust
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from create" -l use-api-socket
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from start" -l sdnotify -d 'Tell systemd when it runs (conmon), when it is healthy (healthy), have the program do so (container), or nothing (ignore)' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from start" -l wait-for -d 'Return only when this is so: port:NUMBER[/udp], log:REGEX, healthy, or exit' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from start" -l wait-timeout -d 'Give up waiting after this time; the container goes on' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from start" -l status-fd -d 'At the end, write a line of JSON to this descriptor: in "origin", whether "exitCode" is that of the program, or it goes on running, or that of box, the engine; and in "error", why' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from start" -l status-file -d 'The same to a file' -r -F
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from start" -l detach-keys -d 'Leave the container running with these keys; empty for none' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from start" -l sig-proxy -d 'Pass signals on to the program' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from start" -s f -l filter -d 'Start the containers that match `key=value`; the keys are those of `box ps`' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from start" -s a -l attach -d 'Stay with the container: show its output, pass signals on, exit as it does'
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from start" -s i -l interactive -d 'Pass standard input on to the program'
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from start" -l all -d 'Start all containers'
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from start" -s l -l latest -d 'Start the container that was created last'
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from start" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from stop" -s t -l time -d 'Kill a container that has not ended after so many seconds; -1 waits for ever' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from stop" -s s -l signal -d 'Send this signal instead of the container\'s own stop signal' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from stop" -l cidfile -d 'The container whose ID this file holds' -r -F
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from stop" -s f -l filter -d 'The containers that match `key=value`; the keys are those of `box ps`' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from stop" -s i -l ignore -d 'Pass over containers that do not exist'
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from stop" -s a -l all -d 'All containers'
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from stop" -s l -l latest -d 'The container that was created last'
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from stop" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from restart" -s t -l time -d 'Kill a container that has not ended after so many seconds; -1 waits for ever' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from restart" -l cidfile -d 'The container whose ID this file holds' -r -F
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from restart" -s f -l filter -d 'The containers that match `key=value`; the keys are those of `box ps`' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from restart" -l running -d 'With --all, only containers that run'
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from restart" -s a -l all -d 'All containers'
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from restart" -s l -l latest -d 'The container that was created last'
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from restart" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from kill" -s s -l signal -d 'Send this signal' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from kill" -l cidfile -d 'The container whose ID this file holds' -r -F
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from kill" -s f -l filter -d 'The containers that match `key=value`; the keys are those of `box ps`' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from kill" -s a -l all -d 'All containers'
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from kill" -s l -l latest -d 'The container that was created last'
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from kill" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from rm" -s t -l time -d 'With --force, kill a container that has not ended after so many seconds' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from rm" -l cidfile -d 'Remove the container whose ID this file holds' -r -F
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from rm" -l filter -d 'Remove the containers that match `key=value`; the keys are those of `box ps`' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from rm" -s f -l force -d 'Stop containers that run, and pass over those that do not exist'
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from rm" -s i -l ignore -d 'Pass over containers that do not exist'
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from rm" -s v -l volumes -d 'Remove the volumes that nobody has named too, unless another container mounts them'
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from rm" -s a -l all -d 'Remove all containers'
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from rm" -s l -l latest -d 'Remove the container that was created last'
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from rm" -l depend
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from rm" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from exec" -s e -l env -d 'Set a variable; without a value, or with a trailing `*`, take it from here' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from exec" -l env-file -d 'Read variables from a file of NAME=VALUE lines; with a `-` before its name, it may be missing' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from exec" -s u -l user -d 'Run as this user' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from exec" -s w -l workdir -d 'Start in this directory' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from exec" -l preserve-fds -d 'Pass on so many descriptors beyond standard error: 3, 4 and so on' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from exec" -l preserve-fd -d 'Pass on these descriptors, such as 3,7' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from exec" -l status-fd -d 'At the end, write a line of JSON to this descriptor: in "origin", whether "exitCode" is that of the program, or it goes on running, or that of box, the engine; and in "error", why' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from exec" -l status-file -d 'The same to a file' -r -F
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from exec" -l detach-keys -d 'Leave the container running with these keys; empty for none' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from exec" -l sig-proxy -d 'Pass signals on to the program' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from exec" -l cidfile -d 'The container whose ID this file holds' -r -F
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from exec" -s d -l detach -d 'Leave the program running in the background'
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from exec" -s i -l interactive -d 'Keep standard input open'
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from exec" -s t -l tty -d 'Give the program a terminal'
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from exec" -l privileged -d 'Give the program all capabilities and no seccomp filter'
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from exec" -l no-session
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from exec" -s l -l latest -d 'The container that was created last'
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from exec" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from top" -s l -l latest -d 'The container that was created last'
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from top" -l json -d 'Show it for programs: a versioned document of JSON on one line, as box-json(7) describes'
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from top" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from stats" -l format -d 'Show the list as `json`, `table [TEMPLATE]`, or by a Go template' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from stats" -s i -l interval -d 'Wait so many seconds between two lists' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from stats" -s a -l all -d 'Also show containers that do not run'
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from stats" -s l -l latest -d 'The container that was created last'
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from stats" -l json -d 'Show it for programs: a versioned document of JSON on one line, as box-json(7) describes'
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from stats" -l no-stream -d 'Show one list and end'
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from stats" -l no-reset -d 'Write each list below the one before instead of in its place'
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from stats" -l no-trunc -l no-truncate -d 'Do not shorten IDs'
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from stats" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from update" -s m -l memory -d 'Limit memory' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from update" -l memory-swap -d 'Limit memory and swap together; -1 for no limit' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from update" -l memory-reservation -d 'Keep so much memory for the container when it is short' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from update" -l cpus -d 'Limit CPU time, in CPUs' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from update" -l cpu-quota -d 'Limit CPU time, in microseconds per period' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from update" -l cpu-period -d 'The period of --cpu-quota' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from update" -s c -l cpu-shares -d 'Relative weight against other containers' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from update" -l cpuset-cpus -d 'Run on these CPUs, such as 0-3,5' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from update" -l cpuset-mems -d 'Use memory of these nodes, such as 0,1' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from update" -l pids-limit -d 'Limit the number of processes; -1 for no limit' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from update" -l blkio-weight -d 'Relative weight of reading and writing, from 10 to 1000' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from update" -l blkio-weight-device -d 'Relative weight of reading and writing one device' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from update" -l device-read-bps -d 'Limit reading from a device, in bytes per second' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from update" -l device-read-iops -d 'Limit reading from a device, in operations per second' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from update" -l device-write-bps -d 'Limit writing to a device, in bytes per second' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from update" -l device-write-iops -d 'Limit writing to a device, in operations per second' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from update" -l memory-swappiness -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from update" -l cpu-rt-period -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from update" -l cpu-rt-runtime -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from update" -l rdt-class -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from update" -l ulimit -d 'Set a resource limit, from the next start on' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from update" -s e -l env -d 'Set a variable, from the next start on' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from update" -l unsetenv -d 'Take a variable away, from the next start on' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from update" -l publish-add -d 'Publish one more port, or a range of ports' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from update" -l publish-rm -d 'Publish a port no longer; connections that came by it end when they end' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from update" -l restart -d 'Start it again when it ends: no, on-failure[:NUMBER], always, unless-stopped' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from update" -l oom-kill-disable
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from update" -s l -l latest -d 'The container that was created last'
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from update" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from pause" -l cidfile -d 'The container whose ID this file holds' -r -F
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from pause" -s f -l filter -d 'The containers that match `key=value`; the keys are those of `box ps`' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from pause" -s a -l all -d 'All containers'
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from pause" -s l -l latest -d 'The container that was created last'
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from pause" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from unpause" -l cidfile -d 'The container whose ID this file holds' -r -F
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from unpause" -s f -l filter -d 'The containers that match `key=value`; the keys are those of `box ps`' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from unpause" -s a -l all -d 'All containers'
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from unpause" -s l -l latest -d 'The container that was created last'
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from unpause" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from attach" -l detach-keys -d 'Leave the container running with these keys; empty for none' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from attach" -l sig-proxy -d 'Pass signals on to the program' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from attach" -l no-stdin -d 'Pass nothing on that is typed here'
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from attach" -s l -l latest -d 'The container that was created last'
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from attach" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from logs" -l tail -d 'Show only the last lines' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from logs" -l since -d 'Show only what was said after this moment: a time, or so long ago (10m)' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from logs" -l until -d 'Show only what was said before this moment' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from logs" -s f -l follow -d 'Go on until the containers end'
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from logs" -s t -l timestamps -d 'Show when each line was said'
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from logs" -s n -l names -d 'Show the names of several containers, not their IDs, before each line'
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from logs" -l color -l colour -d 'Show the lines of each of several containers in a colour of its own'
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from logs" -l details
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from logs" -s l -l latest -d 'The container that was created last'
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from logs" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from wait" -l condition -d 'Wait for this instead, with -1 for the exit code unless it is an end: created, running, paused, exited or stopped, removing, healthy, unhealthy; the first of several to come true' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from wait" -s i -l interval -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from wait" -l return-on-first -d 'Print the exit code of the first container that is so far, and wait for no other'
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from wait" -l ignore -d 'Pass over containers that do not exist, with -1 for the exit code'
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from wait" -s l -l latest -d 'The container that was created last'
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from wait" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from port" -s a -l all -d 'Show the ports of all containers'
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from port" -s l -l latest -d 'The container that was created last'
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from port" -l json -d 'Show it for programs: a versioned document of JSON on one line, as box-json(7) describes'
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from port" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from rename" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from cp" -s a -l archive -d 'Give what is copied into a container to the container\'s user; with `false`, keep its owners' -r -f -a "true\t''
false\t''"
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from cp" -l overwrite -d 'Put directories in place of files, and files in place of directories'
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from cp" -s L -l follow-link -d 'Copy what a link leads to, as is done in any case'
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from cp" -s q -l quiet -d 'Say nothing, as is done in any case'
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from cp" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from commit" -s a -l author -d 'Name an author' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from commit" -s c -l change -d 'Change the image\'s config: CMD, ENTRYPOINT, ENV, EXPOSE, LABEL, ONBUILD, STOPSIGNAL, USER, VOLUME or WORKDIR' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from commit" -l config -d 'Take fields of the image\'s config from this JSON file' -r -F
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from commit" -s f -l format -d 'Write the manifest in this format: oci, or docker' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from commit" -l iidfile -d 'Write the image ID to this file' -r -F
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from commit" -s m -l message -d 'Leave a message in the image\'s history' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from commit" -s p -l pause -d 'Hold the container\'s processes meanwhile' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from commit" -l include-volumes -d 'Say of the container\'s volumes that they are volumes of the image'
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from commit" -s q -l quiet -d 'Say nothing but the image ID'
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from commit" -s s -l squash -d 'Make one layer of all files instead of one more'
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from commit" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from export" -s o -l output -d 'Write to this file instead of standard output' -r -F
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from export" -s l -l latest -d 'The container that was created last'
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from export" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from ls" -s f -l filter -d 'Only containers for which this is so: ancestor, before, command, exited, expose, health, id, is-task, isolation, label, label!, name, network, pod, publish, restart-policy, should-start-on-boot, since, status, until, volume' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from ls" -l format -d 'Show the list as `json`, `table [TEMPLATE]`, or by a Go template' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from ls" -s n -l last -d 'Only so many containers, those made last' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from ls" -l sort -d 'Sort by this column' -r -f -a "created\t''
command\t''
id\t''
image\t''
names\t''
runningfor\t''
size\t''
status\t''"
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from ls" -s w -l watch -d 'Show it anew every so many seconds, until it is interrupted' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from ls" -s a -l all -d 'Also list containers that do not run'
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from ls" -s q -l quiet -d 'Show container IDs only'
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from ls" -l json -d 'Show it for programs: a versioned document of JSON on one line, as box-json(7) describes'
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from ls" -s l -l latest -d 'Only the container made last'
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from ls" -l no-trunc -d 'Do not shorten IDs and commands'
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from ls" -l noheading -l no-heading -d 'Leave out the table\'s heading'
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from ls" -s s -l size -d 'Show what each container has written'
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from ls" -l sync
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from ls" -l external
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from ls" -s p -l pod -d 'Show the pod of each container'
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from ls" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from inspect" -s f -l format -d 'Show it by a Go template, or as `json` on one line' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from inspect" -s k -l type -d 'Only objects of this type' -r -f -a "all\t''
container\t''
image\t''
network\t''
pod\t''
volume\t''"
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from inspect" -s s -l size -d 'Add how much a container has written'
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from inspect" -s l -l latest -d 'The container made last'
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from inspect" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from exists" -l external
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from exists" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from prune" -l filter -d 'Only containers for which this is so: label, label!, until' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from prune" -s f -l force -d 'Do not ask'
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from prune" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from cleanup" -l cidfile -d 'The container whose ID this file holds' -r -F
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from cleanup" -s f -l filter -d 'The containers that match `key=value`; the keys are those of `box ps`' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from cleanup" -l rm -d 'Remove the containers too'
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from cleanup" -l rmi -d 'Remove their images too'
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from cleanup" -s a -l all -d 'All containers'
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from cleanup" -s l -l latest -d 'The container that was created last'
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from cleanup" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from clone" -s m -l memory -d 'Limit memory' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from clone" -l memory-swap -d 'Limit memory and swap together; -1 for no limit' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from clone" -l memory-reservation -d 'Keep so much memory for the container when it is short' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from clone" -l cpus -d 'Limit CPU time, in CPUs' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from clone" -l cpu-quota -d 'Limit CPU time, in microseconds per period' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from clone" -l cpu-period -d 'The period of --cpu-quota' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from clone" -s c -l cpu-shares -d 'Relative weight against other containers' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from clone" -l cpuset-cpus -d 'Run on these CPUs, such as 0-3,5' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from clone" -l cpuset-mems -d 'Use memory of these nodes, such as 0,1' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from clone" -l pids-limit -d 'Limit the number of processes; -1 for no limit' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from clone" -l blkio-weight -d 'Relative weight of reading and writing, from 10 to 1000' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from clone" -l blkio-weight-device -d 'Relative weight of reading and writing one device' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from clone" -l device-read-bps -d 'Limit reading from a device, in bytes per second' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from clone" -l device-read-iops -d 'Limit reading from a device, in operations per second' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from clone" -l device-write-bps -d 'Limit writing to a device, in bytes per second' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from clone" -l device-write-iops -d 'Limit writing to a device, in operations per second' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from clone" -l memory-swappiness -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from clone" -l cpu-rt-period -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from clone" -l cpu-rt-runtime -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from clone" -l rdt-class -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from clone" -l name -d 'Give the new one this name; else it is called as the first one, with `-clone` at the end' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from clone" -l oom-kill-disable
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from clone" -l destroy -d 'Remove the first one'
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from clone" -s f -l force -d 'With --destroy, stop the first one if it runs'
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from clone" -l run -d 'Start the new one'
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from clone" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from diff" -l format -d 'Show the changes as `json`, `table [TEMPLATE]`, or by a Go template' -r
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from diff" -l json -d 'Show it for programs: a versioned document of JSON on one line, as box-json(7) describes'
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from diff" -s l -l latest -d 'The container that was created last'
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from diff" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from help" -f -a "run" -d 'Run a program in a new container'
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from help" -f -a "create" -d 'Create a container without starting it'
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from help" -f -a "start" -d 'Start containers'
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from help" -f -a "stop" -d 'Stop containers'
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from help" -f -a "restart" -d 'Restart containers'
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from help" -f -a "kill" -d 'Send a signal to running containers'
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from help" -f -a "rm" -d 'Remove containers'
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from help" -f -a "exec" -d 'Run a program in a running container'
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from help" -f -a "top" -d 'Show the processes of a container'
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from help" -f -a "stats" -d 'Show what containers use'
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from help" -f -a "update" -d 'Change the limits and ports of a container, at once where it runs'
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from help" -f -a "pause" -d 'Make the processes of containers stand still'
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from help" -f -a "unpause" -d 'Let paused containers go on'
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from help" -f -a "attach" -d 'Attach to a running container'
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from help" -f -a "logs" -d 'Show the output of containers'
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from help" -f -a "wait" -d 'Wait for containers to end and print their exit codes'
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from help" -f -a "port" -d 'Show where ports of a container are published'
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from help" -f -a "rename" -d 'Rename a container'
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from help" -f -a "cp" -d 'Copy files between a container and the machine, or between containers'
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from help" -f -a "commit" -d 'Make an image of what a container has changed'
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from help" -f -a "export" -d 'Write the files of a container to a tar archive'
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from help" -f -a "ls" -d 'List containers'
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from help" -f -a "inspect" -d 'Show everything about containers, images, volumes, networks and pods'
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from help" -f -a "exists" -d 'Tell by the exit code whether it exists: 0 or 1'
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from help" -f -a "prune" -d 'Remove containers that do not run'
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from help" -f -a "cleanup" -d 'Clean up after containers that have ended; each does so itself, unless its monitor was killed'
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from help" -f -a "clone" -d 'Make another container of the same settings'
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from help" -f -a "diff" -d 'Show what a container or the topmost layer of an image changed'
complete -c box -n "__fish_box_using_subcommand container; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c box -n "__fish_box_using_subcommand image; and not __fish_seen_subcommand_from pull push save load search tag untag history import ls inspect exists tree import-from mount unmount rm prune diff help" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand image; and not __fish_seen_subcommand_from pull push save load search tag untag history import ls inspect exists tree import-from mount unmount rm prune diff help" -f -a "pull" -d 'Pull images from a registry'
complete -c box -n "__fish_box_using_subcommand image; and not __fish_seen_subcommand_from pull push save load search tag untag history import ls inspect exists tree import-from mount unmount rm prune diff help" -f -a "push" -d 'Push an image to a registry'
complete -c box -n "__fish_box_using_subcommand image; and not __fish_seen_subcommand_from pull push save load search tag untag history import ls inspect exists tree import-from mount unmount rm prune diff help" -f -a "save" -d 'Save images to an archive or a directory'
complete -c box -n "__fish_box_using_subcommand image; and not __fish_seen_subcommand_from pull push save load search tag untag history import ls inspect exists tree import-from mount unmount rm prune diff help" -f -a "load" -d 'Load images from an archive or a directory'
complete -c box -n "__fish_box_using_subcommand image; and not __fish_seen_subcommand_from pull push save load search tag untag history import ls inspect exists tree import-from mount unmount rm prune diff help" -f -a "search" -d 'Search registries for images'
complete -c box -n "__fish_box_using_subcommand image; and not __fish_seen_subcommand_from pull push save load search tag untag history import ls inspect exists tree import-from mount unmount rm prune diff help" -f -a "tag" -d 'Give an image further names'
complete -c box -n "__fish_box_using_subcommand image; and not __fish_seen_subcommand_from pull push save load search tag untag history import ls inspect exists tree import-from mount unmount rm prune diff help" -f -a "untag" -d 'Take names from an image'
complete -c box -n "__fish_box_using_subcommand image; and not __fish_seen_subcommand_from pull push save load search tag untag history import ls inspect exists tree import-from mount unmount rm prune diff help" -f -a "history" -d 'Show the steps in which an image was made'
complete -c box -n "__fish_box_using_subcommand image; and not __fish_seen_subcommand_from pull push save load search tag untag history import ls inspect exists tree import-from mount unmount rm prune diff help" -f -a "import" -d 'Make an image of the files in a tar archive'
complete -c box -n "__fish_box_using_subcommand image; and not __fish_seen_subcommand_from pull push save load search tag untag history import ls inspect exists tree import-from mount unmount rm prune diff help" -f -a "ls" -d 'List images in local storage'
complete -c box -n "__fish_box_using_subcommand image; and not __fish_seen_subcommand_from pull push save load search tag untag history import ls inspect exists tree import-from mount unmount rm prune diff help" -f -a "inspect" -d 'Show everything about containers, images, volumes, networks and pods'
complete -c box -n "__fish_box_using_subcommand image; and not __fish_seen_subcommand_from pull push save load search tag untag history import ls inspect exists tree import-from mount unmount rm prune diff help" -f -a "exists" -d 'Tell by the exit code whether it exists: 0 or 1'
complete -c box -n "__fish_box_using_subcommand image; and not __fish_seen_subcommand_from pull push save load search tag untag history import ls inspect exists tree import-from mount unmount rm prune diff help" -f -a "tree" -d 'Show an image layer by layer'
complete -c box -n "__fish_box_using_subcommand image; and not __fish_seen_subcommand_from pull push save load search tag untag history import ls inspect exists tree import-from mount unmount rm prune diff help" -f -a "import-from" -d 'Take over images from the store of Podman or Docker, which stays as it is'
complete -c box -n "__fish_box_using_subcommand image; and not __fish_seen_subcommand_from pull push save load search tag untag history import ls inspect exists tree import-from mount unmount rm prune diff help" -f -a "mount" -d 'Mount images, read-only, or list those that are mounted'
complete -c box -n "__fish_box_using_subcommand image; and not __fish_seen_subcommand_from pull push save load search tag untag history import ls inspect exists tree import-from mount unmount rm prune diff help" -f -a "unmount" -d 'Unmount images'
complete -c box -n "__fish_box_using_subcommand image; and not __fish_seen_subcommand_from pull push save load search tag untag history import ls inspect exists tree import-from mount unmount rm prune diff help" -f -a "rm" -d 'Remove images'
complete -c box -n "__fish_box_using_subcommand image; and not __fish_seen_subcommand_from pull push save load search tag untag history import ls inspect exists tree import-from mount unmount rm prune diff help" -f -a "prune" -d 'Remove images without a name that no container uses'
complete -c box -n "__fish_box_using_subcommand image; and not __fish_seen_subcommand_from pull push save load search tag untag history import ls inspect exists tree import-from mount unmount rm prune diff help" -f -a "diff" -d 'Show what a container or the topmost layer of an image changed'
complete -c box -n "__fish_box_using_subcommand image; and not __fish_seen_subcommand_from pull push save load search tag untag history import ls inspect exists tree import-from mount unmount rm prune diff help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c box -n "__fish_box_using_subcommand image; and __fish_seen_subcommand_from pull" -l policy -d 'Ask the registry: always, missing, never or newer' -r
complete -c box -n "__fish_box_using_subcommand image; and __fish_seen_subcommand_from pull" -l platform -d 'Take the image for this platform' -r
complete -c box -n "__fish_box_using_subcommand image; and __fish_seen_subcommand_from pull" -l arch -d 'Take the image for this architecture' -r
complete -c box -n "__fish_box_using_subcommand image; and __fish_seen_subcommand_from pull" -l os -d 'Take the image for this operating system' -r
complete -c box -n "__fish_box_using_subcommand image; and __fish_seen_subcommand_from pull" -l variant -d 'Take the image for this variant of the architecture' -r
complete -c box -n "__fish_box_using_subcommand image; and __fish_seen_subcommand_from pull" -l authfile -d 'Read credentials from this file' -r -F
complete -c box -n "__fish_box_using_subcommand image; and __fish_seen_subcommand_from pull" -l cert-dir -d 'Find certificates of the registry in this directory' -r -F
complete -c box -n "__fish_box_using_subcommand image; and __fish_seen_subcommand_from pull" -l tls-verify -d 'Require HTTPS and a valid certificate' -r
complete -c box -n "__fish_box_using_subcommand image; and __fish_seen_subcommand_from pull" -l creds -d 'Use these credentials' -r
complete -c box -n "__fish_box_using_subcommand image; and __fish_seen_subcommand_from pull" -l retry -d 'Try so many times more when the network fails' -r
complete -c box -n "__fish_box_using_subcommand image; and __fish_seen_subcommand_from pull" -l retry-delay -d 'Wait so long before the second try, and twice as long before each further one' -r
complete -c box -n "__fish_box_using_subcommand image; and __fish_seen_subcommand_from pull" -l decryption-key -r
complete -c box -n "__fish_box_using_subcommand image; and __fish_seen_subcommand_from pull" -s a -l all-tags -d 'Pull every tag of the repositories'
complete -c box -n "__fish_box_using_subcommand image; and __fish_seen_subcommand_from pull" -s q -l quiet -d 'Show no progress'
complete -c box -n "__fish_box_using_subcommand image; and __fish_seen_subcommand_from pull" -l disable-content-trust
complete -c box -n "__fish_box_using_subcommand image; and __fish_seen_subcommand_from pull" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand image; and __fish_seen_subcommand_from push" -l format -d 'Write the manifest in this format: oci, or v2s2 (docker)' -r
complete -c box -n "__fish_box_using_subcommand image; and __fish_seen_subcommand_from push" -l compression-format -d 'Compress layers with gzip, zstd or zstd:chunked (zstd with a table of contents)' -r
complete -c box -n "__fish_box_using_subcommand image; and __fish_seen_subcommand_from push" -l compression-level -d 'How much to compress: 1 to 9 for gzip, 1 to 22 for zstd' -r
complete -c box -n "__fish_box_using_subcommand image; and __fish_seen_subcommand_from push" -l force-compression -d 'Send a layer even if the registry has it with another compression' -r
complete -c box -n "__fish_box_using_subcommand image; and __fish_seen_subcommand_from push" -l digestfile -d 'Write the digest of what was pushed to this file' -r -F
complete -c box -n "__fish_box_using_subcommand image; and __fish_seen_subcommand_from push" -l creds -d 'Use these credentials' -r
complete -c box -n "__fish_box_using_subcommand image; and __fish_seen_subcommand_from push" -l all -d 'Of a manifest list, push the images as well' -r
complete -c box -n "__fish_box_using_subcommand image; and __fish_seen_subcommand_from push" -l sign-by -r
complete -c box -n "__fish_box_using_subcommand image; and __fish_seen_subcommand_from push" -l sign-by-sigstore -r
complete -c box -n "__fish_box_using_subcommand image; and __fish_seen_subcommand_from push" -l sign-by-sigstore-private-key -r
complete -c box -n "__fish_box_using_subcommand image; and __fish_seen_subcommand_from push" -l sign-by-sq-fingerprint -r
complete -c box -n "__fish_box_using_subcommand image; and __fish_seen_subcommand_from push" -l sign-passphrase-file -r
complete -c box -n "__fish_box_using_subcommand image; and __fish_seen_subcommand_from push" -l encryption-key -r
complete -c box -n "__fish_box_using_subcommand image; and __fish_seen_subcommand_from push" -l encrypt-layer -r
complete -c box -n "__fish_box_using_subcommand image; and __fish_seen_subcommand_from push" -l authfile -d 'Read credentials from this file' -r -F
complete -c box -n "__fish_box_using_subcommand image; and __fish_seen_subcommand_from push" -l cert-dir -d 'Find certificates of the registry in this directory' -r -F
complete -c box -n "__fish_box_using_subcommand image; and __fish_seen_subcommand_from push" -l tls-verify -d 'Require HTTPS and a valid certificate' -r
complete -c box -n "__fish_box_using_subcommand image; and __fish_seen_subcommand_from push" -l retry -d 'Try so many times more when the network fails' -r
complete -c box -n "__fish_box_using_subcommand image; and __fish_seen_subcommand_from push" -l retry-delay -d 'Wait so long before the second try, and twice as long before each further one' -r
complete -c box -n "__fish_box_using_subcommand image; and __fish_seen_subcommand_from push" -s q -l quiet -d 'Show no progress'
complete -c box -n "__fish_box_using_subcommand image; and __fish_seen_subcommand_from push" -l remove-signatures -d 'Leave signatures behind; box sends none'
complete -c box -n "__fish_box_using_subcommand image; and __fish_seen_subcommand_from push" -l disable-content-trust
complete -c box -n "__fish_box_using_subcommand image; and __fish_seen_subcommand_from push" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand image; and __fish_seen_subcommand_from save" -s o -l output -d 'Write to this file or directory; else to standard output' -r -F
complete -c box -n "__fish_box_using_subcommand image; and __fish_seen_subcommand_from save" -l format -d 'How: docker-archive, oci-archive, oci-dir or docker-dir' -r
complete -c box -n "__fish_box_using_subcommand image; and __fish_seen_subcommand_from save" -s m -l multi-image-archive -d 'Several images in one archive, which box writes anyway'
complete -c box -n "__fish_box_using_subcommand image; and __fish_seen_subcommand_from save" -s q -l quiet -d 'Show no progress'
complete -c box -n "__fish_box_using_subcommand image; and __fish_seen_subcommand_from save" -l compress
complete -c box -n "__fish_box_using_subcommand image; and __fish_seen_subcommand_from save" -l uncompressed
complete -c box -n "__fish_box_using_subcommand image; and __fish_seen_subcommand_from save" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand image; and __fish_seen_subcommand_from load" -s i -l input -d 'Read this file or directory; else standard input' -r -F
complete -c box -n "__fish_box_using_subcommand image; and __fish_seen_subcommand_from load" -s q -l quiet -d 'Show no progress'
complete -c box -n "__fish_box_using_subcommand image; and __fish_seen_subcommand_from load" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand image; and __fish_seen_subcommand_from search" -l limit -d 'Show so many images of each registry, 1 to 100; or so many tags' -r
complete -c box -n "__fish_box_using_subcommand image; and __fish_seen_subcommand_from search" -s f -l filter -d 'Only images for which this is so: is-automated, is-official, stars' -r
complete -c box -n "__fish_box_using_subcommand image; and __fish_seen_subcommand_from search" -l format -d 'Show each by a Go template, or all as `json`' -r
complete -c box -n "__fish_box_using_subcommand image; and __fish_seen_subcommand_from search" -l creds -d 'Use these credentials' -r
complete -c box -n "__fish_box_using_subcommand image; and __fish_seen_subcommand_from search" -l authfile -d 'Read credentials from this file' -r -F
complete -c box -n "__fish_box_using_subcommand image; and __fish_seen_subcommand_from search" -l cert-dir -d 'Find certificates of the registry in this directory' -r -F
complete -c box -n "__fish_box_using_subcommand image; and __fish_seen_subcommand_from search" -l tls-verify -d 'Require HTTPS and a valid certificate' -r
complete -c box -n "__fish_box_using_subcommand image; and __fish_seen_subcommand_from search" -l list-tags -d 'List the tags of a repository'
complete -c box -n "__fish_box_using_subcommand image; and __fish_seen_subcommand_from search" -l json -d 'Show it for programs: a versioned document of JSON on one line, as box-json(7) describes'
complete -c box -n "__fish_box_using_subcommand image; and __fish_seen_subcommand_from search" -l no-trunc -d 'Show whole descriptions'
complete -c box -n "__fish_box_using_subcommand image; and __fish_seen_subcommand_from search" -l compatible -d 'Show stars and marks too, as Docker does'
complete -c box -n "__fish_box_using_subcommand image; and __fish_seen_subcommand_from search" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand image; and __fish_seen_subcommand_from tag" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand image; and __fish_seen_subcommand_from untag" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand image; and __fish_seen_subcommand_from history" -l format -d 'Show the list as `json`, `table [TEMPLATE]`, or by a Go template' -r
complete -c box -n "__fish_box_using_subcommand image; and __fish_seen_subcommand_from history" -s H -l human -d 'Show times and sizes as people say them, or (false) to the second and the byte' -r
complete -c box -n "__fish_box_using_subcommand image; and __fish_seen_subcommand_from history" -l no-trunc -l notruncate -d 'Do not shorten IDs and commands'
complete -c box -n "__fish_box_using_subcommand image; and __fish_seen_subcommand_from history" -s q -l quiet -d 'Show image IDs only'
complete -c box -n "__fish_box_using_subcommand image; and __fish_seen_subcommand_from history" -l json -d 'Show it for programs: a versioned document of JSON on one line, as box-json(7) describes'
complete -c box -n "__fish_box_using_subcommand image; and __fish_seen_subcommand_from history" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand image; and __fish_seen_subcommand_from import" -s c -l change -d 'Change the image\'s config: CMD, ENTRYPOINT, ENV, EXPOSE, LABEL, ONBUILD, STOPSIGNAL, USER, VOLUME or WORKDIR' -r
complete -c box -n "__fish_box_using_subcommand image; and __fish_seen_subcommand_from import" -s m -l message -d 'Leave a message in the image\'s history' -r
complete -c box -n "__fish_box_using_subcommand image; and __fish_seen_subcommand_from import" -l arch -d 'The archive\'s programs are for this architecture' -r
complete -c box -n "__fish_box_using_subcommand image; and __fish_seen_subcommand_from import" -l os -d 'The archive\'s programs are for this operating system' -r
complete -c box -n "__fish_box_using_subcommand image; and __fish_seen_subcommand_from import" -l variant -d 'The archive\'s programs are for this variant of the architecture' -r
complete -c box -n "__fish_box_using_subcommand image; and __fish_seen_subcommand_from import" -s q -l quiet -d 'Say nothing but the image ID'
complete -c box -n "__fish_box_using_subcommand image; and __fish_seen_subcommand_from import" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand image; and __fish_seen_subcommand_from ls" -s f -l filter -d 'Only images for which this is so: after, before, containers, dangling, digest, id, intermediate, label, label!, manifest, readonly, reference, since, until' -r
complete -c box -n "__fish_box_using_subcommand image; and __fish_seen_subcommand_from ls" -l format -d 'Show the list as `json`, `table [TEMPLATE]`, or by a Go template' -r
complete -c box -n "__fish_box_using_subcommand image; and __fish_seen_subcommand_from ls" -l sort -d 'Sort by this column' -r -f -a "created\t''
id\t''
repository\t''
size\t''
tag\t''"
complete -c box -n "__fish_box_using_subcommand image; and __fish_seen_subcommand_from ls" -s a -l all -d 'Also list images that have no name and that another image is built on'
complete -c box -n "__fish_box_using_subcommand image; and __fish_seen_subcommand_from ls" -s q -l quiet -d 'Show image IDs only'
complete -c box -n "__fish_box_using_subcommand image; and __fish_seen_subcommand_from ls" -l json -d 'Show it for programs: a versioned document of JSON on one line, as box-json(7) describes'
complete -c box -n "__fish_box_using_subcommand image; and __fish_seen_subcommand_from ls" -l no-trunc -d 'Do not shorten IDs'
complete -c box -n "__fish_box_using_subcommand image; and __fish_seen_subcommand_from ls" -l digests -d 'Show digests'
complete -c box -n "__fish_box_using_subcommand image; and __fish_seen_subcommand_from ls" -s n -l noheading -l no-heading -d 'Leave out the table\'s heading'
complete -c box -n "__fish_box_using_subcommand image; and __fish_seen_subcommand_from ls" -l history -d 'Also show what each image has been called, the last name first'
complete -c box -n "__fish_box_using_subcommand image; and __fish_seen_subcommand_from ls" -l tree -d 'Show the platform of each image below its names, and what it takes on disk and in a registry'
complete -c box -n "__fish_box_using_subcommand image; and __fish_seen_subcommand_from ls" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand image; and __fish_seen_subcommand_from inspect" -s f -l format -d 'Show it by a Go template, or as `json` on one line' -r
complete -c box -n "__fish_box_using_subcommand image; and __fish_seen_subcommand_from inspect" -s k -l type -d 'Only objects of this type' -r -f -a "all\t''
container\t''
image\t''
network\t''
pod\t''
volume\t''"
complete -c box -n "__fish_box_using_subcommand image; and __fish_seen_subcommand_from inspect" -s s -l size -d 'Add how much a container has written'
complete -c box -n "__fish_box_using_subcommand image; and __fish_seen_subcommand_from inspect" -s l -l latest -d 'The container made last'
complete -c box -n "__fish_box_using_subcommand image; and __fish_seen_subcommand_from inspect" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand image; and __fish_seen_subcommand_from exists" -l external
complete -c box -n "__fish_box_using_subcommand image; and __fish_seen_subcommand_from exists" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand image; and __fish_seen_subcommand_from tree" -l whatrequires -d 'Show what is built on the image'
complete -c box -n "__fish_box_using_subcommand image; and __fish_seen_subcommand_from tree" -l json -d 'Show it for programs: a versioned document of JSON on one line, as box-json(7) describes'
complete -c box -n "__fish_box_using_subcommand image; and __fish_seen_subcommand_from tree" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand image; and __fish_seen_subcommand_from import-from" -l from-root -d 'Where that engine keeps its data; else where it usually does' -r -F
complete -c box -n "__fish_box_using_subcommand image; and __fish_seen_subcommand_from import-from" -s q -l quiet -d 'Show no progress'
complete -c box -n "__fish_box_using_subcommand image; and __fish_seen_subcommand_from import-from" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c box -n "__fish_box_using_subcommand image; and __fish_seen_subcommand_from mount" -l format -d 'Show what is mounted as `json`' -r
complete -c box -n "__fish_box_using_subcommand image; and __fish_seen_subcommand_from mount" -s a -l all -d 'Mount all images'
complete -c box -n "__fish_box_using_subcommand image; and __fish_seen_subcommand_from mount" -l json -d 'Show it for programs: a versioned document of JSON on one line, as box-json(7) describes'
complete -c box -n "__fish_box_using_subcommand image; and __fish_seen_subcommand_from mount" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand image; and __fish_seen_subcommand_from unmount" -s a -l all -d 'Unmount all images'
complete -c box -n "__fish_box_using_subcommand image; and __fish_seen_subcommand_from unmount" -s f -l force -d 'Unmount an image although files of it are open'
complete -c box -n "__fish_box_using_subcommand image; and __fish_seen_subcommand_from unmount" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand image; and __fish_seen_subcommand_from rm" -s f -l force -d 'Remove an image although containers use it or it has several names'
complete -c box -n "__fish_box_using_subcommand image; and __fish_seen_subcommand_from rm" -s a -l all -d 'Remove all images'
complete -c box -n "__fish_box_using_subcommand image; and __fish_seen_subcommand_from rm" -s i -l ignore -d 'Pass over images that do not exist'
complete -c box -n "__fish_box_using_subcommand image; and __fish_seen_subcommand_from rm" -l no-prune
complete -c box -n "__fish_box_using_subcommand image; and __fish_seen_subcommand_from rm" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand image; and __fish_seen_subcommand_from prune" -l filter -d 'Only images for which this is so: label, label!, until' -r
complete -c box -n "__fish_box_using_subcommand image; and __fish_seen_subcommand_from prune" -s a -l all -d 'Remove all images that no container uses, with a name or without'
complete -c box -n "__fish_box_using_subcommand image; and __fish_seen_subcommand_from prune" -s f -l force -d 'Do not ask'
complete -c box -n "__fish_box_using_subcommand image; and __fish_seen_subcommand_from prune" -l build-cache -d 'Also remove images without a name that others are built on, which builds keep to be faster'
complete -c box -n "__fish_box_using_subcommand image; and __fish_seen_subcommand_from prune" -l external
complete -c box -n "__fish_box_using_subcommand image; and __fish_seen_subcommand_from prune" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand image; and __fish_seen_subcommand_from diff" -l format -d 'Show the changes as `json`, `table [TEMPLATE]`, or by a Go template' -r
complete -c box -n "__fish_box_using_subcommand image; and __fish_seen_subcommand_from diff" -l json -d 'Show it for programs: a versioned document of JSON on one line, as box-json(7) describes'
complete -c box -n "__fish_box_using_subcommand image; and __fish_seen_subcommand_from diff" -s l -l latest -d 'The container that was created last'
complete -c box -n "__fish_box_using_subcommand image; and __fish_seen_subcommand_from diff" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand image; and __fish_seen_subcommand_from help" -f -a "pull" -d 'Pull images from a registry'
complete -c box -n "__fish_box_using_subcommand image; and __fish_seen_subcommand_from help" -f -a "push" -d 'Push an image to a registry'
complete -c box -n "__fish_box_using_subcommand image; and __fish_seen_subcommand_from help" -f -a "save" -d 'Save images to an archive or a directory'
complete -c box -n "__fish_box_using_subcommand image; and __fish_seen_subcommand_from help" -f -a "load" -d 'Load images from an archive or a directory'
complete -c box -n "__fish_box_using_subcommand image; and __fish_seen_subcommand_from help" -f -a "search" -d 'Search registries for images'
complete -c box -n "__fish_box_using_subcommand image; and __fish_seen_subcommand_from help" -f -a "tag" -d 'Give an image further names'
complete -c box -n "__fish_box_using_subcommand image; and __fish_seen_subcommand_from help" -f -a "untag" -d 'Take names from an image'
complete -c box -n "__fish_box_using_subcommand image; and __fish_seen_subcommand_from help" -f -a "history" -d 'Show the steps in which an image was made'
complete -c box -n "__fish_box_using_subcommand image; and __fish_seen_subcommand_from help" -f -a "import" -d 'Make an image of the files in a tar archive'
complete -c box -n "__fish_box_using_subcommand image; and __fish_seen_subcommand_from help" -f -a "ls" -d 'List images in local storage'
complete -c box -n "__fish_box_using_subcommand image; and __fish_seen_subcommand_from help" -f -a "inspect" -d 'Show everything about containers, images, volumes, networks and pods'
complete -c box -n "__fish_box_using_subcommand image; and __fish_seen_subcommand_from help" -f -a "exists" -d 'Tell by the exit code whether it exists: 0 or 1'
complete -c box -n "__fish_box_using_subcommand image; and __fish_seen_subcommand_from help" -f -a "tree" -d 'Show an image layer by layer'
complete -c box -n "__fish_box_using_subcommand image; and __fish_seen_subcommand_from help" -f -a "import-from" -d 'Take over images from the store of Podman or Docker, which stays as it is'
complete -c box -n "__fish_box_using_subcommand image; and __fish_seen_subcommand_from help" -f -a "mount" -d 'Mount images, read-only, or list those that are mounted'
complete -c box -n "__fish_box_using_subcommand image; and __fish_seen_subcommand_from help" -f -a "unmount" -d 'Unmount images'
complete -c box -n "__fish_box_using_subcommand image; and __fish_seen_subcommand_from help" -f -a "rm" -d 'Remove images'
complete -c box -n "__fish_box_using_subcommand image; and __fish_seen_subcommand_from help" -f -a "prune" -d 'Remove images without a name that no container uses'
complete -c box -n "__fish_box_using_subcommand image; and __fish_seen_subcommand_from help" -f -a "diff" -d 'Show what a container or the topmost layer of an image changed'
complete -c box -n "__fish_box_using_subcommand image; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c box -n "__fish_box_using_subcommand manifest; and not __fish_seen_subcommand_from create add annotate inspect push remove rm exists help" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand manifest; and not __fish_seen_subcommand_from create add annotate inspect push remove rm exists help" -f -a "create" -d 'Make a list of images for several platforms'
complete -c box -n "__fish_box_using_subcommand manifest; and not __fish_seen_subcommand_from create add annotate inspect push remove rm exists help" -f -a "add" -d 'Add images to a list'
complete -c box -n "__fish_box_using_subcommand manifest; and not __fish_seen_subcommand_from create add annotate inspect push remove rm exists help" -f -a "annotate" -d 'Change what a list says of an image, or of itself'
complete -c box -n "__fish_box_using_subcommand manifest; and not __fish_seen_subcommand_from create add annotate inspect push remove rm exists help" -f -a "inspect" -d 'Show a list: one of the store, or else one of a registry'
complete -c box -n "__fish_box_using_subcommand manifest; and not __fish_seen_subcommand_from create add annotate inspect push remove rm exists help" -f -a "push" -d 'Push a list, and its images, to a registry'
complete -c box -n "__fish_box_using_subcommand manifest; and not __fish_seen_subcommand_from create add annotate inspect push remove rm exists help" -f -a "remove" -d 'Take images from a list'
complete -c box -n "__fish_box_using_subcommand manifest; and not __fish_seen_subcommand_from create add annotate inspect push remove rm exists help" -f -a "rm" -d 'Remove lists; their images stay'
complete -c box -n "__fish_box_using_subcommand manifest; and not __fish_seen_subcommand_from create add annotate inspect push remove rm exists help" -f -a "exists" -d 'Tell by the exit code whether a list exists: 0 or 1'
complete -c box -n "__fish_box_using_subcommand manifest; and not __fish_seen_subcommand_from create add annotate inspect push remove rm exists help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c box -n "__fish_box_using_subcommand manifest; and __fish_seen_subcommand_from create" -l annotation -d 'Say this of the list' -r
complete -c box -n "__fish_box_using_subcommand manifest; and __fish_seen_subcommand_from create" -l authfile -d 'Read credentials from this file' -r -F
complete -c box -n "__fish_box_using_subcommand manifest; and __fish_seen_subcommand_from create" -l cert-dir -d 'Find certificates of the registry in this directory' -r -F
complete -c box -n "__fish_box_using_subcommand manifest; and __fish_seen_subcommand_from create" -l tls-verify -d 'Require HTTPS and a valid certificate' -r
complete -c box -n "__fish_box_using_subcommand manifest; and __fish_seen_subcommand_from create" -l all -d 'Add all images of those that are lists themselves'
complete -c box -n "__fish_box_using_subcommand manifest; and __fish_seen_subcommand_from create" -s a -l amend -d 'Add to a list of that name, if there is one'
complete -c box -n "__fish_box_using_subcommand manifest; and __fish_seen_subcommand_from create" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand manifest; and __fish_seen_subcommand_from add" -l arch -d 'Its architecture' -r
complete -c box -n "__fish_box_using_subcommand manifest; and __fish_seen_subcommand_from add" -l os -d 'Its operating system' -r
complete -c box -n "__fish_box_using_subcommand manifest; and __fish_seen_subcommand_from add" -l os-version -d 'The version of the operating system that it needs' -r
complete -c box -n "__fish_box_using_subcommand manifest; and __fish_seen_subcommand_from add" -l os-features -d 'Features of the operating system that it needs' -r
complete -c box -n "__fish_box_using_subcommand manifest; and __fish_seen_subcommand_from add" -l variant -d 'The variant of its architecture' -r
complete -c box -n "__fish_box_using_subcommand manifest; and __fish_seen_subcommand_from add" -l features -d 'Features of the processor that it needs' -r
complete -c box -n "__fish_box_using_subcommand manifest; and __fish_seen_subcommand_from add" -l annotation -d 'Say this of it' -r
complete -c box -n "__fish_box_using_subcommand manifest; and __fish_seen_subcommand_from add" -l creds -d 'Use these credentials' -r
complete -c box -n "__fish_box_using_subcommand manifest; and __fish_seen_subcommand_from add" -l authfile -d 'Read credentials from this file' -r -F
complete -c box -n "__fish_box_using_subcommand manifest; and __fish_seen_subcommand_from add" -l cert-dir -d 'Find certificates of the registry in this directory' -r -F
complete -c box -n "__fish_box_using_subcommand manifest; and __fish_seen_subcommand_from add" -l tls-verify -d 'Require HTTPS and a valid certificate' -r
complete -c box -n "__fish_box_using_subcommand manifest; and __fish_seen_subcommand_from add" -l all -d 'Add all images of those that are lists themselves'
complete -c box -n "__fish_box_using_subcommand manifest; and __fish_seen_subcommand_from add" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand manifest; and __fish_seen_subcommand_from annotate" -l subject -d 'The image that the list is about' -r
complete -c box -n "__fish_box_using_subcommand manifest; and __fish_seen_subcommand_from annotate" -l arch -d 'Its architecture' -r
complete -c box -n "__fish_box_using_subcommand manifest; and __fish_seen_subcommand_from annotate" -l os -d 'Its operating system' -r
complete -c box -n "__fish_box_using_subcommand manifest; and __fish_seen_subcommand_from annotate" -l os-version -d 'The version of the operating system that it needs' -r
complete -c box -n "__fish_box_using_subcommand manifest; and __fish_seen_subcommand_from annotate" -l os-features -d 'Features of the operating system that it needs' -r
complete -c box -n "__fish_box_using_subcommand manifest; and __fish_seen_subcommand_from annotate" -l variant -d 'The variant of its architecture' -r
complete -c box -n "__fish_box_using_subcommand manifest; and __fish_seen_subcommand_from annotate" -l features -d 'Features of the processor that it needs' -r
complete -c box -n "__fish_box_using_subcommand manifest; and __fish_seen_subcommand_from annotate" -l annotation -d 'Say this of it' -r
complete -c box -n "__fish_box_using_subcommand manifest; and __fish_seen_subcommand_from annotate" -l index -d 'Say it of the list itself'
complete -c box -n "__fish_box_using_subcommand manifest; and __fish_seen_subcommand_from annotate" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand manifest; and __fish_seen_subcommand_from inspect" -l authfile -d 'Read credentials from this file' -r -F
complete -c box -n "__fish_box_using_subcommand manifest; and __fish_seen_subcommand_from inspect" -l cert-dir -d 'Find certificates of the registry in this directory' -r -F
complete -c box -n "__fish_box_using_subcommand manifest; and __fish_seen_subcommand_from inspect" -l tls-verify -d 'Require HTTPS and a valid certificate' -r
complete -c box -n "__fish_box_using_subcommand manifest; and __fish_seen_subcommand_from inspect" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand manifest; and __fish_seen_subcommand_from push" -l all -d 'Push its images as well' -r
complete -c box -n "__fish_box_using_subcommand manifest; and __fish_seen_subcommand_from push" -l add-compression -r
complete -c box -n "__fish_box_using_subcommand manifest; and __fish_seen_subcommand_from push" -l format -d 'Write the manifest in this format: oci, or v2s2 (docker)' -r
complete -c box -n "__fish_box_using_subcommand manifest; and __fish_seen_subcommand_from push" -l compression-format -d 'Compress layers with gzip, zstd or zstd:chunked (zstd with a table of contents)' -r
complete -c box -n "__fish_box_using_subcommand manifest; and __fish_seen_subcommand_from push" -l compression-level -d 'How much to compress: 1 to 9 for gzip, 1 to 22 for zstd' -r
complete -c box -n "__fish_box_using_subcommand manifest; and __fish_seen_subcommand_from push" -l force-compression -d 'Send a layer even if the registry has it with another compression' -r
complete -c box -n "__fish_box_using_subcommand manifest; and __fish_seen_subcommand_from push" -l digestfile -d 'Write the digest of what was pushed to this file' -r -F
complete -c box -n "__fish_box_using_subcommand manifest; and __fish_seen_subcommand_from push" -l creds -d 'Use these credentials' -r
complete -c box -n "__fish_box_using_subcommand manifest; and __fish_seen_subcommand_from push" -l sign-by -r
complete -c box -n "__fish_box_using_subcommand manifest; and __fish_seen_subcommand_from push" -l sign-by-sigstore -r
complete -c box -n "__fish_box_using_subcommand manifest; and __fish_seen_subcommand_from push" -l sign-by-sigstore-private-key -r
complete -c box -n "__fish_box_using_subcommand manifest; and __fish_seen_subcommand_from push" -l sign-by-sq-fingerprint -r
complete -c box -n "__fish_box_using_subcommand manifest; and __fish_seen_subcommand_from push" -l sign-passphrase-file -r
complete -c box -n "__fish_box_using_subcommand manifest; and __fish_seen_subcommand_from push" -l encryption-key -r
complete -c box -n "__fish_box_using_subcommand manifest; and __fish_seen_subcommand_from push" -l encrypt-layer -r
complete -c box -n "__fish_box_using_subcommand manifest; and __fish_seen_subcommand_from push" -l authfile -d 'Read credentials from this file' -r -F
complete -c box -n "__fish_box_using_subcommand manifest; and __fish_seen_subcommand_from push" -l cert-dir -d 'Find certificates of the registry in this directory' -r -F
complete -c box -n "__fish_box_using_subcommand manifest; and __fish_seen_subcommand_from push" -l tls-verify -d 'Require HTTPS and a valid certificate' -r
complete -c box -n "__fish_box_using_subcommand manifest; and __fish_seen_subcommand_from push" -l retry -d 'Try so many times more when the network fails' -r
complete -c box -n "__fish_box_using_subcommand manifest; and __fish_seen_subcommand_from push" -l retry-delay -d 'Wait so long before the second try, and twice as long before each further one' -r
complete -c box -n "__fish_box_using_subcommand manifest; and __fish_seen_subcommand_from push" -l rm -l purge -d 'Remove the list afterwards'
complete -c box -n "__fish_box_using_subcommand manifest; and __fish_seen_subcommand_from push" -s q -l quiet -d 'Show no progress'
complete -c box -n "__fish_box_using_subcommand manifest; and __fish_seen_subcommand_from push" -l remove-signatures -d 'Leave signatures behind; box sends none'
complete -c box -n "__fish_box_using_subcommand manifest; and __fish_seen_subcommand_from push" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand manifest; and __fish_seen_subcommand_from remove" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand manifest; and __fish_seen_subcommand_from rm" -s i -l ignore -d 'Pass over lists that do not exist'
complete -c box -n "__fish_box_using_subcommand manifest; and __fish_seen_subcommand_from rm" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand manifest; and __fish_seen_subcommand_from exists" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand manifest; and __fish_seen_subcommand_from help" -f -a "create" -d 'Make a list of images for several platforms'
complete -c box -n "__fish_box_using_subcommand manifest; and __fish_seen_subcommand_from help" -f -a "add" -d 'Add images to a list'
complete -c box -n "__fish_box_using_subcommand manifest; and __fish_seen_subcommand_from help" -f -a "annotate" -d 'Change what a list says of an image, or of itself'
complete -c box -n "__fish_box_using_subcommand manifest; and __fish_seen_subcommand_from help" -f -a "inspect" -d 'Show a list: one of the store, or else one of a registry'
complete -c box -n "__fish_box_using_subcommand manifest; and __fish_seen_subcommand_from help" -f -a "push" -d 'Push a list, and its images, to a registry'
complete -c box -n "__fish_box_using_subcommand manifest; and __fish_seen_subcommand_from help" -f -a "remove" -d 'Take images from a list'
complete -c box -n "__fish_box_using_subcommand manifest; and __fish_seen_subcommand_from help" -f -a "rm" -d 'Remove lists; their images stay'
complete -c box -n "__fish_box_using_subcommand manifest; and __fish_seen_subcommand_from help" -f -a "exists" -d 'Tell by the exit code whether a list exists: 0 or 1'
complete -c box -n "__fish_box_using_subcommand manifest; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c box -n "__fish_box_using_subcommand healthcheck; and not __fish_seen_subcommand_from run help" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand healthcheck; and not __fish_seen_subcommand_from run help" -f -a "run" -d 'Check the health of a container now'
complete -c box -n "__fish_box_using_subcommand healthcheck; and not __fish_seen_subcommand_from run help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c box -n "__fish_box_using_subcommand healthcheck; and __fish_seen_subcommand_from run" -l ignore-result -d 'Exit with 0 whatever comes out'
complete -c box -n "__fish_box_using_subcommand healthcheck; and __fish_seen_subcommand_from run" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand healthcheck; and __fish_seen_subcommand_from help" -f -a "run" -d 'Check the health of a container now'
complete -c box -n "__fish_box_using_subcommand healthcheck; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c box -n "__fish_box_using_subcommand pod; and not __fish_seen_subcommand_from create ps start stop restart kill pause unpause rm prune inspect exists logs top stats help" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand pod; and not __fish_seen_subcommand_from create ps start stop restart kill pause unpause rm prune inspect exists logs top stats help" -f -a "create" -d 'Create a pod without starting it'
complete -c box -n "__fish_box_using_subcommand pod; and not __fish_seen_subcommand_from create ps start stop restart kill pause unpause rm prune inspect exists logs top stats help" -f -a "ps" -d 'List pods'
complete -c box -n "__fish_box_using_subcommand pod; and not __fish_seen_subcommand_from create ps start stop restart kill pause unpause rm prune inspect exists logs top stats help" -f -a "start" -d 'Start pods: all containers in them'
complete -c box -n "__fish_box_using_subcommand pod; and not __fish_seen_subcommand_from create ps start stop restart kill pause unpause rm prune inspect exists logs top stats help" -f -a "stop" -d 'Stop pods: all containers in them at the same time'
complete -c box -n "__fish_box_using_subcommand pod; and not __fish_seen_subcommand_from create ps start stop restart kill pause unpause rm prune inspect exists logs top stats help" -f -a "restart" -d 'Stop pods, and start them again'
complete -c box -n "__fish_box_using_subcommand pod; and not __fish_seen_subcommand_from create ps start stop restart kill pause unpause rm prune inspect exists logs top stats help" -f -a "kill" -d 'Send a signal to all containers of pods that run'
complete -c box -n "__fish_box_using_subcommand pod; and not __fish_seen_subcommand_from create ps start stop restart kill pause unpause rm prune inspect exists logs top stats help" -f -a "pause" -d 'Make the processes of pods stand still'
complete -c box -n "__fish_box_using_subcommand pod; and not __fish_seen_subcommand_from create ps start stop restart kill pause unpause rm prune inspect exists logs top stats help" -f -a "unpause" -d 'Let paused pods go on'
complete -c box -n "__fish_box_using_subcommand pod; and not __fish_seen_subcommand_from create ps start stop restart kill pause unpause rm prune inspect exists logs top stats help" -f -a "rm" -d 'Remove pods and all containers in them'
complete -c box -n "__fish_box_using_subcommand pod; and not __fish_seen_subcommand_from create ps start stop restart kill pause unpause rm prune inspect exists logs top stats help" -f -a "prune" -d 'Remove pods that have ended, and all containers in them'
complete -c box -n "__fish_box_using_subcommand pod; and not __fish_seen_subcommand_from create ps start stop restart kill pause unpause rm prune inspect exists logs top stats help" -f -a "inspect" -d 'Show everything about pods'
complete -c box -n "__fish_box_using_subcommand pod; and not __fish_seen_subcommand_from create ps start stop restart kill pause unpause rm prune inspect exists logs top stats help" -f -a "exists" -d 'Tell by the exit code whether it exists: 0 or 1'
complete -c box -n "__fish_box_using_subcommand pod; and not __fish_seen_subcommand_from create ps start stop restart kill pause unpause rm prune inspect exists logs top stats help" -f -a "logs" -d 'Show the output of the containers of a pod'
complete -c box -n "__fish_box_using_subcommand pod; and not __fish_seen_subcommand_from create ps start stop restart kill pause unpause rm prune inspect exists logs top stats help" -f -a "top" -d 'Show the processes of a pod'
complete -c box -n "__fish_box_using_subcommand pod; and not __fish_seen_subcommand_from create ps start stop restart kill pause unpause rm prune inspect exists logs top stats help" -f -a "stats" -d 'Show what the containers of pods use'
complete -c box -n "__fish_box_using_subcommand pod; and not __fish_seen_subcommand_from create ps start stop restart kill pause unpause rm prune inspect exists logs top stats help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c box -n "__fish_box_using_subcommand pod; and __fish_seen_subcommand_from create" -s n -l name -d 'Give the pod this name' -r
complete -c box -n "__fish_box_using_subcommand pod; and __fish_seen_subcommand_from create" -l pod-id-file -d 'Write the pod\'s ID to a file that does not exist yet' -r -F
complete -c box -n "__fish_box_using_subcommand pod; and __fish_seen_subcommand_from create" -s l -l label -d 'Attach metadata' -r
complete -c box -n "__fish_box_using_subcommand pod; and __fish_seen_subcommand_from create" -l label-file -d 'Read metadata from a file of NAME=VALUE lines' -r
complete -c box -n "__fish_box_using_subcommand pod; and __fish_seen_subcommand_from create" -l exit-policy -d 'What becomes of the pod when its last container has ended: continue, or stop, which ends its network and ports' -r
complete -c box -n "__fish_box_using_subcommand pod; and __fish_seen_subcommand_from create" -l restart -d 'Start its containers again when they end, unless they ask for another policy: no, on-failure[:NUMBER], always, unless-stopped' -r
complete -c box -n "__fish_box_using_subcommand pod; and __fish_seen_subcommand_from create" -l share -d 'Which namespaces its containers share: ipc, net, uts, cgroup, or none; with a `+`, besides the usual ones' -r
complete -c box -n "__fish_box_using_subcommand pod; and __fish_seen_subcommand_from create" -l infra -d 'Have a process that holds what is shared; without, nothing is shared' -r
complete -c box -n "__fish_box_using_subcommand pod; and __fish_seen_subcommand_from create" -l infra-name -d 'Give the container that holds what is shared this name' -r
complete -c box -n "__fish_box_using_subcommand pod; and __fish_seen_subcommand_from create" -l infra-conmon-pidfile -d 'At each start, write the process ID of the monitor of that container to a file' -r -F
complete -c box -n "__fish_box_using_subcommand pod; and __fish_seen_subcommand_from create" -s v -l volume -d 'Mount a directory or volume in all its containers' -r
complete -c box -n "__fish_box_using_subcommand pod; and __fish_seen_subcommand_from create" -l network -d 'private, none, host, builtin[:OPTIONS], pasta[:OPTIONS], slirp4netns[:OPTIONS], container:NAME, ns:PATH, or named networks: NAME[:ip=ADDRESS,ip6=ADDRESS,mac=ADDRESS,alias=NAME], several if given several times' -r
complete -c box -n "__fish_box_using_subcommand pod; and __fish_seen_subcommand_from create" -l network-alias -d 'A further name by which members of its named networks find it' -r
complete -c box -n "__fish_box_using_subcommand pod; and __fish_seen_subcommand_from create" -l ip -d 'The IPv4 address in its named network' -r
complete -c box -n "__fish_box_using_subcommand pod; and __fish_seen_subcommand_from create" -l ip6 -d 'The IPv6 address in its named network' -r
complete -c box -n "__fish_box_using_subcommand pod; and __fish_seen_subcommand_from create" -l mac-address -d 'The MAC address of its interface' -r
complete -c box -n "__fish_box_using_subcommand pod; and __fish_seen_subcommand_from create" -l egress -d 'What of the world it may reach: `deny`, or allow=HOST[:PORT][,HOST...], HOST being a name, *.DOMAIN, an address or ADDRESS/BITS; other names do not resolve' -r
complete -c box -n "__fish_box_using_subcommand pod; and __fish_seen_subcommand_from create" -l network-log -d 'Keep a log of connections for `box network log`; without, it is kept where --egress is given' -r
complete -c box -n "__fish_box_using_subcommand pod; and __fish_seen_subcommand_from create" -s p -l publish -d 'Publish a port, or a range of ports' -r
complete -c box -n "__fish_box_using_subcommand pod; and __fish_seen_subcommand_from create" -s h -l hostname -d 'Name inside; that of the pod without' -r
complete -c box -n "__fish_box_using_subcommand pod; and __fish_seen_subcommand_from create" -l add-host -d 'Add a line to /etc/hosts; the address may be host-gateway' -r
complete -c box -n "__fish_box_using_subcommand pod; and __fish_seen_subcommand_from create" -l dns -d 'Ask this DNS server; `none` leaves resolv.conf alone' -r
complete -c box -n "__fish_box_using_subcommand pod; and __fish_seen_subcommand_from create" -l dns-option -d 'Set an option of the resolver' -r
complete -c box -n "__fish_box_using_subcommand pod; and __fish_seen_subcommand_from create" -l dns-search -d 'Complete names with this domain; `.` for none' -r
complete -c box -n "__fish_box_using_subcommand pod; and __fish_seen_subcommand_from create" -l shm-size -d 'Size of the /dev/shm that its containers share' -r
complete -c box -n "__fish_box_using_subcommand pod; and __fish_seen_subcommand_from create" -l sysctl -d 'Set a kernel parameter of what is shared' -r
complete -c box -n "__fish_box_using_subcommand pod; and __fish_seen_subcommand_from create" -l userns -d 'User namespace: host (you are root inside) or keep-id[:uid=UID,gid=GID,size=NUMBER]' -r
complete -c box -n "__fish_box_using_subcommand pod; and __fish_seen_subcommand_from create" -l uidmap -d 'Map user ids; outside, 0 is you, then come your subordinate ids, and `@` is before a number of the host' -r
complete -c box -n "__fish_box_using_subcommand pod; and __fish_seen_subcommand_from create" -l gidmap -d 'Map group ids; without, they are mapped as user ids' -r
complete -c box -n "__fish_box_using_subcommand pod; and __fish_seen_subcommand_from create" -l infra-image -r
complete -c box -n "__fish_box_using_subcommand pod; and __fish_seen_subcommand_from create" -l infra-command -r
complete -c box -n "__fish_box_using_subcommand pod; and __fish_seen_subcommand_from create" -s m -l memory -r
complete -c box -n "__fish_box_using_subcommand pod; and __fish_seen_subcommand_from create" -l memory-swap -r
complete -c box -n "__fish_box_using_subcommand pod; and __fish_seen_subcommand_from create" -l cpus -r
complete -c box -n "__fish_box_using_subcommand pod; and __fish_seen_subcommand_from create" -s c -l cpu-shares -r
complete -c box -n "__fish_box_using_subcommand pod; and __fish_seen_subcommand_from create" -l cpuset-cpus -r
complete -c box -n "__fish_box_using_subcommand pod; and __fish_seen_subcommand_from create" -l cpuset-mems -r
complete -c box -n "__fish_box_using_subcommand pod; and __fish_seen_subcommand_from create" -l cgroup-parent -r
complete -c box -n "__fish_box_using_subcommand pod; and __fish_seen_subcommand_from create" -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand pod; and __fish_seen_subcommand_from create" -l replace -d 'Remove a pod that already has the name, with its containers'
complete -c box -n "__fish_box_using_subcommand pod; and __fish_seen_subcommand_from create" -l no-hosts -d 'Leave the images\' /etc/hosts alone'
complete -c box -n "__fish_box_using_subcommand pod; and __fish_seen_subcommand_from create" -l no-hostname -d 'Leave the images\' /etc/hostname alone'
complete -c box -n "__fish_box_using_subcommand pod; and __fish_seen_subcommand_from ps" -s f -l filter -d 'Only pods for which this is so: ctr-ids, ctr-names, ctr-number, ctr-status, id, label, label!, name, network, status, until' -r
complete -c box -n "__fish_box_using_subcommand pod; and __fish_seen_subcommand_from ps" -l format -d 'Show the list as `json`, `table [TEMPLATE]`, or by a Go template' -r
complete -c box -n "__fish_box_using_subcommand pod; and __fish_seen_subcommand_from ps" -l sort -d 'Sort by this column' -r -f -a "created\t''
id\t''
name\t''
number\t''
status\t''"
complete -c box -n "__fish_box_using_subcommand pod; and __fish_seen_subcommand_from ps" -l ctr-ids -d 'Show the IDs of the containers'
complete -c box -n "__fish_box_using_subcommand pod; and __fish_seen_subcommand_from ps" -l ctr-names -d 'Show the names of the containers'
complete -c box -n "__fish_box_using_subcommand pod; and __fish_seen_subcommand_from ps" -l ctr-status -d 'Show what the containers are doing'
complete -c box -n "__fish_box_using_subcommand pod; and __fish_seen_subcommand_from ps" -l json -d 'Show it for programs: a versioned document of JSON on one line, as box-json(7) describes'
complete -c box -n "__fish_box_using_subcommand pod; and __fish_seen_subcommand_from ps" -s l -l latest -d 'Only the pod made last'
complete -c box -n "__fish_box_using_subcommand pod; and __fish_seen_subcommand_from ps" -l no-trunc -d 'Do not shorten IDs'
complete -c box -n "__fish_box_using_subcommand pod; and __fish_seen_subcommand_from ps" -s n -l noheading -d 'Print no headings'
complete -c box -n "__fish_box_using_subcommand pod; and __fish_seen_subcommand_from ps" -l ns -d 'Show which namespaces are shared'
complete -c box -n "__fish_box_using_subcommand pod; and __fish_seen_subcommand_from ps" -s q -l quiet -d 'Print IDs only'
complete -c box -n "__fish_box_using_subcommand pod; and __fish_seen_subcommand_from ps" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand pod; and __fish_seen_subcommand_from start" -l pod-id-file -d 'The pod whose ID this file holds' -r -F
complete -c box -n "__fish_box_using_subcommand pod; and __fish_seen_subcommand_from start" -s a -l all -d 'All pods'
complete -c box -n "__fish_box_using_subcommand pod; and __fish_seen_subcommand_from start" -s l -l latest -d 'The pod that was created last'
complete -c box -n "__fish_box_using_subcommand pod; and __fish_seen_subcommand_from start" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand pod; and __fish_seen_subcommand_from stop" -s t -l time -d 'Kill a container that has not ended after so many seconds; -1 waits for ever' -r
complete -c box -n "__fish_box_using_subcommand pod; and __fish_seen_subcommand_from stop" -l pod-id-file -d 'The pod whose ID this file holds' -r -F
complete -c box -n "__fish_box_using_subcommand pod; and __fish_seen_subcommand_from stop" -s i -l ignore -d 'Pass over pods that do not exist'
complete -c box -n "__fish_box_using_subcommand pod; and __fish_seen_subcommand_from stop" -s a -l all -d 'All pods'
complete -c box -n "__fish_box_using_subcommand pod; and __fish_seen_subcommand_from stop" -s l -l latest -d 'The pod that was created last'
complete -c box -n "__fish_box_using_subcommand pod; and __fish_seen_subcommand_from stop" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand pod; and __fish_seen_subcommand_from restart" -l pod-id-file -d 'The pod whose ID this file holds' -r -F
complete -c box -n "__fish_box_using_subcommand pod; and __fish_seen_subcommand_from restart" -s a -l all -d 'All pods'
complete -c box -n "__fish_box_using_subcommand pod; and __fish_seen_subcommand_from restart" -s l -l latest -d 'The pod that was created last'
complete -c box -n "__fish_box_using_subcommand pod; and __fish_seen_subcommand_from restart" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand pod; and __fish_seen_subcommand_from kill" -s s -l signal -d 'Send this signal' -r
complete -c box -n "__fish_box_using_subcommand pod; and __fish_seen_subcommand_from kill" -l pod-id-file -d 'The pod whose ID this file holds' -r -F
complete -c box -n "__fish_box_using_subcommand pod; and __fish_seen_subcommand_from kill" -s a -l all -d 'All pods'
complete -c box -n "__fish_box_using_subcommand pod; and __fish_seen_subcommand_from kill" -s l -l latest -d 'The pod that was created last'
complete -c box -n "__fish_box_using_subcommand pod; and __fish_seen_subcommand_from kill" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand pod; and __fish_seen_subcommand_from pause" -l pod-id-file -d 'The pod whose ID this file holds' -r -F
complete -c box -n "__fish_box_using_subcommand pod; and __fish_seen_subcommand_from pause" -s a -l all -d 'All pods'
complete -c box -n "__fish_box_using_subcommand pod; and __fish_seen_subcommand_from pause" -s l -l latest -d 'The pod that was created last'
complete -c box -n "__fish_box_using_subcommand pod; and __fish_seen_subcommand_from pause" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand pod; and __fish_seen_subcommand_from unpause" -l pod-id-file -d 'The pod whose ID this file holds' -r -F
complete -c box -n "__fish_box_using_subcommand pod; and __fish_seen_subcommand_from unpause" -s a -l all -d 'All pods'
complete -c box -n "__fish_box_using_subcommand pod; and __fish_seen_subcommand_from unpause" -s l -l latest -d 'The pod that was created last'
complete -c box -n "__fish_box_using_subcommand pod; and __fish_seen_subcommand_from unpause" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand pod; and __fish_seen_subcommand_from rm" -s t -l time -d 'With --force, kill a container that has not ended after so many seconds' -r
complete -c box -n "__fish_box_using_subcommand pod; and __fish_seen_subcommand_from rm" -l pod-id-file -d 'The pod whose ID this file holds' -r -F
complete -c box -n "__fish_box_using_subcommand pod; and __fish_seen_subcommand_from rm" -s f -l force -d 'Stop containers that run, and pass over pods that do not exist'
complete -c box -n "__fish_box_using_subcommand pod; and __fish_seen_subcommand_from rm" -s i -l ignore -d 'Pass over pods that do not exist'
complete -c box -n "__fish_box_using_subcommand pod; and __fish_seen_subcommand_from rm" -s a -l all -d 'All pods'
complete -c box -n "__fish_box_using_subcommand pod; and __fish_seen_subcommand_from rm" -s l -l latest -d 'The pod that was created last'
complete -c box -n "__fish_box_using_subcommand pod; and __fish_seen_subcommand_from rm" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand pod; and __fish_seen_subcommand_from prune" -s f -l force -d 'Do not ask'
complete -c box -n "__fish_box_using_subcommand pod; and __fish_seen_subcommand_from prune" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand pod; and __fish_seen_subcommand_from inspect" -s f -l format -d 'Show it by a Go template, or as `json` on one line' -r
complete -c box -n "__fish_box_using_subcommand pod; and __fish_seen_subcommand_from inspect" -s l -l latest -d 'The pod that was created last'
complete -c box -n "__fish_box_using_subcommand pod; and __fish_seen_subcommand_from inspect" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand pod; and __fish_seen_subcommand_from exists" -l external
complete -c box -n "__fish_box_using_subcommand pod; and __fish_seen_subcommand_from exists" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand pod; and __fish_seen_subcommand_from logs" -l tail -d 'Show only the last lines' -r
complete -c box -n "__fish_box_using_subcommand pod; and __fish_seen_subcommand_from logs" -l since -d 'Show only what was said after this moment: a time, or so long ago (10m)' -r
complete -c box -n "__fish_box_using_subcommand pod; and __fish_seen_subcommand_from logs" -l until -d 'Show only what was said before this moment' -r
complete -c box -n "__fish_box_using_subcommand pod; and __fish_seen_subcommand_from logs" -s c -l container -d 'Only that of this container of the pod' -r
complete -c box -n "__fish_box_using_subcommand pod; and __fish_seen_subcommand_from logs" -s f -l follow -d 'Go on until the containers end'
complete -c box -n "__fish_box_using_subcommand pod; and __fish_seen_subcommand_from logs" -s t -l timestamps -d 'Show when each line was said'
complete -c box -n "__fish_box_using_subcommand pod; and __fish_seen_subcommand_from logs" -s n -l names -d 'Show the names of several containers, not their IDs, before each line'
complete -c box -n "__fish_box_using_subcommand pod; and __fish_seen_subcommand_from logs" -l color -l colour -d 'Show the lines of each of several containers in a colour of its own'
complete -c box -n "__fish_box_using_subcommand pod; and __fish_seen_subcommand_from logs" -l details
complete -c box -n "__fish_box_using_subcommand pod; and __fish_seen_subcommand_from logs" -s l -l latest -d 'The pod that was created last'
complete -c box -n "__fish_box_using_subcommand pod; and __fish_seen_subcommand_from logs" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand pod; and __fish_seen_subcommand_from top" -s l -l latest -d 'The pod that was created last'
complete -c box -n "__fish_box_using_subcommand pod; and __fish_seen_subcommand_from top" -l json -d 'Show it for programs: a versioned document of JSON on one line, as box-json(7) describes'
complete -c box -n "__fish_box_using_subcommand pod; and __fish_seen_subcommand_from top" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand pod; and __fish_seen_subcommand_from stats" -l format -d 'Show the list as `json`, `table [TEMPLATE]`, or by a Go template' -r
complete -c box -n "__fish_box_using_subcommand pod; and __fish_seen_subcommand_from stats" -s i -l interval -d 'Wait so many seconds between two lists' -r
complete -c box -n "__fish_box_using_subcommand pod; and __fish_seen_subcommand_from stats" -s a -l all
complete -c box -n "__fish_box_using_subcommand pod; and __fish_seen_subcommand_from stats" -s l -l latest -d 'The pod that was created last'
complete -c box -n "__fish_box_using_subcommand pod; and __fish_seen_subcommand_from stats" -l json -d 'Show it for programs: a versioned document of JSON on one line, as box-json(7) describes'
complete -c box -n "__fish_box_using_subcommand pod; and __fish_seen_subcommand_from stats" -l no-stream -d 'Show one list and end'
complete -c box -n "__fish_box_using_subcommand pod; and __fish_seen_subcommand_from stats" -l no-reset -d 'Write each list below the one before instead of in its place'
complete -c box -n "__fish_box_using_subcommand pod; and __fish_seen_subcommand_from stats" -l no-trunc -l no-truncate -d 'Do not shorten IDs'
complete -c box -n "__fish_box_using_subcommand pod; and __fish_seen_subcommand_from stats" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand pod; and __fish_seen_subcommand_from help" -f -a "create" -d 'Create a pod without starting it'
complete -c box -n "__fish_box_using_subcommand pod; and __fish_seen_subcommand_from help" -f -a "ps" -d 'List pods'
complete -c box -n "__fish_box_using_subcommand pod; and __fish_seen_subcommand_from help" -f -a "start" -d 'Start pods: all containers in them'
complete -c box -n "__fish_box_using_subcommand pod; and __fish_seen_subcommand_from help" -f -a "stop" -d 'Stop pods: all containers in them at the same time'
complete -c box -n "__fish_box_using_subcommand pod; and __fish_seen_subcommand_from help" -f -a "restart" -d 'Stop pods, and start them again'
complete -c box -n "__fish_box_using_subcommand pod; and __fish_seen_subcommand_from help" -f -a "kill" -d 'Send a signal to all containers of pods that run'
complete -c box -n "__fish_box_using_subcommand pod; and __fish_seen_subcommand_from help" -f -a "pause" -d 'Make the processes of pods stand still'
complete -c box -n "__fish_box_using_subcommand pod; and __fish_seen_subcommand_from help" -f -a "unpause" -d 'Let paused pods go on'
complete -c box -n "__fish_box_using_subcommand pod; and __fish_seen_subcommand_from help" -f -a "rm" -d 'Remove pods and all containers in them'
complete -c box -n "__fish_box_using_subcommand pod; and __fish_seen_subcommand_from help" -f -a "prune" -d 'Remove pods that have ended, and all containers in them'
complete -c box -n "__fish_box_using_subcommand pod; and __fish_seen_subcommand_from help" -f -a "inspect" -d 'Show everything about pods'
complete -c box -n "__fish_box_using_subcommand pod; and __fish_seen_subcommand_from help" -f -a "exists" -d 'Tell by the exit code whether it exists: 0 or 1'
complete -c box -n "__fish_box_using_subcommand pod; and __fish_seen_subcommand_from help" -f -a "logs" -d 'Show the output of the containers of a pod'
complete -c box -n "__fish_box_using_subcommand pod; and __fish_seen_subcommand_from help" -f -a "top" -d 'Show the processes of a pod'
complete -c box -n "__fish_box_using_subcommand pod; and __fish_seen_subcommand_from help" -f -a "stats" -d 'Show what the containers of pods use'
complete -c box -n "__fish_box_using_subcommand pod; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c box -n "__fish_box_using_subcommand volume; and not __fish_seen_subcommand_from create ls inspect rm prune exists export import help" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand volume; and not __fish_seen_subcommand_from create ls inspect rm prune exists export import help" -f -a "create" -d 'Create a volume'
complete -c box -n "__fish_box_using_subcommand volume; and not __fish_seen_subcommand_from create ls inspect rm prune exists export import help" -f -a "ls" -d 'List volumes'
complete -c box -n "__fish_box_using_subcommand volume; and not __fish_seen_subcommand_from create ls inspect rm prune exists export import help" -f -a "inspect" -d 'Show everything about containers, images, volumes, networks and pods'
complete -c box -n "__fish_box_using_subcommand volume; and not __fish_seen_subcommand_from create ls inspect rm prune exists export import help" -f -a "rm" -d 'Remove volumes'
complete -c box -n "__fish_box_using_subcommand volume; and not __fish_seen_subcommand_from create ls inspect rm prune exists export import help" -f -a "prune" -d 'Remove volumes that no container uses'
complete -c box -n "__fish_box_using_subcommand volume; and not __fish_seen_subcommand_from create ls inspect rm prune exists export import help" -f -a "exists" -d 'Tell by the exit code whether it exists: 0 or 1'
complete -c box -n "__fish_box_using_subcommand volume; and not __fish_seen_subcommand_from create ls inspect rm prune exists export import help" -f -a "export" -d 'Write what a volume holds to a tar archive'
complete -c box -n "__fish_box_using_subcommand volume; and not __fish_seen_subcommand_from create ls inspect rm prune exists export import help" -f -a "import" -d 'Unpack a tar archive in a volume'
complete -c box -n "__fish_box_using_subcommand volume; and not __fish_seen_subcommand_from create ls inspect rm prune exists export import help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c box -n "__fish_box_using_subcommand volume; and __fish_seen_subcommand_from create" -s l -l label -d 'Attach metadata' -r
complete -c box -n "__fish_box_using_subcommand volume; and __fish_seen_subcommand_from create" -s d -l driver -d 'Only `local` is supported' -r
complete -c box -n "__fish_box_using_subcommand volume; and __fish_seen_subcommand_from create" -s o -l opt -d 'An option of the driver: `type=none`, `o=bind` and `device=DIR` make it another name for a directory; `nocopy` has no container fill it with what its image has there' -r
complete -c box -n "__fish_box_using_subcommand volume; and __fish_seen_subcommand_from create" -l uid -d 'The user inside who owns it' -r
complete -c box -n "__fish_box_using_subcommand volume; and __fish_seen_subcommand_from create" -l gid -d 'The group inside that owns it' -r
complete -c box -n "__fish_box_using_subcommand volume; and __fish_seen_subcommand_from create" -l ignore -d 'Take the volume that is there, if there is one'
complete -c box -n "__fish_box_using_subcommand volume; and __fish_seen_subcommand_from create" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand volume; and __fish_seen_subcommand_from ls" -s f -l filter -d 'Only volumes for which this is so: after, dangling, driver, label, label!, name, opt, scope, since, until' -r
complete -c box -n "__fish_box_using_subcommand volume; and __fish_seen_subcommand_from ls" -l format -d 'Show each by a Go template, or all as `json`' -r
complete -c box -n "__fish_box_using_subcommand volume; and __fish_seen_subcommand_from ls" -s q -l quiet -d 'Print names only'
complete -c box -n "__fish_box_using_subcommand volume; and __fish_seen_subcommand_from ls" -l json -d 'Show it for programs: a versioned document of JSON on one line, as box-json(7) describes'
complete -c box -n "__fish_box_using_subcommand volume; and __fish_seen_subcommand_from ls" -s n -l noheading -d 'Print no headings'
complete -c box -n "__fish_box_using_subcommand volume; and __fish_seen_subcommand_from ls" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand volume; and __fish_seen_subcommand_from inspect" -s f -l format -d 'Show it by a Go template, or as `json` on one line' -r
complete -c box -n "__fish_box_using_subcommand volume; and __fish_seen_subcommand_from inspect" -s k -l type -d 'Only objects of this type' -r -f -a "all\t''
container\t''
image\t''
network\t''
pod\t''
volume\t''"
complete -c box -n "__fish_box_using_subcommand volume; and __fish_seen_subcommand_from inspect" -s s -l size -d 'Add how much a container has written'
complete -c box -n "__fish_box_using_subcommand volume; and __fish_seen_subcommand_from inspect" -s l -l latest -d 'The container made last'
complete -c box -n "__fish_box_using_subcommand volume; and __fish_seen_subcommand_from inspect" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand volume; and __fish_seen_subcommand_from rm" -s t -l time -d 'With --force, kill a container that has not ended after so many seconds' -r
complete -c box -n "__fish_box_using_subcommand volume; and __fish_seen_subcommand_from rm" -s f -l force -d 'Remove containers that use them too, running or not'
complete -c box -n "__fish_box_using_subcommand volume; and __fish_seen_subcommand_from rm" -s a -l all -d 'Remove all volumes'
complete -c box -n "__fish_box_using_subcommand volume; and __fish_seen_subcommand_from rm" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand volume; and __fish_seen_subcommand_from prune" -l filter -d 'Only volumes for which this is so: after, all, label, label!, since, until' -r
complete -c box -n "__fish_box_using_subcommand volume; and __fish_seen_subcommand_from prune" -s f -l force -d 'Do not ask'
complete -c box -n "__fish_box_using_subcommand volume; and __fish_seen_subcommand_from prune" -s a -l all -d 'Those with a name too, which Docker keeps without this'
complete -c box -n "__fish_box_using_subcommand volume; and __fish_seen_subcommand_from prune" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand volume; and __fish_seen_subcommand_from exists" -l external
complete -c box -n "__fish_box_using_subcommand volume; and __fish_seen_subcommand_from exists" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand volume; and __fish_seen_subcommand_from export" -s o -l output -d 'Write to this file instead of standard output' -r -F
complete -c box -n "__fish_box_using_subcommand volume; and __fish_seen_subcommand_from export" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand volume; and __fish_seen_subcommand_from import" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand volume; and __fish_seen_subcommand_from help" -f -a "create" -d 'Create a volume'
complete -c box -n "__fish_box_using_subcommand volume; and __fish_seen_subcommand_from help" -f -a "ls" -d 'List volumes'
complete -c box -n "__fish_box_using_subcommand volume; and __fish_seen_subcommand_from help" -f -a "inspect" -d 'Show everything about containers, images, volumes, networks and pods'
complete -c box -n "__fish_box_using_subcommand volume; and __fish_seen_subcommand_from help" -f -a "rm" -d 'Remove volumes'
complete -c box -n "__fish_box_using_subcommand volume; and __fish_seen_subcommand_from help" -f -a "prune" -d 'Remove volumes that no container uses'
complete -c box -n "__fish_box_using_subcommand volume; and __fish_seen_subcommand_from help" -f -a "exists" -d 'Tell by the exit code whether it exists: 0 or 1'
complete -c box -n "__fish_box_using_subcommand volume; and __fish_seen_subcommand_from help" -f -a "export" -d 'Write what a volume holds to a tar archive'
complete -c box -n "__fish_box_using_subcommand volume; and __fish_seen_subcommand_from help" -f -a "import" -d 'Unpack a tar archive in a volume'
complete -c box -n "__fish_box_using_subcommand volume; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c box -n "__fish_box_using_subcommand network; and not __fish_seen_subcommand_from create ls inspect rm prune exists connect disconnect log reload help" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand network; and not __fish_seen_subcommand_from create ls inspect rm prune exists connect disconnect log reload help" -f -a "create" -d 'Create a network'
complete -c box -n "__fish_box_using_subcommand network; and not __fish_seen_subcommand_from create ls inspect rm prune exists connect disconnect log reload help" -f -a "ls" -d 'List networks'
complete -c box -n "__fish_box_using_subcommand network; and not __fish_seen_subcommand_from create ls inspect rm prune exists connect disconnect log reload help" -f -a "inspect" -d 'Show everything about networks'
complete -c box -n "__fish_box_using_subcommand network; and not __fish_seen_subcommand_from create ls inspect rm prune exists connect disconnect log reload help" -f -a "rm" -d 'Remove networks'
complete -c box -n "__fish_box_using_subcommand network; and not __fish_seen_subcommand_from create ls inspect rm prune exists connect disconnect log reload help" -f -a "prune" -d 'Remove networks that no container is in'
complete -c box -n "__fish_box_using_subcommand network; and not __fish_seen_subcommand_from create ls inspect rm prune exists connect disconnect log reload help" -f -a "exists" -d 'Tell by the exit code whether it exists: 0 or 1'
complete -c box -n "__fish_box_using_subcommand network; and not __fish_seen_subcommand_from create ls inspect rm prune exists connect disconnect log reload help" -f -a "connect" -d 'Have a container be in one more network, at once where it runs'
complete -c box -n "__fish_box_using_subcommand network; and not __fish_seen_subcommand_from create ls inspect rm prune exists connect disconnect log reload help" -f -a "disconnect" -d 'Have a container be in a network no longer; connections that it has there end when they end'
complete -c box -n "__fish_box_using_subcommand network; and not __fish_seen_subcommand_from create ls inspect rm prune exists connect disconnect log reload help" -f -a "log" -d 'Show what a container has connected to and who has connected to it, as JSON'
complete -c box -n "__fish_box_using_subcommand network; and not __fish_seen_subcommand_from create ls inspect rm prune exists connect disconnect log reload help" -f -a "reload" -d 'Check that containers exist; their networks need no further care, whatever becomes of the host\'s firewall'
complete -c box -n "__fish_box_using_subcommand network; and not __fish_seen_subcommand_from create ls inspect rm prune exists connect disconnect log reload help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c box -n "__fish_box_using_subcommand network; and __fish_seen_subcommand_from create" -l label -d 'Attach metadata' -r
complete -c box -n "__fish_box_using_subcommand network; and __fish_seen_subcommand_from create" -s d -l driver -d 'Only `bridge` is supported: members reach each other' -r
complete -c box -n "__fish_box_using_subcommand network; and __fish_seen_subcommand_from create" -s o -l opt -d 'mtu=BYTES' -r
complete -c box -n "__fish_box_using_subcommand network; and __fish_seen_subcommand_from create" -l subnet -d 'Its addresses, one range of each version of IP; one of IPv4 that is free without' -r
complete -c box -n "__fish_box_using_subcommand network; and __fish_seen_subcommand_from create" -l gateway -d 'The address at which members find the host and the resolver; the first of the subnet without' -r
complete -c box -n "__fish_box_using_subcommand network; and __fish_seen_subcommand_from create" -l ip-range -d 'Choose the members\' addresses from this part of a subnet' -r
complete -c box -n "__fish_box_using_subcommand network; and __fish_seen_subcommand_from create" -l dns -d 'Ask this DNS server for names that no member has, not the host\'s' -r
complete -c box -n "__fish_box_using_subcommand network; and __fish_seen_subcommand_from create" -l ipam-driver -r -f -a "host-local\t''"
complete -c box -n "__fish_box_using_subcommand network; and __fish_seen_subcommand_from create" -l ignore -d 'Take the network that is there, if there is one'
complete -c box -n "__fish_box_using_subcommand network; and __fish_seen_subcommand_from create" -l ipv6 -d 'With a range of IPv6 addresses, a free one without --subnet'
complete -c box -n "__fish_box_using_subcommand network; and __fish_seen_subcommand_from create" -l internal -d 'Without a way out: members reach each other only'
complete -c box -n "__fish_box_using_subcommand network; and __fish_seen_subcommand_from create" -l disable-dns -d 'Members do not find each other by name'
complete -c box -n "__fish_box_using_subcommand network; and __fish_seen_subcommand_from create" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand network; and __fish_seen_subcommand_from ls" -s f -l filter -d 'Only networks for which this is so: dangling, dns-enabled, driver, id, label, label!, name, until' -r
complete -c box -n "__fish_box_using_subcommand network; and __fish_seen_subcommand_from ls" -l format -d 'Show each by a Go template, or all as `json`' -r
complete -c box -n "__fish_box_using_subcommand network; and __fish_seen_subcommand_from ls" -s q -l quiet -d 'Print names only'
complete -c box -n "__fish_box_using_subcommand network; and __fish_seen_subcommand_from ls" -l json -d 'Show it for programs: a versioned document of JSON on one line, as box-json(7) describes'
complete -c box -n "__fish_box_using_subcommand network; and __fish_seen_subcommand_from ls" -l no-trunc -d 'Show IDs in full'
complete -c box -n "__fish_box_using_subcommand network; and __fish_seen_subcommand_from ls" -s n -l noheading -d 'Print no headings'
complete -c box -n "__fish_box_using_subcommand network; and __fish_seen_subcommand_from ls" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand network; and __fish_seen_subcommand_from inspect" -s f -l format -d 'Show it by a Go template, or as `json` on one line' -r
complete -c box -n "__fish_box_using_subcommand network; and __fish_seen_subcommand_from inspect" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand network; and __fish_seen_subcommand_from rm" -s t -l time -d 'With --force, kill a container that has not ended after so many seconds' -r
complete -c box -n "__fish_box_using_subcommand network; and __fish_seen_subcommand_from rm" -s f -l force -d 'Remove containers that are in them too, running or not'
complete -c box -n "__fish_box_using_subcommand network; and __fish_seen_subcommand_from rm" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand network; and __fish_seen_subcommand_from prune" -l filter -d 'Only networks for which this is so: label, label!, until' -r
complete -c box -n "__fish_box_using_subcommand network; and __fish_seen_subcommand_from prune" -s f -l force -d 'Do not ask'
complete -c box -n "__fish_box_using_subcommand network; and __fish_seen_subcommand_from prune" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand network; and __fish_seen_subcommand_from exists" -l external
complete -c box -n "__fish_box_using_subcommand network; and __fish_seen_subcommand_from exists" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand network; and __fish_seen_subcommand_from connect" -l alias -d 'A further name by which members of the network find it' -r
complete -c box -n "__fish_box_using_subcommand network; and __fish_seen_subcommand_from connect" -l ip -d 'Its IPv4 address there' -r
complete -c box -n "__fish_box_using_subcommand network; and __fish_seen_subcommand_from connect" -l ip6 -d 'Its IPv6 address there' -r
complete -c box -n "__fish_box_using_subcommand network; and __fish_seen_subcommand_from connect" -l mac-address -d 'The MAC address of its interface there' -r
complete -c box -n "__fish_box_using_subcommand network; and __fish_seen_subcommand_from connect" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand network; and __fish_seen_subcommand_from disconnect" -s f -l force
complete -c box -n "__fish_box_using_subcommand network; and __fish_seen_subcommand_from disconnect" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand network; and __fish_seen_subcommand_from log" -l tail -d 'Show only the last lines' -r
complete -c box -n "__fish_box_using_subcommand network; and __fish_seen_subcommand_from log" -l since -d 'Show only what was said after this moment: a time, or so long ago (10m)' -r
complete -c box -n "__fish_box_using_subcommand network; and __fish_seen_subcommand_from log" -l until -d 'Show only what was said before this moment' -r
complete -c box -n "__fish_box_using_subcommand network; and __fish_seen_subcommand_from log" -s f -l follow -d 'Go on until the containers end'
complete -c box -n "__fish_box_using_subcommand network; and __fish_seen_subcommand_from log" -s l -l latest -d 'The container that was created last'
complete -c box -n "__fish_box_using_subcommand network; and __fish_seen_subcommand_from log" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand network; and __fish_seen_subcommand_from reload" -s a -l all -d 'All containers'
complete -c box -n "__fish_box_using_subcommand network; and __fish_seen_subcommand_from reload" -s l -l latest -d 'The container that was created last'
complete -c box -n "__fish_box_using_subcommand network; and __fish_seen_subcommand_from reload" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand network; and __fish_seen_subcommand_from help" -f -a "create" -d 'Create a network'
complete -c box -n "__fish_box_using_subcommand network; and __fish_seen_subcommand_from help" -f -a "ls" -d 'List networks'
complete -c box -n "__fish_box_using_subcommand network; and __fish_seen_subcommand_from help" -f -a "inspect" -d 'Show everything about networks'
complete -c box -n "__fish_box_using_subcommand network; and __fish_seen_subcommand_from help" -f -a "rm" -d 'Remove networks'
complete -c box -n "__fish_box_using_subcommand network; and __fish_seen_subcommand_from help" -f -a "prune" -d 'Remove networks that no container is in'
complete -c box -n "__fish_box_using_subcommand network; and __fish_seen_subcommand_from help" -f -a "exists" -d 'Tell by the exit code whether it exists: 0 or 1'
complete -c box -n "__fish_box_using_subcommand network; and __fish_seen_subcommand_from help" -f -a "connect" -d 'Have a container be in one more network, at once where it runs'
complete -c box -n "__fish_box_using_subcommand network; and __fish_seen_subcommand_from help" -f -a "disconnect" -d 'Have a container be in a network no longer; connections that it has there end when they end'
complete -c box -n "__fish_box_using_subcommand network; and __fish_seen_subcommand_from help" -f -a "log" -d 'Show what a container has connected to and who has connected to it, as JSON'
complete -c box -n "__fish_box_using_subcommand network; and __fish_seen_subcommand_from help" -f -a "reload" -d 'Check that containers exist; their networks need no further care, whatever becomes of the host\'s firewall'
complete -c box -n "__fish_box_using_subcommand network; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c box -n "__fish_box_using_subcommand secret; and not __fish_seen_subcommand_from create ls inspect rm exists help" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand secret; and not __fish_seen_subcommand_from create ls inspect rm exists help" -f -a "create" -d 'Create a secret'
complete -c box -n "__fish_box_using_subcommand secret; and not __fish_seen_subcommand_from create ls inspect rm exists help" -f -a "ls" -d 'List secrets'
complete -c box -n "__fish_box_using_subcommand secret; and not __fish_seen_subcommand_from create ls inspect rm exists help" -f -a "inspect" -d 'Show what is known of secrets'
complete -c box -n "__fish_box_using_subcommand secret; and not __fish_seen_subcommand_from create ls inspect rm exists help" -f -a "rm" -d 'Remove secrets; containers that have them keep their copies'
complete -c box -n "__fish_box_using_subcommand secret; and not __fish_seen_subcommand_from create ls inspect rm exists help" -f -a "exists" -d 'Tell by the exit code whether it exists: 0 or 1'
complete -c box -n "__fish_box_using_subcommand secret; and not __fish_seen_subcommand_from create ls inspect rm exists help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c box -n "__fish_box_using_subcommand secret; and __fish_seen_subcommand_from create" -s d -l driver -d 'Only `file` is supported' -r
complete -c box -n "__fish_box_using_subcommand secret; and __fish_seen_subcommand_from create" -l driver-opts -r
complete -c box -n "__fish_box_using_subcommand secret; and __fish_seen_subcommand_from create" -s l -l label -d 'Attach metadata' -r
complete -c box -n "__fish_box_using_subcommand secret; and __fish_seen_subcommand_from create" -s e -l env -d 'The last word names a variable of this environment instead of a file'
complete -c box -n "__fish_box_using_subcommand secret; and __fish_seen_subcommand_from create" -l replace -d 'Put it in the place of one that has the name'
complete -c box -n "__fish_box_using_subcommand secret; and __fish_seen_subcommand_from create" -l ignore -d 'Take the secret that is there, if there is one'
complete -c box -n "__fish_box_using_subcommand secret; and __fish_seen_subcommand_from create" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand secret; and __fish_seen_subcommand_from ls" -s f -l filter -d 'Only secrets for which this is so: id, name' -r
complete -c box -n "__fish_box_using_subcommand secret; and __fish_seen_subcommand_from ls" -l format -d 'Show each by a Go template, or all as `json`' -r
complete -c box -n "__fish_box_using_subcommand secret; and __fish_seen_subcommand_from ls" -s q -l quiet -d 'Print IDs only'
complete -c box -n "__fish_box_using_subcommand secret; and __fish_seen_subcommand_from ls" -l json -d 'Show it for programs: a versioned document of JSON on one line, as box-json(7) describes'
complete -c box -n "__fish_box_using_subcommand secret; and __fish_seen_subcommand_from ls" -s n -l noheading -d 'Print no headings'
complete -c box -n "__fish_box_using_subcommand secret; and __fish_seen_subcommand_from ls" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand secret; and __fish_seen_subcommand_from inspect" -s f -l format -d 'Show it by a Go template, or as `json` on one line' -r
complete -c box -n "__fish_box_using_subcommand secret; and __fish_seen_subcommand_from inspect" -l pretty -d 'Show it for people'
complete -c box -n "__fish_box_using_subcommand secret; and __fish_seen_subcommand_from inspect" -l showsecret -d 'Show what the secret is, too'
complete -c box -n "__fish_box_using_subcommand secret; and __fish_seen_subcommand_from inspect" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand secret; and __fish_seen_subcommand_from rm" -s a -l all -d 'Remove all secrets'
complete -c box -n "__fish_box_using_subcommand secret; and __fish_seen_subcommand_from rm" -s i -l ignore -d 'One that does not exist is no error'
complete -c box -n "__fish_box_using_subcommand secret; and __fish_seen_subcommand_from rm" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand secret; and __fish_seen_subcommand_from exists" -l external
complete -c box -n "__fish_box_using_subcommand secret; and __fish_seen_subcommand_from exists" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand secret; and __fish_seen_subcommand_from help" -f -a "create" -d 'Create a secret'
complete -c box -n "__fish_box_using_subcommand secret; and __fish_seen_subcommand_from help" -f -a "ls" -d 'List secrets'
complete -c box -n "__fish_box_using_subcommand secret; and __fish_seen_subcommand_from help" -f -a "inspect" -d 'Show what is known of secrets'
complete -c box -n "__fish_box_using_subcommand secret; and __fish_seen_subcommand_from help" -f -a "rm" -d 'Remove secrets; containers that have them keep their copies'
complete -c box -n "__fish_box_using_subcommand secret; and __fish_seen_subcommand_from help" -f -a "exists" -d 'Tell by the exit code whether it exists: 0 or 1'
complete -c box -n "__fish_box_using_subcommand secret; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c box -n "__fish_box_using_subcommand system; and not __fish_seen_subcommand_from check df events info migrate prune renumber reset help" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand system; and not __fish_seen_subcommand_from check df events info migrate prune renumber reset help" -f -a "check" -d 'Verify images and layers against their digests'
complete -c box -n "__fish_box_using_subcommand system; and not __fish_seen_subcommand_from check df events info migrate prune renumber reset help" -f -a "df" -d 'Show what images, containers and volumes take on disk'
complete -c box -n "__fish_box_using_subcommand system; and not __fish_seen_subcommand_from check df events info migrate prune renumber reset help" -f -a "events" -d 'Show what happens to containers, images and volumes'
complete -c box -n "__fish_box_using_subcommand system; and not __fish_seen_subcommand_from check df events info migrate prune renumber reset help" -f -a "info" -d 'Show what this machine offers to containers'
complete -c box -n "__fish_box_using_subcommand system; and not __fish_seen_subcommand_from check df events info migrate prune renumber reset help" -f -a "migrate" -d 'Do nothing: any version of box reads the records of any other'
complete -c box -n "__fish_box_using_subcommand system; and not __fish_seen_subcommand_from check df events info migrate prune renumber reset help" -f -a "prune" -d 'Remove pods and containers that do not run, and networks, images and volumes that nobody needs'
complete -c box -n "__fish_box_using_subcommand system; and not __fish_seen_subcommand_from check df events info migrate prune renumber reset help" -f -a "renumber" -d 'Do nothing: locks have no numbers'
complete -c box -n "__fish_box_using_subcommand system; and not __fish_seen_subcommand_from check df events info migrate prune renumber reset help" -f -a "reset" -d 'Remove all containers, images and volumes, as if nothing had ever been done'
complete -c box -n "__fish_box_using_subcommand system; and not __fish_seen_subcommand_from check df events info migrate prune renumber reset help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c box -n "__fish_box_using_subcommand system; and __fish_seen_subcommand_from check" -s m -l max -d 'A layer that no image and no container has had for so long counts as damaged' -r
complete -c box -n "__fish_box_using_subcommand system; and __fish_seen_subcommand_from check" -s q -l quick -d 'Pass over what takes long: do not look into layers'
complete -c box -n "__fish_box_using_subcommand system; and __fish_seen_subcommand_from check" -s r -l repair -d 'Put right what can be: from what layers were unpacked from, or from the registry that an image came from'
complete -c box -n "__fish_box_using_subcommand system; and __fish_seen_subcommand_from check" -s f -l force -d 'Put right what can be, and remove images that cannot'
complete -c box -n "__fish_box_using_subcommand system; and __fish_seen_subcommand_from check" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand system; and __fish_seen_subcommand_from df" -l format -d 'Show the list as `json`, `table [TEMPLATE]`, or by a Go template' -r
complete -c box -n "__fish_box_using_subcommand system; and __fish_seen_subcommand_from df" -s v -l verbose -d 'Show each image, container and volume'
complete -c box -n "__fish_box_using_subcommand system; and __fish_seen_subcommand_from df" -l json -d 'Show it for programs: a versioned document of JSON on one line, as box-json(7) describes'
complete -c box -n "__fish_box_using_subcommand system; and __fish_seen_subcommand_from df" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand system; and __fish_seen_subcommand_from events" -s f -l filter -d 'Only events for which this is so: container, event, id, image, label, label!, network, pod, secret, type, volume' -r
complete -c box -n "__fish_box_using_subcommand system; and __fish_seen_subcommand_from events" -l format -d 'Show events as `json`, one object a line, or by a Go template' -r
complete -c box -n "__fish_box_using_subcommand system; and __fish_seen_subcommand_from events" -l since -d 'Begin with what happened at this moment: a time, or so long ago (10m)' -r
complete -c box -n "__fish_box_using_subcommand system; and __fish_seen_subcommand_from events" -l until -d 'End at this moment; `-10m` is one to come' -r
complete -c box -n "__fish_box_using_subcommand system; and __fish_seen_subcommand_from events" -l stream -d 'Wait for further events; with `false`, show those that there are' -r
complete -c box -n "__fish_box_using_subcommand system; and __fish_seen_subcommand_from events" -l no-trunc -d 'Show whole IDs; with `false`, their beginnings' -r
complete -c box -n "__fish_box_using_subcommand system; and __fish_seen_subcommand_from events" -l json -d 'Show it for programs: a versioned document of JSON on one line, as box-json(7) describes'
complete -c box -n "__fish_box_using_subcommand system; and __fish_seen_subcommand_from events" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c box -n "__fish_box_using_subcommand system; and __fish_seen_subcommand_from info" -s f -l format -d 'Show it as `json` or by a Go template' -r
complete -c box -n "__fish_box_using_subcommand system; and __fish_seen_subcommand_from info" -s D -l debug
complete -c box -n "__fish_box_using_subcommand system; and __fish_seen_subcommand_from info" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand system; and __fish_seen_subcommand_from migrate" -l new-runtime -r
complete -c box -n "__fish_box_using_subcommand system; and __fish_seen_subcommand_from migrate" -l migrate-db
complete -c box -n "__fish_box_using_subcommand system; and __fish_seen_subcommand_from migrate" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand system; and __fish_seen_subcommand_from prune" -l filter -d 'Only things for which this is so: label, label!, until' -r
complete -c box -n "__fish_box_using_subcommand system; and __fish_seen_subcommand_from prune" -s a -l all -d 'Remove all images that no container uses, with a name or without, and all broken-off downloads'
complete -c box -n "__fish_box_using_subcommand system; and __fish_seen_subcommand_from prune" -s f -l force -d 'Do not ask'
complete -c box -n "__fish_box_using_subcommand system; and __fish_seen_subcommand_from prune" -l volumes -d 'Also remove volumes that no container uses'
complete -c box -n "__fish_box_using_subcommand system; and __fish_seen_subcommand_from prune" -l build -d 'Also remove images without a name that others are built on, which builds keep to be faster'
complete -c box -n "__fish_box_using_subcommand system; and __fish_seen_subcommand_from prune" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand system; and __fish_seen_subcommand_from renumber" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand system; and __fish_seen_subcommand_from reset" -s f -l force -d 'Do not ask'
complete -c box -n "__fish_box_using_subcommand system; and __fish_seen_subcommand_from reset" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand system; and __fish_seen_subcommand_from help" -f -a "check" -d 'Verify images and layers against their digests'
complete -c box -n "__fish_box_using_subcommand system; and __fish_seen_subcommand_from help" -f -a "df" -d 'Show what images, containers and volumes take on disk'
complete -c box -n "__fish_box_using_subcommand system; and __fish_seen_subcommand_from help" -f -a "events" -d 'Show what happens to containers, images and volumes'
complete -c box -n "__fish_box_using_subcommand system; and __fish_seen_subcommand_from help" -f -a "info" -d 'Show what this machine offers to containers'
complete -c box -n "__fish_box_using_subcommand system; and __fish_seen_subcommand_from help" -f -a "migrate" -d 'Do nothing: any version of box reads the records of any other'
complete -c box -n "__fish_box_using_subcommand system; and __fish_seen_subcommand_from help" -f -a "prune" -d 'Remove pods and containers that do not run, and networks, images and volumes that nobody needs'
complete -c box -n "__fish_box_using_subcommand system; and __fish_seen_subcommand_from help" -f -a "renumber" -d 'Do nothing: locks have no numbers'
complete -c box -n "__fish_box_using_subcommand system; and __fish_seen_subcommand_from help" -f -a "reset" -d 'Remove all containers, images and volumes, as if nothing had ever been done'
complete -c box -n "__fish_box_using_subcommand system; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c box -n "__fish_box_using_subcommand oci; and not __fish_seen_subcommand_from create start run state kill delete list exec pause resume ps update features help" -l root -d 'Record containers in this directory' -r -F
complete -c box -n "__fish_box_using_subcommand oci; and not __fish_seen_subcommand_from create start run state kill delete list exec pause resume ps update features help" -l log -d 'Also write errors into this file' -r -F
complete -c box -n "__fish_box_using_subcommand oci; and not __fish_seen_subcommand_from create start run state kill delete list exec pause resume ps update features help" -l log-format -d 'Write them there in this form' -r -f -a "text\t''
json\t''"
complete -c box -n "__fish_box_using_subcommand oci; and not __fish_seen_subcommand_from create start run state kill delete list exec pause resume ps update features help" -l log-level -r
complete -c box -n "__fish_box_using_subcommand oci; and not __fish_seen_subcommand_from create start run state kill delete list exec pause resume ps update features help" -l rootless -r
complete -c box -n "__fish_box_using_subcommand oci; and not __fish_seen_subcommand_from create start run state kill delete list exec pause resume ps update features help" -l debug
complete -c box -n "__fish_box_using_subcommand oci; and not __fish_seen_subcommand_from create start run state kill delete list exec pause resume ps update features help" -l systemd-cgroup -d 'Have systemd make the control groups; linux.cgroupsPath is then slice:prefix:name'
complete -c box -n "__fish_box_using_subcommand oci; and not __fish_seen_subcommand_from create start run state kill delete list exec pause resume ps update features help" -s v -l version -d 'Print the version, and that of the specification'
complete -c box -n "__fish_box_using_subcommand oci; and not __fish_seen_subcommand_from create start run state kill delete list exec pause resume ps update features help" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand oci; and not __fish_seen_subcommand_from create start run state kill delete list exec pause resume ps update features help" -f -a "create" -d 'Create a container that waits to be started'
complete -c box -n "__fish_box_using_subcommand oci; and not __fish_seen_subcommand_from create start run state kill delete list exec pause resume ps update features help" -f -a "start" -d 'Start a container that was created'
complete -c box -n "__fish_box_using_subcommand oci; and not __fish_seen_subcommand_from create start run state kill delete list exec pause resume ps update features help" -f -a "run" -d 'Create and start a container, and wait for its end'
complete -c box -n "__fish_box_using_subcommand oci; and not __fish_seen_subcommand_from create start run state kill delete list exec pause resume ps update features help" -f -a "state" -d 'Print the state of a container, as JSON'
complete -c box -n "__fish_box_using_subcommand oci; and not __fish_seen_subcommand_from create start run state kill delete list exec pause resume ps update features help" -f -a "kill" -d 'Send a signal to a container'
complete -c box -n "__fish_box_using_subcommand oci; and not __fish_seen_subcommand_from create start run state kill delete list exec pause resume ps update features help" -f -a "delete" -d 'Remove a container that has ended'
complete -c box -n "__fish_box_using_subcommand oci; and not __fish_seen_subcommand_from create start run state kill delete list exec pause resume ps update features help" -f -a "list" -d 'List containers'
complete -c box -n "__fish_box_using_subcommand oci; and not __fish_seen_subcommand_from create start run state kill delete list exec pause resume ps update features help" -f -a "exec" -d 'Run a further process in a container'
complete -c box -n "__fish_box_using_subcommand oci; and not __fish_seen_subcommand_from create start run state kill delete list exec pause resume ps update features help" -f -a "pause" -d 'Make all processes of a container stand still'
complete -c box -n "__fish_box_using_subcommand oci; and not __fish_seen_subcommand_from create start run state kill delete list exec pause resume ps update features help" -f -a "resume" -d 'Wake a paused container'
complete -c box -n "__fish_box_using_subcommand oci; and not __fish_seen_subcommand_from create start run state kill delete list exec pause resume ps update features help" -f -a "ps" -d 'Print the numbers of a container\'s processes'
complete -c box -n "__fish_box_using_subcommand oci; and not __fish_seen_subcommand_from create start run state kill delete list exec pause resume ps update features help" -f -a "update" -d 'Change the limits of a container'
complete -c box -n "__fish_box_using_subcommand oci; and not __fish_seen_subcommand_from create start run state kill delete list exec pause resume ps update features help" -f -a "features" -d 'Print what this runtime can do, as JSON'
complete -c box -n "__fish_box_using_subcommand oci; and not __fish_seen_subcommand_from create start run state kill delete list exec pause resume ps update features help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c box -n "__fish_box_using_subcommand oci; and __fish_seen_subcommand_from create" -s b -l bundle -d 'The directory with config.json' -r -F
complete -c box -n "__fish_box_using_subcommand oci; and __fish_seen_subcommand_from create" -l console-socket -d 'Give the terminal to whoever listens at this socket' -r -F
complete -c box -n "__fish_box_using_subcommand oci; and __fish_seen_subcommand_from create" -l pid-file -d 'Write the number of process 1 into this file' -r -F
complete -c box -n "__fish_box_using_subcommand oci; and __fish_seen_subcommand_from create" -l preserve-fds -d 'Pass on so many descriptors beyond standard error: 3, 4 and so on' -r
complete -c box -n "__fish_box_using_subcommand oci; and __fish_seen_subcommand_from create" -l preserve-fd -d 'Pass on these descriptors, such as 3,7' -r
complete -c box -n "__fish_box_using_subcommand oci; and __fish_seen_subcommand_from create" -l no-new-keyring -d 'Leave the container in the caller\'s session keyring'
complete -c box -n "__fish_box_using_subcommand oci; and __fish_seen_subcommand_from create" -l no-pivot
complete -c box -n "__fish_box_using_subcommand oci; and __fish_seen_subcommand_from create" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand oci; and __fish_seen_subcommand_from start" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand oci; and __fish_seen_subcommand_from run" -l detach-keys -d 'Leave the container running with these keys; empty for none' -r
complete -c box -n "__fish_box_using_subcommand oci; and __fish_seen_subcommand_from run" -l sig-proxy -d 'Pass signals on to the program' -r
complete -c box -n "__fish_box_using_subcommand oci; and __fish_seen_subcommand_from run" -s b -l bundle -d 'The directory with config.json' -r -F
complete -c box -n "__fish_box_using_subcommand oci; and __fish_seen_subcommand_from run" -l console-socket -d 'Give the terminal to whoever listens at this socket' -r -F
complete -c box -n "__fish_box_using_subcommand oci; and __fish_seen_subcommand_from run" -l pid-file -d 'Write the number of process 1 into this file' -r -F
complete -c box -n "__fish_box_using_subcommand oci; and __fish_seen_subcommand_from run" -l preserve-fds -d 'Pass on so many descriptors beyond standard error: 3, 4 and so on' -r
complete -c box -n "__fish_box_using_subcommand oci; and __fish_seen_subcommand_from run" -l preserve-fd -d 'Pass on these descriptors, such as 3,7' -r
complete -c box -n "__fish_box_using_subcommand oci; and __fish_seen_subcommand_from run" -s d -l detach -d 'Do not wait'
complete -c box -n "__fish_box_using_subcommand oci; and __fish_seen_subcommand_from run" -l keep -d 'Keep the container when it has ended'
complete -c box -n "__fish_box_using_subcommand oci; and __fish_seen_subcommand_from run" -l no-subreaper
complete -c box -n "__fish_box_using_subcommand oci; and __fish_seen_subcommand_from run" -l no-new-keyring -d 'Leave the container in the caller\'s session keyring'
complete -c box -n "__fish_box_using_subcommand oci; and __fish_seen_subcommand_from run" -l no-pivot
complete -c box -n "__fish_box_using_subcommand oci; and __fish_seen_subcommand_from run" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand oci; and __fish_seen_subcommand_from state" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand oci; and __fish_seen_subcommand_from kill" -s a -l all -d 'To all of its processes'
complete -c box -n "__fish_box_using_subcommand oci; and __fish_seen_subcommand_from kill" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand oci; and __fish_seen_subcommand_from delete" -s f -l force -d 'Kill it first, and do not mind if it is not there'
complete -c box -n "__fish_box_using_subcommand oci; and __fish_seen_subcommand_from delete" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand oci; and __fish_seen_subcommand_from list" -s f -l format -d 'The form of the list' -r -f -a "table\t''
json\t''"
complete -c box -n "__fish_box_using_subcommand oci; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Only their ids'
complete -c box -n "__fish_box_using_subcommand oci; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand oci; and __fish_seen_subcommand_from exec" -s p -l process -d 'A file like process of config.json' -r -F
complete -c box -n "__fish_box_using_subcommand oci; and __fish_seen_subcommand_from exec" -l console-socket -d 'Give the terminal to whoever listens at this socket' -r -F
complete -c box -n "__fish_box_using_subcommand oci; and __fish_seen_subcommand_from exec" -l pid-file -d 'Write the number of the process into this file' -r -F
complete -c box -n "__fish_box_using_subcommand oci; and __fish_seen_subcommand_from exec" -l cwd -d 'Start in this directory' -r
complete -c box -n "__fish_box_using_subcommand oci; and __fish_seen_subcommand_from exec" -s e -l env -d 'Set a variable' -r
complete -c box -n "__fish_box_using_subcommand oci; and __fish_seen_subcommand_from exec" -s u -l user -d 'Run with these numbers' -r
complete -c box -n "__fish_box_using_subcommand oci; and __fish_seen_subcommand_from exec" -s g -l additional-gids -d 'Be in these groups, too' -r
complete -c box -n "__fish_box_using_subcommand oci; and __fish_seen_subcommand_from exec" -s c -l cap -d 'Add a capability' -r
complete -c box -n "__fish_box_using_subcommand oci; and __fish_seen_subcommand_from exec" -l detach-keys -d 'Leave the container running with these keys; empty for none' -r
complete -c box -n "__fish_box_using_subcommand oci; and __fish_seen_subcommand_from exec" -l sig-proxy -d 'Pass signals on to the program' -r
complete -c box -n "__fish_box_using_subcommand oci; and __fish_seen_subcommand_from exec" -l preserve-fds -d 'Pass on so many descriptors beyond standard error: 3, 4 and so on' -r
complete -c box -n "__fish_box_using_subcommand oci; and __fish_seen_subcommand_from exec" -l preserve-fd -d 'Pass on these descriptors, such as 3,7' -r
complete -c box -n "__fish_box_using_subcommand oci; and __fish_seen_subcommand_from exec" -s d -l detach -d 'Do not wait for its end'
complete -c box -n "__fish_box_using_subcommand oci; and __fish_seen_subcommand_from exec" -s t -l tty -d 'Give it a terminal'
complete -c box -n "__fish_box_using_subcommand oci; and __fish_seen_subcommand_from exec" -l no-new-privs -d 'Forbid it to gain rights'
complete -c box -n "__fish_box_using_subcommand oci; and __fish_seen_subcommand_from exec" -l no-new-keyring -d 'Leave it in the caller\'s session keyring'
complete -c box -n "__fish_box_using_subcommand oci; and __fish_seen_subcommand_from exec" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand oci; and __fish_seen_subcommand_from pause" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand oci; and __fish_seen_subcommand_from resume" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand oci; and __fish_seen_subcommand_from ps" -s f -l format -d 'The form of the list' -r -f -a "table\t''
json\t''"
complete -c box -n "__fish_box_using_subcommand oci; and __fish_seen_subcommand_from ps" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand oci; and __fish_seen_subcommand_from update" -s r -l resources -d 'A file like linux.resources of config.json; `-` is standard input' -r -F
complete -c box -n "__fish_box_using_subcommand oci; and __fish_seen_subcommand_from update" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand oci; and __fish_seen_subcommand_from features" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand oci; and __fish_seen_subcommand_from help" -f -a "create" -d 'Create a container that waits to be started'
complete -c box -n "__fish_box_using_subcommand oci; and __fish_seen_subcommand_from help" -f -a "start" -d 'Start a container that was created'
complete -c box -n "__fish_box_using_subcommand oci; and __fish_seen_subcommand_from help" -f -a "run" -d 'Create and start a container, and wait for its end'
complete -c box -n "__fish_box_using_subcommand oci; and __fish_seen_subcommand_from help" -f -a "state" -d 'Print the state of a container, as JSON'
complete -c box -n "__fish_box_using_subcommand oci; and __fish_seen_subcommand_from help" -f -a "kill" -d 'Send a signal to a container'
complete -c box -n "__fish_box_using_subcommand oci; and __fish_seen_subcommand_from help" -f -a "delete" -d 'Remove a container that has ended'
complete -c box -n "__fish_box_using_subcommand oci; and __fish_seen_subcommand_from help" -f -a "list" -d 'List containers'
complete -c box -n "__fish_box_using_subcommand oci; and __fish_seen_subcommand_from help" -f -a "exec" -d 'Run a further process in a container'
complete -c box -n "__fish_box_using_subcommand oci; and __fish_seen_subcommand_from help" -f -a "pause" -d 'Make all processes of a container stand still'
complete -c box -n "__fish_box_using_subcommand oci; and __fish_seen_subcommand_from help" -f -a "resume" -d 'Wake a paused container'
complete -c box -n "__fish_box_using_subcommand oci; and __fish_seen_subcommand_from help" -f -a "ps" -d 'Print the numbers of a container\'s processes'
complete -c box -n "__fish_box_using_subcommand oci; and __fish_seen_subcommand_from help" -f -a "update" -d 'Change the limits of a container'
complete -c box -n "__fish_box_using_subcommand oci; and __fish_seen_subcommand_from help" -f -a "features" -d 'Print what this runtime can do, as JSON'
complete -c box -n "__fish_box_using_subcommand oci; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c box -n "__fish_box_using_subcommand unit; and not __fish_seen_subcommand_from install show ls remove from-run from-container generate help" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand unit; and not __fish_seen_subcommand_from install show ls remove from-run from-container generate help" -f -a "install" -d 'Make real services of unit files, so that systemctl can enable them'
complete -c box -n "__fish_box_using_subcommand unit; and not __fish_seen_subcommand_from install show ls remove from-run from-container generate help" -f -a "show" -d 'Print the services that stand for unit files'
complete -c box -n "__fish_box_using_subcommand unit; and not __fish_seen_subcommand_from install show ls remove from-run from-container generate help" -f -a "ls" -d 'List the services that were installed'
complete -c box -n "__fish_box_using_subcommand unit; and not __fish_seen_subcommand_from install show ls remove from-run from-container generate help" -f -a "remove" -d 'Remove services that were installed'
complete -c box -n "__fish_box_using_subcommand unit; and not __fish_seen_subcommand_from install show ls remove from-run from-container generate help" -f -a "from-run" -d 'Write a unit file for a command line of `run`'
complete -c box -n "__fish_box_using_subcommand unit; and not __fish_seen_subcommand_from install show ls remove from-run from-container generate help" -f -a "from-container" -d 'Write a unit file for a container that is there, from the command line that made it'
complete -c box -n "__fish_box_using_subcommand unit; and not __fish_seen_subcommand_from install show ls remove from-run from-container generate help" -f -a "generate" -d 'Make services of all unit files there are, for systemd'
complete -c box -n "__fish_box_using_subcommand unit; and not __fish_seen_subcommand_from install show ls remove from-run from-container generate help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c box -n "__fish_box_using_subcommand unit; and __fish_seen_subcommand_from install" -l replace -d 'Write what is there already anew'
complete -c box -n "__fish_box_using_subcommand unit; and __fish_seen_subcommand_from install" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand unit; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand unit; and __fish_seen_subcommand_from ls" -l json -d 'Show it for programs: a versioned document of JSON on one line, as box-json(7) describes'
complete -c box -n "__fish_box_using_subcommand unit; and __fish_seen_subcommand_from ls" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand unit; and __fish_seen_subcommand_from remove" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand unit; and __fish_seen_subcommand_from from-run" -l description -d 'What the unit is about' -r
complete -c box -n "__fish_box_using_subcommand unit; and __fish_seen_subcommand_from from-run" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand unit; and __fish_seen_subcommand_from from-container" -l description -d 'What the unit is about' -r
complete -c box -n "__fish_box_using_subcommand unit; and __fish_seen_subcommand_from from-container" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand unit; and __fish_seen_subcommand_from generate" -l dryrun -d 'Print them instead'
complete -c box -n "__fish_box_using_subcommand unit; and __fish_seen_subcommand_from generate" -l user -d 'Those of users, not of the machine'
complete -c box -n "__fish_box_using_subcommand unit; and __fish_seen_subcommand_from generate" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand unit; and __fish_seen_subcommand_from help" -f -a "install" -d 'Make real services of unit files, so that systemctl can enable them'
complete -c box -n "__fish_box_using_subcommand unit; and __fish_seen_subcommand_from help" -f -a "show" -d 'Print the services that stand for unit files'
complete -c box -n "__fish_box_using_subcommand unit; and __fish_seen_subcommand_from help" -f -a "ls" -d 'List the services that were installed'
complete -c box -n "__fish_box_using_subcommand unit; and __fish_seen_subcommand_from help" -f -a "remove" -d 'Remove services that were installed'
complete -c box -n "__fish_box_using_subcommand unit; and __fish_seen_subcommand_from help" -f -a "from-run" -d 'Write a unit file for a command line of `run`'
complete -c box -n "__fish_box_using_subcommand unit; and __fish_seen_subcommand_from help" -f -a "from-container" -d 'Write a unit file for a container that is there, from the command line that made it'
complete -c box -n "__fish_box_using_subcommand unit; and __fish_seen_subcommand_from help" -f -a "generate" -d 'Make services of all unit files there are, for systemd'
complete -c box -n "__fish_box_using_subcommand unit; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c box -n "__fish_box_using_subcommand generate; and not __fish_seen_subcommand_from systemd help" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand generate; and not __fish_seen_subcommand_from systemd help" -f -a "systemd" -d 'Print services of systemd for containers and pods that are there; unit files (box-quadlet(5)) are simpler'
complete -c box -n "__fish_box_using_subcommand generate; and not __fish_seen_subcommand_from systemd help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c box -n "__fish_box_using_subcommand generate; and __fish_seen_subcommand_from systemd" -l format -d 'Print a document of `json`' -r -f -a "json\t''"
complete -c box -n "__fish_box_using_subcommand generate; and __fish_seen_subcommand_from systemd" -l restart-policy -d 'When systemd starts it again' -r -f -a "no\t''
always\t''
on-success\t''
on-failure\t''
on-abnormal\t''
on-abort\t''
on-watchdog\t''"
complete -c box -n "__fish_box_using_subcommand generate; and __fish_seen_subcommand_from systemd" -l restart-sec -d 'Seconds before it does' -r
complete -c box -n "__fish_box_using_subcommand generate; and __fish_seen_subcommand_from systemd" -l start-timeout -d 'Seconds that a start may take' -r
complete -c box -n "__fish_box_using_subcommand generate; and __fish_seen_subcommand_from systemd" -s t -l stop-timeout -d 'Seconds before a container that does not stop is killed; the container\'s own without' -r
complete -c box -n "__fish_box_using_subcommand generate; and __fish_seen_subcommand_from systemd" -l container-prefix -d 'What names of services of containers begin with' -r
complete -c box -n "__fish_box_using_subcommand generate; and __fish_seen_subcommand_from systemd" -l pod-prefix -d 'What names of services of pods begin with' -r
complete -c box -n "__fish_box_using_subcommand generate; and __fish_seen_subcommand_from systemd" -l separator -d 'What stands after that' -r
complete -c box -n "__fish_box_using_subcommand generate; and __fish_seen_subcommand_from systemd" -s e -l env -d 'Set a variable in the service; without a value, as it is here' -r
complete -c box -n "__fish_box_using_subcommand generate; and __fish_seen_subcommand_from systemd" -l after -d 'Add a unit to After=' -r
complete -c box -n "__fish_box_using_subcommand generate; and __fish_seen_subcommand_from systemd" -l requires -d 'Add a unit to Requires=' -r
complete -c box -n "__fish_box_using_subcommand generate; and __fish_seen_subcommand_from systemd" -l wants -d 'Add a unit to Wants=' -r
complete -c box -n "__fish_box_using_subcommand generate; and __fish_seen_subcommand_from systemd" -s n -l name -d 'Name things by their names, not by their IDs'
complete -c box -n "__fish_box_using_subcommand generate; and __fish_seen_subcommand_from systemd" -s f -l files -d 'Write each service into a file of the working directory'
complete -c box -n "__fish_box_using_subcommand generate; and __fish_seen_subcommand_from systemd" -l new -d 'Make them anew at each start, by the command lines that they were made by, and remove them at each stop'
complete -c box -n "__fish_box_using_subcommand generate; and __fish_seen_subcommand_from systemd" -l template -d 'With --new: a template, whose instances have containers of their own'
complete -c box -n "__fish_box_using_subcommand generate; and __fish_seen_subcommand_from systemd" -l no-header -d 'Say nothing of where the service comes from'
complete -c box -n "__fish_box_using_subcommand generate; and __fish_seen_subcommand_from systemd" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand generate; and __fish_seen_subcommand_from help" -f -a "systemd" -d 'Print services of systemd for containers and pods that are there; unit files (box-quadlet(5)) are simpler'
complete -c box -n "__fish_box_using_subcommand generate; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c box -n "__fish_box_using_subcommand unshare" -l rootless-netns
complete -c box -n "__fish_box_using_subcommand unshare" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand completion" -s f -l file -d 'Write it to this file instead' -r -F
complete -c box -n "__fish_box_using_subcommand completion" -l no-desc -d 'Without descriptions, which of these shells only zsh and fish show'
complete -c box -n "__fish_box_using_subcommand completion" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand version" -s f -l format -d 'Show it as `json` or by a Go template' -r
complete -c box -n "__fish_box_using_subcommand version" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand docs" -s h -l help -d 'Print help'
complete -c box -n "__fish_box_using_subcommand help; and not __fish_seen_subcommand_from run create start stop restart kill rm exec top stats update pause unpause attach logs wait port rename cp commit export pull push save load search tag untag history import ps images rmi inspect diff login logout info events auto-update doctor container image manifest healthcheck pod volume network secret system oci unit generate unshare completion version docs help" -f -a "run" -d 'Run a program in a new container'
complete -c box -n "__fish_box_using_subcommand help; and not __fish_seen_subcommand_from run create start stop restart kill rm exec top stats update pause unpause attach logs wait port rename cp commit export pull push save load search tag untag history import ps images rmi inspect diff login logout info events auto-update doctor container image manifest healthcheck pod volume network secret system oci unit generate unshare completion version docs help" -f -a "create" -d 'Create a container without starting it'
complete -c box -n "__fish_box_using_subcommand help; and not __fish_seen_subcommand_from run create start stop restart kill rm exec top stats update pause unpause attach logs wait port rename cp commit export pull push save load search tag untag history import ps images rmi inspect diff login logout info events auto-update doctor container image manifest healthcheck pod volume network secret system oci unit generate unshare completion version docs help" -f -a "start" -d 'Start containers'
complete -c box -n "__fish_box_using_subcommand help; and not __fish_seen_subcommand_from run create start stop restart kill rm exec top stats update pause unpause attach logs wait port rename cp commit export pull push save load search tag untag history import ps images rmi inspect diff login logout info events auto-update doctor container image manifest healthcheck pod volume network secret system oci unit generate unshare completion version docs help" -f -a "stop" -d 'Stop containers'
complete -c box -n "__fish_box_using_subcommand help; and not __fish_seen_subcommand_from run create start stop restart kill rm exec top stats update pause unpause attach logs wait port rename cp commit export pull push save load search tag untag history import ps images rmi inspect diff login logout info events auto-update doctor container image manifest healthcheck pod volume network secret system oci unit generate unshare completion version docs help" -f -a "restart" -d 'Restart containers'
complete -c box -n "__fish_box_using_subcommand help; and not __fish_seen_subcommand_from run create start stop restart kill rm exec top stats update pause unpause attach logs wait port rename cp commit export pull push save load search tag untag history import ps images rmi inspect diff login logout info events auto-update doctor container image manifest healthcheck pod volume network secret system oci unit generate unshare completion version docs help" -f -a "kill" -d 'Send a signal to running containers'
complete -c box -n "__fish_box_using_subcommand help; and not __fish_seen_subcommand_from run create start stop restart kill rm exec top stats update pause unpause attach logs wait port rename cp commit export pull push save load search tag untag history import ps images rmi inspect diff login logout info events auto-update doctor container image manifest healthcheck pod volume network secret system oci unit generate unshare completion version docs help" -f -a "rm" -d 'Remove containers'
complete -c box -n "__fish_box_using_subcommand help; and not __fish_seen_subcommand_from run create start stop restart kill rm exec top stats update pause unpause attach logs wait port rename cp commit export pull push save load search tag untag history import ps images rmi inspect diff login logout info events auto-update doctor container image manifest healthcheck pod volume network secret system oci unit generate unshare completion version docs help" -f -a "exec" -d 'Run a program in a running container'
complete -c box -n "__fish_box_using_subcommand help; and not __fish_seen_subcommand_from run create start stop restart kill rm exec top stats update pause unpause attach logs wait port rename cp commit export pull push save load search tag untag history import ps images rmi inspect diff login logout info events auto-update doctor container image manifest healthcheck pod volume network secret system oci unit generate unshare completion version docs help" -f -a "top" -d 'Show the processes of a container'
complete -c box -n "__fish_box_using_subcommand help; and not __fish_seen_subcommand_from run create start stop restart kill rm exec top stats update pause unpause attach logs wait port rename cp commit export pull push save load search tag untag history import ps images rmi inspect diff login logout info events auto-update doctor container image manifest healthcheck pod volume network secret system oci unit generate unshare completion version docs help" -f -a "stats" -d 'Show what containers use'
complete -c box -n "__fish_box_using_subcommand help; and not __fish_seen_subcommand_from run create start stop restart kill rm exec top stats update pause unpause attach logs wait port rename cp commit export pull push save load search tag untag history import ps images rmi inspect diff login logout info events auto-update doctor container image manifest healthcheck pod volume network secret system oci unit generate unshare completion version docs help" -f -a "update" -d 'Change the limits and ports of a container, at once where it runs'
complete -c box -n "__fish_box_using_subcommand help; and not __fish_seen_subcommand_from run create start stop restart kill rm exec top stats update pause unpause attach logs wait port rename cp commit export pull push save load search tag untag history import ps images rmi inspect diff login logout info events auto-update doctor container image manifest healthcheck pod volume network secret system oci unit generate unshare completion version docs help" -f -a "pause" -d 'Make the processes of containers stand still'
complete -c box -n "__fish_box_using_subcommand help; and not __fish_seen_subcommand_from run create start stop restart kill rm exec top stats update pause unpause attach logs wait port rename cp commit export pull push save load search tag untag history import ps images rmi inspect diff login logout info events auto-update doctor container image manifest healthcheck pod volume network secret system oci unit generate unshare completion version docs help" -f -a "unpause" -d 'Let paused containers go on'
complete -c box -n "__fish_box_using_subcommand help; and not __fish_seen_subcommand_from run create start stop restart kill rm exec top stats update pause unpause attach logs wait port rename cp commit export pull push save load search tag untag history import ps images rmi inspect diff login logout info events auto-update doctor container image manifest healthcheck pod volume network secret system oci unit generate unshare completion version docs help" -f -a "attach" -d 'Attach to a running container'
complete -c box -n "__fish_box_using_subcommand help; and not __fish_seen_subcommand_from run create start stop restart kill rm exec top stats update pause unpause attach logs wait port rename cp commit export pull push save load search tag untag history import ps images rmi inspect diff login logout info events auto-update doctor container image manifest healthcheck pod volume network secret system oci unit generate unshare completion version docs help" -f -a "logs" -d 'Show the output of containers'
complete -c box -n "__fish_box_using_subcommand help; and not __fish_seen_subcommand_from run create start stop restart kill rm exec top stats update pause unpause attach logs wait port rename cp commit export pull push save load search tag untag history import ps images rmi inspect diff login logout info events auto-update doctor container image manifest healthcheck pod volume network secret system oci unit generate unshare completion version docs help" -f -a "wait" -d 'Wait for containers to end and print their exit codes'
complete -c box -n "__fish_box_using_subcommand help; and not __fish_seen_subcommand_from run create start stop restart kill rm exec top stats update pause unpause attach logs wait port rename cp commit export pull push save load search tag untag history import ps images rmi inspect diff login logout info events auto-update doctor container image manifest healthcheck pod volume network secret system oci unit generate unshare completion version docs help" -f -a "port" -d 'Show where ports of a container are published'
complete -c box -n "__fish_box_using_subcommand help; and not __fish_seen_subcommand_from run create start stop restart kill rm exec top stats update pause unpause attach logs wait port rename cp commit export pull push save load search tag untag history import ps images rmi inspect diff login logout info events auto-update doctor container image manifest healthcheck pod volume network secret system oci unit generate unshare completion version docs help" -f -a "rename" -d 'Rename a container'
complete -c box -n "__fish_box_using_subcommand help; and not __fish_seen_subcommand_from run create start stop restart kill rm exec top stats update pause unpause attach logs wait port rename cp commit export pull push save load search tag untag history import ps images rmi inspect diff login logout info events auto-update doctor container image manifest healthcheck pod volume network secret system oci unit generate unshare completion version docs help" -f -a "cp" -d 'Copy files between a container and the machine, or between containers'
complete -c box -n "__fish_box_using_subcommand help; and not __fish_seen_subcommand_from run create start stop restart kill rm exec top stats update pause unpause attach logs wait port rename cp commit export pull push save load search tag untag history import ps images rmi inspect diff login logout info events auto-update doctor container image manifest healthcheck pod volume network secret system oci unit generate unshare completion version docs help" -f -a "commit" -d 'Make an image of what a container has changed'
complete -c box -n "__fish_box_using_subcommand help; and not __fish_seen_subcommand_from run create start stop restart kill rm exec top stats update pause unpause attach logs wait port rename cp commit export pull push save load search tag untag history import ps images rmi inspect diff login logout info events auto-update doctor container image manifest healthcheck pod volume network secret system oci unit generate unshare completion version docs help" -f -a "export" -d 'Write the files of a container to a tar archive'
complete -c box -n "__fish_box_using_subcommand help; and not __fish_seen_subcommand_from run create start stop restart kill rm exec top stats update pause unpause attach logs wait port rename cp commit export pull push save load search tag untag history import ps images rmi inspect diff login logout info events auto-update doctor container image manifest healthcheck pod volume network secret system oci unit generate unshare completion version docs help" -f -a "pull" -d 'Pull images from a registry'
complete -c box -n "__fish_box_using_subcommand help; and not __fish_seen_subcommand_from run create start stop restart kill rm exec top stats update pause unpause attach logs wait port rename cp commit export pull push save load search tag untag history import ps images rmi inspect diff login logout info events auto-update doctor container image manifest healthcheck pod volume network secret system oci unit generate unshare completion version docs help" -f -a "push" -d 'Push an image to a registry'
complete -c box -n "__fish_box_using_subcommand help; and not __fish_seen_subcommand_from run create start stop restart kill rm exec top stats update pause unpause attach logs wait port rename cp commit export pull push save load search tag untag history import ps images rmi inspect diff login logout info events auto-update doctor container image manifest healthcheck pod volume network secret system oci unit generate unshare completion version docs help" -f -a "save" -d 'Save images to an archive or a directory'
complete -c box -n "__fish_box_using_subcommand help; and not __fish_seen_subcommand_from run create start stop restart kill rm exec top stats update pause unpause attach logs wait port rename cp commit export pull push save load search tag untag history import ps images rmi inspect diff login logout info events auto-update doctor container image manifest healthcheck pod volume network secret system oci unit generate unshare completion version docs help" -f -a "load" -d 'Load images from an archive or a directory'
complete -c box -n "__fish_box_using_subcommand help; and not __fish_seen_subcommand_from run create start stop restart kill rm exec top stats update pause unpause attach logs wait port rename cp commit export pull push save load search tag untag history import ps images rmi inspect diff login logout info events auto-update doctor container image manifest healthcheck pod volume network secret system oci unit generate unshare completion version docs help" -f -a "search" -d 'Search registries for images'
complete -c box -n "__fish_box_using_subcommand help; and not __fish_seen_subcommand_from run create start stop restart kill rm exec top stats update pause unpause attach logs wait port rename cp commit export pull push save load search tag untag history import ps images rmi inspect diff login logout info events auto-update doctor container image manifest healthcheck pod volume network secret system oci unit generate unshare completion version docs help" -f -a "tag" -d 'Give an image further names'
complete -c box -n "__fish_box_using_subcommand help; and not __fish_seen_subcommand_from run create start stop restart kill rm exec top stats update pause unpause attach logs wait port rename cp commit export pull push save load search tag untag history import ps images rmi inspect diff login logout info events auto-update doctor container image manifest healthcheck pod volume network secret system oci unit generate unshare completion version docs help" -f -a "untag" -d 'Take names from an image'
complete -c box -n "__fish_box_using_subcommand help; and not __fish_seen_subcommand_from run create start stop restart kill rm exec top stats update pause unpause attach logs wait port rename cp commit export pull push save load search tag untag history import ps images rmi inspect diff login logout info events auto-update doctor container image manifest healthcheck pod volume network secret system oci unit generate unshare completion version docs help" -f -a "history" -d 'Show the steps in which an image was made'
complete -c box -n "__fish_box_using_subcommand help; and not __fish_seen_subcommand_from run create start stop restart kill rm exec top stats update pause unpause attach logs wait port rename cp commit export pull push save load search tag untag history import ps images rmi inspect diff login logout info events auto-update doctor container image manifest healthcheck pod volume network secret system oci unit generate unshare completion version docs help" -f -a "import" -d 'Make an image of the files in a tar archive'
complete -c box -n "__fish_box_using_subcommand help; and not __fish_seen_subcommand_from run create start stop restart kill rm exec top stats update pause unpause attach logs wait port rename cp commit export pull push save load search tag untag history import ps images rmi inspect diff login logout info events auto-update doctor container image manifest healthcheck pod volume network secret system oci unit generate unshare completion version docs help" -f -a "ps" -d 'List containers'
complete -c box -n "__fish_box_using_subcommand help; and not __fish_seen_subcommand_from run create start stop restart kill rm exec top stats update pause unpause attach logs wait port rename cp commit export pull push save load search tag untag history import ps images rmi inspect diff login logout info events auto-update doctor container image manifest healthcheck pod volume network secret system oci unit generate unshare completion version docs help" -f -a "images" -d 'List images in local storage'
complete -c box -n "__fish_box_using_subcommand help; and not __fish_seen_subcommand_from run create start stop restart kill rm exec top stats update pause unpause attach logs wait port rename cp commit export pull push save load search tag untag history import ps images rmi inspect diff login logout info events auto-update doctor container image manifest healthcheck pod volume network secret system oci unit generate unshare completion version docs help" -f -a "rmi" -d 'Remove images'
complete -c box -n "__fish_box_using_subcommand help; and not __fish_seen_subcommand_from run create start stop restart kill rm exec top stats update pause unpause attach logs wait port rename cp commit export pull push save load search tag untag history import ps images rmi inspect diff login logout info events auto-update doctor container image manifest healthcheck pod volume network secret system oci unit generate unshare completion version docs help" -f -a "inspect" -d 'Show everything about containers, images, volumes, networks and pods'
complete -c box -n "__fish_box_using_subcommand help; and not __fish_seen_subcommand_from run create start stop restart kill rm exec top stats update pause unpause attach logs wait port rename cp commit export pull push save load search tag untag history import ps images rmi inspect diff login logout info events auto-update doctor container image manifest healthcheck pod volume network secret system oci unit generate unshare completion version docs help" -f -a "diff" -d 'Show what a container or the topmost layer of an image changed'
complete -c box -n "__fish_box_using_subcommand help; and not __fish_seen_subcommand_from run create start stop restart kill rm exec top stats update pause unpause attach logs wait port rename cp commit export pull push save load search tag untag history import ps images rmi inspect diff login logout info events auto-update doctor container image manifest healthcheck pod volume network secret system oci unit generate unshare completion version docs help" -f -a "login" -d 'Log in to a registry'
complete -c box -n "__fish_box_using_subcommand help; and not __fish_seen_subcommand_from run create start stop restart kill rm exec top stats update pause unpause attach logs wait port rename cp commit export pull push save load search tag untag history import ps images rmi inspect diff login logout info events auto-update doctor container image manifest healthcheck pod volume network secret system oci unit generate unshare completion version docs help" -f -a "logout" -d 'Log out of a registry'
complete -c box -n "__fish_box_using_subcommand help; and not __fish_seen_subcommand_from run create start stop restart kill rm exec top stats update pause unpause attach logs wait port rename cp commit export pull push save load search tag untag history import ps images rmi inspect diff login logout info events auto-update doctor container image manifest healthcheck pod volume network secret system oci unit generate unshare completion version docs help" -f -a "info" -d 'Show what this machine offers to containers'
complete -c box -n "__fish_box_using_subcommand help; and not __fish_seen_subcommand_from run create start stop restart kill rm exec top stats update pause unpause attach logs wait port rename cp commit export pull push save load search tag untag history import ps images rmi inspect diff login logout info events auto-update doctor container image manifest healthcheck pod volume network secret system oci unit generate unshare completion version docs help" -f -a "events" -d 'Show what happens to containers, images and volumes'
complete -c box -n "__fish_box_using_subcommand help; and not __fish_seen_subcommand_from run create start stop restart kill rm exec top stats update pause unpause attach logs wait port rename cp commit export pull push save load search tag untag history import ps images rmi inspect diff login logout info events auto-update doctor container image manifest healthcheck pod volume network secret system oci unit generate unshare completion version docs help" -f -a "auto-update" -d 'Give containers in services of systemd newer images, where their label io.containers.autoupdate says so'
complete -c box -n "__fish_box_using_subcommand help; and not __fish_seen_subcommand_from run create start stop restart kill rm exec top stats update pause unpause attach logs wait port rename cp commit export pull push save load search tag untag history import ps images rmi inspect diff login logout info events auto-update doctor container image manifest healthcheck pod volume network secret system oci unit generate unshare completion version docs help" -f -a "doctor" -d 'Try what this machine offers to containers, and say what mends it'
complete -c box -n "__fish_box_using_subcommand help; and not __fish_seen_subcommand_from run create start stop restart kill rm exec top stats update pause unpause attach logs wait port rename cp commit export pull push save load search tag untag history import ps images rmi inspect diff login logout info events auto-update doctor container image manifest healthcheck pod volume network secret system oci unit generate unshare completion version docs help" -f -a "container" -d 'Work with containers'
complete -c box -n "__fish_box_using_subcommand help; and not __fish_seen_subcommand_from run create start stop restart kill rm exec top stats update pause unpause attach logs wait port rename cp commit export pull push save load search tag untag history import ps images rmi inspect diff login logout info events auto-update doctor container image manifest healthcheck pod volume network secret system oci unit generate unshare completion version docs help" -f -a "image" -d 'Work with images'
complete -c box -n "__fish_box_using_subcommand help; and not __fish_seen_subcommand_from run create start stop restart kill rm exec top stats update pause unpause attach logs wait port rename cp commit export pull push save load search tag untag history import ps images rmi inspect diff login logout info events auto-update doctor container image manifest healthcheck pod volume network secret system oci unit generate unshare completion version docs help" -f -a "manifest" -d 'Work with lists of images for several platforms'
complete -c box -n "__fish_box_using_subcommand help; and not __fish_seen_subcommand_from run create start stop restart kill rm exec top stats update pause unpause attach logs wait port rename cp commit export pull push save load search tag untag history import ps images rmi inspect diff login logout info events auto-update doctor container image manifest healthcheck pod volume network secret system oci unit generate unshare completion version docs help" -f -a "healthcheck" -d 'Look after the health of containers'
complete -c box -n "__fish_box_using_subcommand help; and not __fish_seen_subcommand_from run create start stop restart kill rm exec top stats update pause unpause attach logs wait port rename cp commit export pull push save load search tag untag history import ps images rmi inspect diff login logout info events auto-update doctor container image manifest healthcheck pod volume network secret system oci unit generate unshare completion version docs help" -f -a "pod" -d 'Work with pods: containers that share a network'
complete -c box -n "__fish_box_using_subcommand help; and not __fish_seen_subcommand_from run create start stop restart kill rm exec top stats update pause unpause attach logs wait port rename cp commit export pull push save load search tag untag history import ps images rmi inspect diff login logout info events auto-update doctor container image manifest healthcheck pod volume network secret system oci unit generate unshare completion version docs help" -f -a "volume" -d 'Work with volumes'
complete -c box -n "__fish_box_using_subcommand help; and not __fish_seen_subcommand_from run create start stop restart kill rm exec top stats update pause unpause attach logs wait port rename cp commit export pull push save load search tag untag history import ps images rmi inspect diff login logout info events auto-update doctor container image manifest healthcheck pod volume network secret system oci unit generate unshare completion version docs help" -f -a "network" -d 'Work with networks'
complete -c box -n "__fish_box_using_subcommand help; and not __fish_seen_subcommand_from run create start stop restart kill rm exec top stats update pause unpause attach logs wait port rename cp commit export pull push save load search tag untag history import ps images rmi inspect diff login logout info events auto-update doctor container image manifest healthcheck pod volume network secret system oci unit generate unshare completion version docs help" -f -a "secret" -d 'Work with secrets'
complete -c box -n "__fish_box_using_subcommand help; and not __fish_seen_subcommand_from run create start stop restart kill rm exec top stats update pause unpause attach logs wait port rename cp commit export pull push save load search tag untag history import ps images rmi inspect diff login logout info events auto-update doctor container image manifest healthcheck pod volume network secret system oci unit generate unshare completion version docs help" -f -a "system" -d 'Look after the store'
complete -c box -n "__fish_box_using_subcommand help; and not __fish_seen_subcommand_from run create start stop restart kill rm exec top stats update pause unpause attach logs wait port rename cp commit export pull push save load search tag untag history import ps images rmi inspect diff login logout info events auto-update doctor container image manifest healthcheck pod volume network secret system oci unit generate unshare completion version docs help" -f -a "oci" -d 'Be the OCI runtime of another engine'
complete -c box -n "__fish_box_using_subcommand help; and not __fish_seen_subcommand_from run create start stop restart kill rm exec top stats update pause unpause attach logs wait port rename cp commit export pull push save load search tag untag history import ps images rmi inspect diff login logout info events auto-update doctor container image manifest healthcheck pod volume network secret system oci unit generate unshare completion version docs help" -f -a "unit" -d 'Run containers as services of systemd'
complete -c box -n "__fish_box_using_subcommand help; and not __fish_seen_subcommand_from run create start stop restart kill rm exec top stats update pause unpause attach logs wait port rename cp commit export pull push save load search tag untag history import ps images rmi inspect diff login logout info events auto-update doctor container image manifest healthcheck pod volume network secret system oci unit generate unshare completion version docs help" -f -a "generate" -d 'Make services of what is there, for scripts'
complete -c box -n "__fish_box_using_subcommand help; and not __fish_seen_subcommand_from run create start stop restart kill rm exec top stats update pause unpause attach logs wait port rename cp commit export pull push save load search tag untag history import ps images rmi inspect diff login logout info events auto-update doctor container image manifest healthcheck pod volume network secret system oci unit generate unshare completion version docs help" -f -a "unshare" -d 'Run a program as root among the ids that containers have, with mounts of its own'
complete -c box -n "__fish_box_using_subcommand help; and not __fish_seen_subcommand_from run create start stop restart kill rm exec top stats update pause unpause attach logs wait port rename cp commit export pull push save load search tag untag history import ps images rmi inspect diff login logout info events auto-update doctor container image manifest healthcheck pod volume network secret system oci unit generate unshare completion version docs help" -f -a "completion" -d 'Print what a shell needs to complete the command lines of box'
complete -c box -n "__fish_box_using_subcommand help; and not __fish_seen_subcommand_from run create start stop restart kill rm exec top stats update pause unpause attach logs wait port rename cp commit export pull push save load search tag untag history import ps images rmi inspect diff login logout info events auto-update doctor container image manifest healthcheck pod volume network secret system oci unit generate unshare completion version docs help" -f -a "version" -d 'Show the version of box'
complete -c box -n "__fish_box_using_subcommand help; and not __fish_seen_subcommand_from run create start stop restart kill rm exec top stats update pause unpause attach logs wait port rename cp commit export pull push save load search tag untag history import ps images rmi inspect diff login logout info events auto-update doctor container image manifest healthcheck pod volume network secret system oci unit generate unshare completion version docs help" -f -a "docs" -d 'Write man pages and completions into a directory'
complete -c box -n "__fish_box_using_subcommand help; and not __fish_seen_subcommand_from run create start stop restart kill rm exec top stats update pause unpause attach logs wait port rename cp commit export pull push save load search tag untag history import ps images rmi inspect diff login logout info events auto-update doctor container image manifest healthcheck pod volume network secret system oci unit generate unshare completion version docs help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c box -n "__fish_box_using_subcommand help; and __fish_seen_subcommand_from container" -f -a "run" -d 'Run a program in a new container'
complete -c box -n "__fish_box_using_subcommand help; and __fish_seen_subcommand_from container" -f -a "create" -d 'Create a container without starting it'
complete -c box -n "__fish_box_using_subcommand help; and __fish_seen_subcommand_from container" -f -a "start" -d 'Start containers'
complete -c box -n "__fish_box_using_subcommand help; and __fish_seen_subcommand_from container" -f -a "stop" -d 'Stop containers'
complete -c box -n "__fish_box_using_subcommand help; and __fish_seen_subcommand_from container" -f -a "restart" -d 'Restart containers'
complete -c box -n "__fish_box_using_subcommand help; and __fish_seen_subcommand_from container" -f -a "kill" -d 'Send a signal to running containers'
complete -c box -n "__fish_box_using_subcommand help; and __fish_seen_subcommand_from container" -f -a "rm" -d 'Remove containers'
complete -c box -n "__fish_box_using_subcommand help; and __fish_seen_subcommand_from container" -f -a "exec" -d 'Run a program in a running container'
complete -c box -n "__fish_box_using_subcommand help; and __fish_seen_subcommand_from container" -f -a "top" -d 'Show the processes of a container'
complete -c box -n "__fish_box_using_subcommand help; and __fish_seen_subcommand_from container" -f -a "stats" -d 'Show what containers use'
complete -c box -n "__fish_box_using_subcommand help; and __fish_seen_subcommand_from container" -f -a "update" -d 'Change the limits and ports of a container, at once where it runs'
complete -c box -n "__fish_box_using_subcommand help; and __fish_seen_subcommand_from container" -f -a "pause" -d 'Make the processes of containers stand still'
complete -c box -n "__fish_box_using_subcommand help; and __fish_seen_subcommand_from container" -f -a "unpause" -d 'Let paused containers go on'
complete -c box -n "__fish_box_using_subcommand help; and __fish_seen_subcommand_from container" -f -a "attach" -d 'Attach to a running container'
complete -c box -n "__fish_box_using_subcommand help; and __fish_seen_subcommand_from container" -f -a "logs" -d 'Show the output of containers'
complete -c box -n "__fish_box_using_subcommand help; and __fish_seen_subcommand_from container" -f -a "wait" -d 'Wait for containers to end and print their exit codes'
complete -c box -n "__fish_box_using_subcommand help; and __fish_seen_subcommand_from container" -f -a "port" -d 'Show where ports of a container are published'
complete -c box -n "__fish_box_using_subcommand help; and __fish_seen_subcommand_from container" -f -a "rename" -d 'Rename a container'
complete -c box -n "__fish_box_using_subcommand help; and __fish_seen_subcommand_from container" -f -a "cp" -d 'Copy files between a container and the machine, or between containers'
complete -c box -n "__fish_box_using_subcommand help; and __fish_seen_subcommand_from container" -f -a "commit" -d 'Make an image of what a container has changed'
complete -c box -n "__fish_box_using_subcommand help; and __fish_seen_subcommand_from container" -f -a "export" -d 'Write the files of a container to a tar archive'
complete -c box -n "__fish_box_using_subcommand help; and __fish_seen_subcommand_from container" -f -a "ls" -d 'List containers'
complete -c box -n "__fish_box_using_subcommand help; and __fish_seen_subcommand_from container" -f -a "inspect" -d 'Show everything about containers, images, volumes, networks and pods'
complete -c box -n "__fish_box_using_subcommand help; and __fish_seen_subcommand_from container" -f -a "exists" -d 'Tell by the exit code whether it exists: 0 or 1'
complete -c box -n "__fish_box_using_subcommand help; and __fish_seen_subcommand_from container" -f -a "prune" -d 'Remove containers that do not run'
complete -c box -n "__fish_box_using_subcommand help; and __fish_seen_subcommand_from container" -f -a "cleanup" -d 'Clean up after containers that have ended; each does so itself, unless its monitor was killed'
complete -c box -n "__fish_box_using_subcommand help; and __fish_seen_subcommand_from container" -f -a "clone" -d 'Make another container of the same settings'
complete -c box -n "__fish_box_using_subcommand help; and __fish_seen_subcommand_from container" -f -a "diff" -d 'Show what a container or the topmost layer of an image changed'
complete -c box -n "__fish_box_using_subcommand help; and __fish_seen_subcommand_from image" -f -a "pull" -d 'Pull images from a registry'
complete -c box -n "__fish_box_using_subcommand help; and __fish_seen_subcommand_from image" -f -a "push" -d 'Push an image to a registry'
complete -c box -n "__fish_box_using_subcommand help; and __fish_seen_subcommand_from image" -f -a "save" -d 'Save images to an archive or a directory'
complete -c box -n "__fish_box_using_subcommand help; and __fish_seen_subcommand_from image" -f -a "load" -d 'Load images from an archive or a directory'
complete -c box -n "__fish_box_using_subcommand help; and __fish_seen_subcommand_from image" -f -a "search" -d 'Search registries for images'
complete -c box -n "__fish_box_using_subcommand help; and __fish_seen_subcommand_from image" -f -a "tag" -d 'Give an image further names'
complete -c box -n "__fish_box_using_subcommand help; and __fish_seen_subcommand_from image" -f -a "untag" -d 'Take names from an image'
complete -c box -n "__fish_box_using_subcommand help; and __fish_seen_subcommand_from image" -f -a "history" -d 'Show the steps in which an image was made'
complete -c box -n "__fish_box_using_subcommand help; and __fish_seen_subcommand_from image" -f -a "import" -d 'Make an image of the files in a tar archive'
complete -c box -n "__fish_box_using_subcommand help; and __fish_seen_subcommand_from image" -f -a "ls" -d 'List images in local storage'
complete -c box -n "__fish_box_using_subcommand help; and __fish_seen_subcommand_from image" -f -a "inspect" -d 'Show everything about containers, images, volumes, networks and pods'
complete -c box -n "__fish_box_using_subcommand help; and __fish_seen_subcommand_from image" -f -a "exists" -d 'Tell by the exit code whether it exists: 0 or 1'
complete -c box -n "__fish_box_using_subcommand help; and __fish_seen_subcommand_from image" -f -a "tree" -d 'Show an image layer by layer'
complete -c box -n "__fish_box_using_subcommand help; and __fish_seen_subcommand_from image" -f -a "import-from" -d 'Take over images from the store of Podman or Docker, which stays as it is'
complete -c box -n "__fish_box_using_subcommand help; and __fish_seen_subcommand_from image" -f -a "mount" -d 'Mount images, read-only, or list those that are mounted'
complete -c box -n "__fish_box_using_subcommand help; and __fish_seen_subcommand_from image" -f -a "unmount" -d 'Unmount images'
complete -c box -n "__fish_box_using_subcommand help; and __fish_seen_subcommand_from image" -f -a "rm" -d 'Remove images'
complete -c box -n "__fish_box_using_subcommand help; and __fish_seen_subcommand_from image" -f -a "prune" -d 'Remove images without a name that no container uses'
complete -c box -n "__fish_box_using_subcommand help; and __fish_seen_subcommand_from image" -f -a "diff" -d 'Show what a container or the topmost layer of an image changed'
complete -c box -n "__fish_box_using_subcommand help; and __fish_seen_subcommand_from manifest" -f -a "create" -d 'Make a list of images for several platforms'
complete -c box -n "__fish_box_using_subcommand help; and __fish_seen_subcommand_from manifest" -f -a "add" -d 'Add images to a list'
complete -c box -n "__fish_box_using_subcommand help; and __fish_seen_subcommand_from manifest" -f -a "annotate" -d 'Change what a list says of an image, or of itself'
complete -c box -n "__fish_box_using_subcommand help; and __fish_seen_subcommand_from manifest" -f -a "inspect" -d 'Show a list: one of the store, or else one of a registry'
complete -c box -n "__fish_box_using_subcommand help; and __fish_seen_subcommand_from manifest" -f -a "push" -d 'Push a list, and its images, to a registry'
complete -c box -n "__fish_box_using_subcommand help; and __fish_seen_subcommand_from manifest" -f -a "remove" -d 'Take images from a list'
complete -c box -n "__fish_box_using_subcommand help; and __fish_seen_subcommand_from manifest" -f -a "rm" -d 'Remove lists; their images stay'
complete -c box -n "__fish_box_using_subcommand help; and __fish_seen_subcommand_from manifest" -f -a "exists" -d 'Tell by the exit code whether a list exists: 0 or 1'
complete -c box -n "__fish_box_using_subcommand help; and __fish_seen_subcommand_from healthcheck" -f -a "run" -d 'Check the health of a container now'
complete -c box -n "__fish_box_using_subcommand help; and __fish_seen_subcommand_from pod" -f -a "create" -d 'Create a pod without starting it'
complete -c box -n "__fish_box_using_subcommand help; and __fish_seen_subcommand_from pod" -f -a "ps" -d 'List pods'
complete -c box -n "__fish_box_using_subcommand help; and __fish_seen_subcommand_from pod" -f -a "start" -d 'Start pods: all containers in them'
complete -c box -n "__fish_box_using_subcommand help; and __fish_seen_subcommand_from pod" -f -a "stop" -d 'Stop pods: all containers in them at the same time'
complete -c box -n "__fish_box_using_subcommand help; and __fish_seen_subcommand_from pod" -f -a "restart" -d 'Stop pods, and start them again'
complete -c box -n "__fish_box_using_subcommand help; and __fish_seen_subcommand_from pod" -f -a "kill" -d 'Send a signal to all containers of pods that run'
complete -c box -n "__fish_box_using_subcommand help; and __fish_seen_subcommand_from pod" -f -a "pause" -d 'Make the processes of pods stand still'
complete -c box -n "__fish_box_using_subcommand help; and __fish_seen_subcommand_from pod" -f -a "unpause" -d 'Let paused pods go on'
complete -c box -n "__fish_box_using_subcommand help; and __fish_seen_subcommand_from pod" -f -a "rm" -d 'Remove pods and all containers in them'
complete -c box -n "__fish_box_using_subcommand help; and __fish_seen_subcommand_from pod" -f -a "prune" -d 'Remove pods that have ended, and all containers in them'
complete -c box -n "__fish_box_using_subcommand help; and __fish_seen_subcommand_from pod" -f -a "inspect" -d 'Show everything about pods'
complete -c box -n "__fish_box_using_subcommand help; and __fish_seen_subcommand_from pod" -f -a "exists" -d 'Tell by the exit code whether it exists: 0 or 1'
complete -c box -n "__fish_box_using_subcommand help; and __fish_seen_subcommand_from pod" -f -a "logs" -d 'Show the output of the containers of a pod'
complete -c box -n "__fish_box_using_subcommand help; and __fish_seen_subcommand_from pod" -f -a "top" -d 'Show the processes of a pod'
complete -c box -n "__fish_box_using_subcommand help; and __fish_seen_subcommand_from pod" -f -a "stats" -d 'Show what the containers of pods use'
complete -c box -n "__fish_box_using_subcommand help; and __fish_seen_subcommand_from volume" -f -a "create" -d 'Create a volume'
complete -c box -n "__fish_box_using_subcommand help; and __fish_seen_subcommand_from volume" -f -a "ls" -d 'List volumes'
complete -c box -n "__fish_box_using_subcommand help; and __fish_seen_subcommand_from volume" -f -a "inspect" -d 'Show everything about containers, images, volumes, networks and pods'
complete -c box -n "__fish_box_using_subcommand help; and __fish_seen_subcommand_from volume" -f -a "rm" -d 'Remove volumes'
complete -c box -n "__fish_box_using_subcommand help; and __fish_seen_subcommand_from volume" -f -a "prune" -d 'Remove volumes that no container uses'
complete -c box -n "__fish_box_using_subcommand help; and __fish_seen_subcommand_from volume" -f -a "exists" -d 'Tell by the exit code whether it exists: 0 or 1'
complete -c box -n "__fish_box_using_subcommand help; and __fish_seen_subcommand_from volume" -f -a "export" -d 'Write what a volume holds to a tar archive'
complete -c box -n "__fish_box_using_subcommand help; and __fish_seen_subcommand_from volume" -f -a "import" -d 'Unpack a tar archive in a volume'
complete -c box -n "__fish_box_using_subcommand help; and __fish_seen_subcommand_from network" -f -a "create" -d 'Create a network'
complete -c box -n "__fish_box_using_subcommand help; and __fish_seen_subcommand_from network" -f -a "ls" -d 'List networks'
complete -c box -n "__fish_box_using_subcommand help; and __fish_seen_subcommand_from network" -f -a "inspect" -d 'Show everything about networks'
complete -c box -n "__fish_box_using_subcommand help; and __fish_seen_subcommand_from network" -f -a "rm" -d 'Remove networks'
complete -c box -n "__fish_box_using_subcommand help; and __fish_seen_subcommand_from network" -f -a "prune" -d 'Remove networks that no container is in'
complete -c box -n "__fish_box_using_subcommand help; and __fish_seen_subcommand_from network" -f -a "exists" -d 'Tell by the exit code whether it exists: 0 or 1'
complete -c box -n "__fish_box_using_subcommand help; and __fish_seen_subcommand_from network" -f -a "connect" -d 'Have a container be in one more network, at once where it runs'
complete -c box -n "__fish_box_using_subcommand help; and __fish_seen_subcommand_from network" -f -a "disconnect" -d 'Have a container be in a network no longer; connections that it has there end when they end'
complete -c box -n "__fish_box_using_subcommand help; and __fish_seen_subcommand_from network" -f -a "log" -d 'Show what a container has connected to and who has connected to it, as JSON'
complete -c box -n "__fish_box_using_subcommand help; and __fish_seen_subcommand_from network" -f -a "reload" -d 'Check that containers exist; their networks need no further care, whatever becomes of the host\'s firewall'
complete -c box -n "__fish_box_using_subcommand help; and __fish_seen_subcommand_from secret" -f -a "create" -d 'Create a secret'
complete -c box -n "__fish_box_using_subcommand help; and __fish_seen_subcommand_from secret" -f -a "ls" -d 'List secrets'
complete -c box -n "__fish_box_using_subcommand help; and __fish_seen_subcommand_from secret" -f -a "inspect" -d 'Show what is known of secrets'
complete -c box -n "__fish_box_using_subcommand help; and __fish_seen_subcommand_from secret" -f -a "rm" -d 'Remove secrets; containers that have them keep their copies'
complete -c box -n "__fish_box_using_subcommand help; and __fish_seen_subcommand_from secret" -f -a "exists" -d 'Tell by the exit code whether it exists: 0 or 1'
complete -c box -n "__fish_box_using_subcommand help; and __fish_seen_subcommand_from system" -f -a "check" -d 'Verify images and layers against their digests'
complete -c box -n "__fish_box_using_subcommand help; and __fish_seen_subcommand_from system" -f -a "df" -d 'Show what images, containers and volumes take on disk'
complete -c box -n "__fish_box_using_subcommand help; and __fish_seen_subcommand_from system" -f -a "events" -d 'Show what happens to containers, images and volumes'
complete -c box -n "__fish_box_using_subcommand help; and __fish_seen_subcommand_from system" -f -a "info" -d 'Show what this machine offers to containers'
complete -c box -n "__fish_box_using_subcommand help; and __fish_seen_subcommand_from system" -f -a "migrate" -d 'Do nothing: any version of box reads the records of any other'
complete -c box -n "__fish_box_using_subcommand help; and __fish_seen_subcommand_from system" -f -a "prune" -d 'Remove pods and containers that do not run, and networks, images and volumes that nobody needs'
complete -c box -n "__fish_box_using_subcommand help; and __fish_seen_subcommand_from system" -f -a "renumber" -d 'Do nothing: locks have no numbers'
complete -c box -n "__fish_box_using_subcommand help; and __fish_seen_subcommand_from system" -f -a "reset" -d 'Remove all containers, images and volumes, as if nothing had ever been done'
complete -c box -n "__fish_box_using_subcommand help; and __fish_seen_subcommand_from oci" -f -a "create" -d 'Create a container that waits to be started'
complete -c box -n "__fish_box_using_subcommand help; and __fish_seen_subcommand_from oci" -f -a "start" -d 'Start a container that was created'
complete -c box -n "__fish_box_using_subcommand help; and __fish_seen_subcommand_from oci" -f -a "run" -d 'Create and start a container, and wait for its end'
complete -c box -n "__fish_box_using_subcommand help; and __fish_seen_subcommand_from oci" -f -a "state" -d 'Print the state of a container, as JSON'
complete -c box -n "__fish_box_using_subcommand help; and __fish_seen_subcommand_from oci" -f -a "kill" -d 'Send a signal to a container'
complete -c box -n "__fish_box_using_subcommand help; and __fish_seen_subcommand_from oci" -f -a "delete" -d 'Remove a container that has ended'
complete -c box -n "__fish_box_using_subcommand help; and __fish_seen_subcommand_from oci" -f -a "list" -d 'List containers'
complete -c box -n "__fish_box_using_subcommand help; and __fish_seen_subcommand_from oci" -f -a "exec" -d 'Run a further process in a container'
complete -c box -n "__fish_box_using_subcommand help; and __fish_seen_subcommand_from oci" -f -a "pause" -d 'Make all processes of a container stand still'
complete -c box -n "__fish_box_using_subcommand help; and __fish_seen_subcommand_from oci" -f -a "resume" -d 'Wake a paused container'
complete -c box -n "__fish_box_using_subcommand help; and __fish_seen_subcommand_from oci" -f -a "ps" -d 'Print the numbers of a container\'s processes'
complete -c box -n "__fish_box_using_subcommand help; and __fish_seen_subcommand_from oci" -f -a "update" -d 'Change the limits of a container'
complete -c box -n "__fish_box_using_subcommand help; and __fish_seen_subcommand_from oci" -f -a "features" -d 'Print what this runtime can do, as JSON'
complete -c box -n "__fish_box_using_subcommand help; and __fish_seen_subcommand_from unit" -f -a "install" -d 'Make real services of unit files, so that systemctl can enable them'
complete -c box -n "__fish_box_using_subcommand help; and __fish_seen_subcommand_from unit" -f -a "show" -d 'Print the services that stand for unit files'
complete -c box -n "__fish_box_using_subcommand help; and __fish_seen_subcommand_from unit" -f -a "ls" -d 'List the services that were installed'
complete -c box -n "__fish_box_using_subcommand help; and __fish_seen_subcommand_from unit" -f -a "remove" -d 'Remove services that were installed'
complete -c box -n "__fish_box_using_subcommand help; and __fish_seen_subcommand_from unit" -f -a "from-run" -d 'Write a unit file for a command line of `run`'
complete -c box -n "__fish_box_using_subcommand help; and __fish_seen_subcommand_from unit" -f -a "from-container" -d 'Write a unit file for a container that is there, from the command line that made it'
complete -c box -n "__fish_box_using_subcommand help; and __fish_seen_subcommand_from unit" -f -a "generate" -d 'Make services of all unit files there are, for systemd'
complete -c box -n "__fish_box_using_subcommand help; and __fish_seen_subcommand_from generate" -f -a "systemd" -d 'Print services of systemd for containers and pods that are there; unit files (box-quadlet(5)) are simpler'
